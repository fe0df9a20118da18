// Issues: what the dashboard reads of exceptions, and what archiving does to them.
#include "base/json.h"
#include "support/otlp_builder.h"
#include "support/scenario.h"
#include "support/seed.h"
#include "support/test_server.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

namespace traceway::test {

namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;
constexpr std::uint64_t kHourNs = 3600 * kSecondNs;
constexpr const char* kRoute = "/api/exception-stack-traces";

OtlpEvent exception_event(std::uint64_t at_ns, const std::string& type,
                          const std::string& message) {
  return {at_ns,
          "exception",
          {{"exception.type", type},
           {"exception.message", message},
           {"exception.stacktrace", type + ": " + message + "\n    at charge (/app/src/" + type +
                                        ".js:10:5)\n    at /app/src/server.js:44:9"}}};
}

/// A server with an owner, and exceptions reported through the OTLP route.
struct Stage {
  TestServer server;
  HttpClient client{""};
  Account account;
  std::mt19937_64 random = random_generator(7);

  Stage() {
    REQUIRE(server.start());
    client = server.client();
    const auto registered = register_owner(client);
    REQUIRE(registered);
    account = *registered;
    client.set_bearer(account.jwt);
  }

  /// A request that ended now and raised one exception, `age_ns` ago.
  OtlpSpan report(const std::string& type, const std::string& message, std::uint64_t age_ns = 0) {
    OtlpExport wanted;
    OtlpSpan span = request_span(random);
    span.start_ns -= age_ns;
    span.end_ns -= age_ns;
    span.status_code = 2;
    span.events.push_back(exception_event(span.end_ns, type, message));
    wanted.spans.push_back(span);
    HttpClient sdk = server.client();
    const Scenario sent{"report",
                        "POST",
                        "/api/otel/v1/traces",
                        to_json(wanted),
                        200,
                        {},
                        {{"Authorization", "Bearer " + account.project_token},
                         {"Content-Type", "application/json"}}};
    run_scenario(sdk, sent);
    return span;
  }

  [[nodiscard]] std::string at(const std::string& path = "") const {
    return account.scoped(kRoute + path);
  }

  json::Value ask(const std::string& path, const std::string& body, int status = 200) {
    const RawAnswer answer = run_scenario(client, {path, "POST", at(path), body, status});
    auto parsed = json::Value::parse(answer.body);
    REQUIRE(parsed);
    return std::move(*parsed);
  }

  /// type -> count, in the order of the list.
  std::vector<std::pair<std::string, std::int64_t>> list(const std::string& more = "") {
    const json::Value answer =
        ask("", R"({"fromDate":"2020-01-01T00:00:00Z","pagination":{"page":1,"pageSize":20})" +
                    more + "}");
    std::vector<std::pair<std::string, std::int64_t>> out;
    for (const json::Value& group : answer.at("data").items()) {
      out.emplace_back(*group.at("type").as_string(), *group.at("count").as_int());
    }
    return out;
  }

  std::string hash_of(const std::string& type) {
    const json::Value answer =
        ask("", R"({"fromDate":"2020-01-01T00:00:00Z","includeArchived":true,"search":")" + type +
                    R"(","pagination":{"page":1,"pageSize":1}})");
    REQUIRE(answer.at("data").items().size() == 1);
    return *answer.at("data").items()[0].at("exceptionHash").as_string();
  }
};

using Listed = std::vector<std::pair<std::string, std::int64_t>>;

}  // namespace

