#include "support/ingest_routes.h"

#include "support/otlp_builder.h"
#include "support/scenario.h"
#include "support/seed.h"

#include <doctest/doctest.h>
#include <protozero/pbf_writer.hpp>

#include <algorithm>

namespace traceway::test {

namespace {

using protozero::pbf_writer;

constexpr std::pair<std::string_view, Signal> kKnown[] = {
    {"/api/report", Signal::kReport},
    {"/api/otel/v1/traces", Signal::kTraces},
    {"/api/otel/v1/metrics", Signal::kMetrics},
    {"/api/otel/v1/logs", Signal::kLogs},
};

/// Different in every call, so that no request repeats another.
std::string next_name() {
  static std::uint64_t count = 0;
  return "good " + std::to_string(++count);
}

std::string with_name(std::string text, std::string_view name) {
  constexpr std::string_view kMark = "NAME";
  text.replace(text.find(kMark), kMark.size(), name);
  return text;
}

std::string now_text() {
  return std::to_string(unix_now_ns());
}

std::string wrapped(std::string inner, const std::vector<protozero::pbf_tag_type>& tags) {
  for (const auto tag : tags) {
    std::string outer;
    pbf_writer(outer).add_message(tag, inner);
    inner = std::move(outer);
  }
  return inner;
}

std::string good_report() {
  return with_name(R"({"collectionFrames":[{"traces":[{"endpoint":"GET /NAME"}]}]})", next_name());
}

std::string good_traces(Encoding encoding) {
  static std::mt19937_64 random = random_generator(41);
  OtlpExport wanted;
  wanted.spans.push_back(request_span(random));
  return encoding == Encoding::kJson ? to_json(wanted) : to_protobuf(wanted);
}

std::string good_metrics(Encoding encoding) {
  const std::string name = next_name();
  if (encoding == Encoding::kJson) {
    return with_name(
        R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"NAME","gauge":{"dataPoints":[{"timeUnixNano":")" +
            now_text() + R"(","asDouble":1.5}]}}]}]}]})",
        name);
  }
  std::string point;
  pbf_writer point_writer(point);
  point_writer.add_fixed64(3, unix_now_ns());
  point_writer.add_double(4, 1.5);
  std::string metric;
  pbf_writer metric_writer(metric);
  metric_writer.add_string(1, name);
  metric_writer.add_message(5, wrapped(point, {1}));
  return wrapped(metric, {2, 2, 1});
}

std::string good_logs(Encoding encoding) {
  const std::string name = next_name();
  if (encoding == Encoding::kJson) {
    return with_name(R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":")" +
                         now_text() +
                         R"(","severityNumber":9,"body":{"stringValue":"NAME"}}]}]}]})",
                     name);
  }
  std::string body;
  pbf_writer(body).add_string(1, name);
  std::string record;
  pbf_writer writer(record);
  writer.add_fixed64(1, unix_now_ns());
  writer.add_enum(2, 9);
  writer.add_message(5, body);
  return wrapped(record, {2, 2, 1});
}

}  // namespace

std::vector<Encoding> IngestRoute::encodings() const {
  if (is_otlp()) return {Encoding::kJson, Encoding::kProtobuf};
  return {Encoding::kJson};
}

std::string IngestRoute::good(Encoding encoding) const {
  switch (signal) {
    case Signal::kTraces:
      return good_traces(encoding);
    case Signal::kMetrics:
      return good_metrics(encoding);
    case Signal::kLogs:
      return good_logs(encoding);
    default:
      return good_report();
  }
}

std::string_view media_type(Encoding encoding) {
  return encoding == Encoding::kJson ? "application/json" : "application/x-protobuf";
}

const std::vector<IngestRoute>& ingest_routes() {
  static const std::vector<IngestRoute> routes = [] {
    std::vector<IngestRoute> found;
    for (const RouteLine& line : all_routes()) {
      if (line.method != "POST" || line.guard != "project_token") continue;
      const auto* const known =
          std::ranges::find(kKnown, line.pattern, &std::pair<std::string_view, Signal>::first);
      CHECK_MESSAGE(known != std::end(kKnown), line.pattern, " has no rows in the matrix");
      if (known != std::end(kKnown)) found.push_back({known->second, line.pattern});
    }
    return found;
  }();
  REQUIRE_FALSE(routes.empty());
  return routes;
}

std::optional<IngestRoute> find_route(Signal signal) {
  const auto found = std::ranges::find(ingest_routes(), signal, &IngestRoute::signal);
  if (found != ingest_routes().end()) return *found;
  MESSAGE("not checked: the server has no such ingest route");
  return std::nullopt;
}

bool has_route(std::string_view method, std::string_view pattern) {
  static const std::vector<RouteLine> routes = all_routes();
  return std::ranges::any_of(routes, [&](const RouteLine& line) {
    return line.method == method && line.pattern == pattern;
  });
}

}  // namespace traceway::test
