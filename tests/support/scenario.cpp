#include "support/scenario.h"

#include "base/id.h"
#include "base/text.h"
#include "support/test_server.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <sstream>
#include <utility>

namespace traceway::test {

namespace {

using Touched = std::set<std::pair<std::string, std::string>>;

/// Method and path of every scenario that ran. Scenarios run on the main thread only.
Touched& touched() {
  static Touched all;
  return all;
}

bool is_time(const std::string& text) {
  return parse_rfc3339(text).has_value() && text.ends_with("Z");
}

bool is_of_kind(std::string_view kind, const json::Value& found) {
  const auto text = found.as_string();
  if (kind == "<any>") return !found.is_null();
  if (kind == "<int>") return found.as_int().has_value();
  if (kind == "<number>") return found.as_double().has_value();
  if (kind == "<bool>") return found.as_bool().has_value();
  if (kind == "<array>") return found.is_array();
  if (kind == "<text>") return text.has_value() && !text->empty();
  if (kind == "<uuid>") return text.has_value() && text->size() == 36 && parse_uuid(*text);
  if (kind == "<hex32>") return text.has_value() && text->size() == 32 && text::from_hex(*text);
  if (kind == "<time>") return text.has_value() && is_time(*text);
  return text == kind;
}

/// Where and how the two differ; empty when `found` is like `expected`.
std::string difference(const std::string& path, const json::Value& expected,
                       const json::Value& found) {
  const auto differs = [&] {
    return path + ": expected " + expected.dump() + ", found " + found.dump();
  };
  if (expected.is_object()) {
    if (!found.is_object()) return differs();
    for (const std::string& key : expected.keys()) {
      auto inner = difference(path + "." + key, expected.at(key), found.at(key));
      if (!inner.empty()) return inner;
    }
    return {};
  }
  if (expected.is_array()) {
    const auto wanted = expected.items();
    const auto items = found.items();
    if (!found.is_array() || wanted.size() != items.size()) return differs();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      auto inner = difference(path + "[" + std::to_string(i) + "]", wanted[i], items[i]);
      if (!inner.empty()) return inner;
    }
    return {};
  }
  if (const auto text = expected.as_string(); text && text->starts_with('<')) {
    return is_of_kind(*text, found) ? std::string() : differs();
  }
  if (expected.as_double() && found.as_double()) {
    return *expected.as_double() == *found.as_double() ? std::string() : differs();
  }
  return expected.dump() == found.dump() ? std::string() : differs();
}

std::string path_of(std::string_view target) {
  return std::string(target.substr(0, target.find('?')));
}

bool matches(std::string_view pattern, std::string_view path) {
  const auto wanted = text::split(pattern, '/');
  const auto given = text::split(path, '/');
  if (wanted.size() != given.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i].starts_with(':') && wanted[i] != given[i]) return false;
  }
  return true;
}

std::size_t parameters_in(std::string_view pattern) {
  return static_cast<std::size_t>(std::ranges::count(pattern, ':'));
}

}  // namespace

BodyCheck is_text(std::string expected) {
  return [expected = std::move(expected)](const RawAnswer& answer) -> std::optional<std::string> {
    if (answer.body == expected) return std::nullopt;
    return "expected the body \"" + expected + "\"";
  };
}

BodyCheck is_empty() {
  return is_text("");
}

BodyCheck is_error(std::string text) {
  json::Writer out;
  out.begin_object().key("error").value(text).end_object();
  return is_text(out.take());
}

BodyCheck is_like(std::string expected_json) {
  return
      [expected = std::move(expected_json)](const RawAnswer& answer) -> std::optional<std::string> {
        const auto wanted = json::Value::parse(expected);
        if (!wanted) return "the test's own JSON does not parse";
        const auto found = json::Value::parse(answer.body);
        if (!found) return "the body is no JSON";
        std::string problem = difference("$", *wanted, *found);
        if (problem.empty()) return std::nullopt;
        return problem;
      };
}

RawAnswer run_scenario(HttpClient& client, const Scenario& scenario) {
  touched().emplace(scenario.method, path_of(scenario.target));
  Request request{scenario.method, scenario.target, scenario.fields, scenario.body};
  const bool names_type = std::ranges::any_of(request.fields, [](const auto& field) {
    return text::equals_ignore_case(field.first, "Content-Type");
  });
  if (!request.body.empty() && !names_type) {
    request.fields.emplace_back("Content-Type", "application/json");
  }
  RawAnswer answer = client.send(std::move(request));
  INFO("scenario: " << scenario.name);
  INFO(scenario.method << " " << scenario.target << " " << scenario.body.substr(0, 500));
  INFO("answer: " << answer.body.substr(0, 2000));
  CHECK(answer.status == scenario.status);
  if (scenario.check && answer.status == scenario.status) {
    const auto problem = scenario.check(answer);
    CHECK_MESSAGE(!problem, problem.value_or(""));
  }
  return answer;
}

void run_scenarios(HttpClient& client, const std::vector<Scenario>& scenarios) {
  for (const Scenario& scenario : scenarios) (void)run_scenario(client, scenario);
}

std::vector<RouteLine> all_routes() {
  std::vector<RouteLine> routes;
  std::istringstream lines(run_traceway({"routes"}).out);
  for (std::string line; std::getline(lines, line);) {
    RouteLine route;
    std::istringstream words(line);
    if (words >> route.method >> route.pattern >> route.guard >> route.source_file) {
      routes.push_back(std::move(route));
    }
  }
  return routes;
}

void report_untouched_routes() {
  if (touched().empty()) return;
  std::vector<RouteLine> routes = all_routes();
  // Static segments win over parameters, as in the router.
  std::ranges::stable_sort(routes, {}, [](const RouteLine& r) { return parameters_in(r.pattern); });
  std::set<std::string> hit;
  for (const auto& [method, path] : touched()) {
    const auto found = std::ranges::find_if(routes, [&](const RouteLine& route) {
      return route.method == method && matches(route.pattern, path);
    });
    if (found != routes.end()) hit.insert(found->method + " " + found->pattern);
  }
  std::printf("%zu of %zu routes touched by scenarios\n", hit.size(), routes.size());
  for (const RouteLine& route : routes) {
    const std::string name = route.method + " " + route.pattern;
    if (!hit.contains(name)) std::printf("  untouched: %s\n", name.c_str());
  }
}

}  // namespace traceway::test