TEST_CASE("issues: equal errors are one row, counted, sorted and searched") {
  Stage stage;
  for (int i = 0; i < 3; ++i) stage.report("TypeError", "reading 'id' of undefined");
  stage.report("RangeError", "out of range");
  stage.report("RangeError", "out of range", 30 * kHourNs);
  stage.report("SyntaxError", "Unexpected token <", 3 * kHourNs);

  CHECK(stage.list() == Listed{{"TypeError", 3}, {"RangeError", 2}, {"SyntaxError", 1}});
  CHECK(stage.list(R"(,"orderBy":"count_asc")") ==
        Listed{{"SyntaxError", 1}, {"RangeError", 2}, {"TypeError", 3}});
  CHECK(stage.list(R"(,"orderBy":"first_seen_asc")") ==
        Listed{{"RangeError", 2}, {"SyntaxError", 1}, {"TypeError", 3}});
  CHECK(stage.list(R"(,"search":"TOKEN <")") == Listed{{"SyntaxError", 1}});
  CHECK(stage.list(R"(,"search":"100%_no such text")") == Listed{});
  CHECK(stage.list(R"(,"searchType":"issues")").size() == 3);
  CHECK(stage.list(R"(,"searchType":"messages")") == Listed{});
  CHECK(stage.list(R"(,"toDate":"2020-01-02T00:00:00Z")") == Listed{});

  const json::Value group =
      std::move(stage.ask("", R"({"search":"TypeError","pagination":{"page":1,"pageSize":20}})")
                    .at("data")
                    .items()
                    .front());
  CHECK(*group.at("message").as_string() == "reading 'id' of undefined");
  CHECK(group.at("stackTrace").as_string()->starts_with("TypeError: reading"));
  CHECK(*group.at("state").as_string() == "new");
  std::int64_t trend = 0;
  for (const json::Value& point : group.at("hourlyTrend").items())
    trend += *point.at("count").as_int();
  CHECK(trend == 3);
}

TEST_CASE("issues: counts by whole hours and edges equal a count of the rows") {
  Stage stage;
  std::vector<std::uint64_t> times;
  for (int i = 0; i < 60; ++i) {
    const std::uint64_t age = stage.random() % (20 * kHourNs);
    times.push_back(stage.report("Error", "one", age).end_ns);
  }
  for (int round = 0; round < 20; ++round) {
    const std::uint64_t now = unix_now_ns();
    std::uint64_t from = now - stage.random() % (21 * kHourNs);
    std::uint64_t to = now - stage.random() % (21 * kHourNs);
    if (from > to) std::swap(from, to);
    const auto expected =
        std::ranges::count_if(times, [&](std::uint64_t at) { return at >= from && at <= to; });
    const auto text = [](std::uint64_t ns) { return to_rfc3339(static_cast<std::int64_t>(ns)); };
    const json::Value answer =
        stage.ask("", R"({"fromDate":")" + text(from) + R"(","toDate":")" + text(to) +
                          R"(","pagination":{"page":1,"pageSize":20}})");
    const auto groups = answer.at("data").items();
    CHECK(groups.size() == (expected > 0 ? 1 : 0));
    if (!groups.empty()) CHECK(*groups[0].at("count").as_int() == expected);
  }
}

TEST_CASE("issues: an occurrence leads to the request it happened in") {
  Stage stage;
  stage.report("TypeError", "one", kHourNs);
  const OtlpSpan span = stage.report("TypeError", "one");
  const std::string hash = stage.hash_of("TypeError");
  const json::Value issue = stage.ask("/" + hash, R"({"pagination":{"page":1,"pageSize":1}})");
  CHECK(*issue.at("group").at("count").as_int() == 2);
  CHECK(*issue.at("pagination").at("total").as_int() == 2);
  REQUIRE(issue.at("occurrences").items().size() == 1);
  const json::Value newest = std::move(issue.at("occurrences").items().front());
  CHECK(*newest.at("recordedAt").as_string() == to_rfc3339(static_cast<std::int64_t>(span.end_ns)));
  CHECK(*newest.at("traceType").as_string() == "endpoint");
  CHECK(*newest.at("spanName").as_string() == "GET /api/orders/:id");
  const std::string id = *newest.at("id").as_string();
  run_scenarios(
      stage.client,
      {
          {"the run exists", "POST",
           stage.account.scoped("/api/endpoints/" + *newest.at("traceId").as_string()), "{}", 200,
           is_like(R"({"endpoint":{"endpoint":"GET /api/orders/:id"}})")},
          {"by id", "POST", stage.at("/by-id/" + id), "{}", 200,
           is_like(R"({"exception":{"id":")" + id + R"(","exceptionHash":")" + hash +
                   R"(","isMessage":false,"serverName":"shop"}})")},
          {"no uuid", "POST", stage.at("/by-id/7"), "{}", 400, is_error("invalid exception id")},
          {"unknown id", "POST", stage.at("/by-id/00000000-0000-4000-8000-000000000001"), "{}", 404,
           is_error("Exception not found")},
          {"unknown hash", "POST", stage.at("/0000000000000000"), "{}", 404,
           is_error("Exception not found")},
          {"absent paging is the first page", "POST", stage.at("/" + hash), "", 200,
           is_like(R"({"pagination":{"page":1,"pageSize":20,"total":2,"totalPages":1}})")},
          {"a list without paging", "POST", stage.at(), "{}", 400,
           is_error("Invalid request body")},
      });
}

TEST_CASE("issues: an archived one is hidden until it happens again") {
  Stage stage;
  stage.report("TypeError", "one");
  stage.report("RangeError", "two");
  const std::string hash = stage.hash_of("TypeError");
  const std::string hashes = R"({"hashes":[")" + hash + R"(","ffffffffffffffff"]})";
  run_scenarios(stage.client, {
                                  {"archive", "POST", stage.at("/archive"), hashes, 200,
                                   is_text(R"({"archived":2})")},
                                  {"nothing to archive", "POST", stage.at("/archive"),
                                   R"({"hashes":[]})", 400, is_error("hashes array is required")},
                                  {"no list", "POST", stage.at("/unarchive"), "{}", 400,
                                   is_error("hashes array is required")},
                              });
  CHECK(stage.list() == Listed{{"RangeError", 1}});
  CHECK(stage.list(R"(,"includeArchived":true)").size() == 2);
  CHECK(stage.list(R"(,"state":"archived")") == Listed{{"TypeError", 1}});
  stage.report("TypeError", "one", kHourNs);  // older than the archiving: stays hidden
  CHECK(stage.list() == Listed{{"RangeError", 1}});

  stage.report("TypeError", "one");
  CHECK(stage.list() == Listed{{"TypeError", 3}, {"RangeError", 1}});
  CHECK(stage.list(R"(,"state":"regressed")") == Listed{{"TypeError", 3}});

  stage.ask("/archive", hashes);
  CHECK(stage.list() == Listed{{"RangeError", 1}});
  const json::Value undone = stage.ask("/unarchive", hashes);
  CHECK(*undone.at("unarchived").as_int() == 2);
  CHECK(stage.list() == Listed{{"TypeError", 3}, {"RangeError", 1}});

  std::string many = R"({"hashes":[)";
  for (int i = 0; i < 1001; ++i) many += (i == 0 ? "\"a\"" : ",\"a\"");
  run_scenario(stage.client, {"too many", "POST", stage.at("/archive"), many + "]}", 422,
                              is_error("At most 1000 issues can be changed at once")});
}

TEST_CASE("issues: what is archived stays so after kill and restart") {
  Stage stage;
  stage.report("TypeError", "one");
  const std::string hashes = R"({"hashes":[")" + stage.hash_of("TypeError") + R"("]})";
  stage.ask("/archive", hashes);
  stage.server.kill9();
  REQUIRE(stage.server.start());
  stage.client = stage.server.client();
  stage.client.set_bearer(stage.account.jwt);
  CHECK(stage.list() == Listed{});
  CHECK(stage.list(R"(,"includeArchived":true)") == Listed{{"TypeError", 1}});
}

}  // namespace traceway::test
