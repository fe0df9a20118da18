// Requests recorded from real OpenTelemetry SDKs, against rows derived from the rules by hand.
#include "ingest/fixture_test_support.h"
#include "ingest/test_support.h"

#include <map>

namespace traceway::ingest::test {

namespace {

TelemetryBatch decoded(const std::string& fixture) {
  const json::Value head = json_file("fixtures/" + fixture + ".json").at("headers");
  auto batch = text_of(head, "content-type") == "application/json"
                   ? decode_traces_json(recorded_body(fixture), context())
                   : decode_traces_protobuf(recorded_body(fixture), context());
  REQUIRE(batch);
  return std::move(*batch);
}

using Counts = std::map<std::string, std::int64_t>;

/// The rows of one member as "value|value" with their counts.
Counts counts_of(const json::Value& expected, std::string_view member,
                 std::initializer_list<std::string_view> columns) {
  Counts counts;
  for (const json::Value& row : expected.at(member).items()) {
    std::string key;
    for (const std::string_view column : columns) {
      const auto number = row.at(column).as_int();
      key += (number ? std::to_string(*number) : text_of(row, column)) + '|';
    }
    counts[key] += row.at("count").as_int().value_or(0);
  }
  return counts;
}

Counts entities_of(const TelemetryBatch& batch, EntityKind kind) {
  Counts counts;
  for (const Span& span : batch.spans) {
    if (span.entity != kind) continue;
    std::string key = std::string(span.entity_name) + '|';
    if (kind == EntityKind::kEndpoint) key += std::to_string(span.http_status) + '|';
    ++counts[key];
  }
  return counts;
}

Counts span_names_of(const TelemetryBatch& batch) {
  std::map<std::pair<TraceId, SpanId>, std::string_view> names;
  for (const Span& span : batch.spans) names[{span.trace, span.id}] = span.name;
  Counts counts;
  for (const Span& span : batch.spans) {
    const auto parent = names.find({span.trace, span.parent});
    const std::string_view above = span.parent.is_empty()  ? ""
                                   : parent == names.end() ? "(elsewhere)"
                                                           : parent->second;
    ++counts[std::string(span.name) + '|' + std::to_string(static_cast<int>(span.kind)) + '|' +
             std::string(above) + '|'];
  }
  return counts;
}

Counts exceptions_of(const TelemetryBatch& batch) {
  Counts counts;
  for (const Exception& row : batch.exceptions) {
    const std::string_view first_line = row.stack_trace.substr(0, row.stack_trace.find('\n'));
    ++counts[std::string(first_line) + '|' + std::string(row.hash) + '|' +
             std::string(trace_type_name(row.trace_type)) + '|'];
  }
  return counts;
}

}  // namespace

TEST_CASE("fixtures: recorded requests give the rows that the rules demand") {
  for (const std::string fixture :
       {"otel-js-proto/002-traces", "otel-js-proto-gzip/003-traces",
        "otel-js-timings-json-gzip/002-traces", "otel-js-timings-json-gzip/003-traces",
        "otel-js-timings-proto/002-traces", "otel-js-timings-proto/003-traces"}) {
    CAPTURE(fixture);
    const json::Value expected = expected_rows(fixture);
    const TelemetryBatch batch = decoded(fixture);
    CHECK(batch.rejected == 0);
    CHECK(std::to_string(batch.spans.size()) ==
          std::to_string(expected.at("spans").as_int().value_or(-1)));
    std::int64_t duration_ns = 0;
    for (const Span& span : batch.spans) duration_ns += span.duration_ns;
    CHECK(std::to_string(duration_ns) == text_of(expected, "totalDurationNs"));
    CHECK(entities_of(batch, EntityKind::kEndpoint) ==
          counts_of(expected, "endpoints", {"name", "status"}));
    CHECK(entities_of(batch, EntityKind::kTask) == counts_of(expected, "tasks", {"name"}));
    CHECK(entities_of(batch, EntityKind::kAiTrace) == counts_of(expected, "aiTraces", {"name"}));
    CHECK(span_names_of(batch) == counts_of(expected, "spanNames", {"name", "kind", "parent"}));
    CHECK(exceptions_of(batch) ==
          counts_of(expected, "exceptions", {"firstLine", "hash", "traceType"}));
  }
}

TEST_CASE("fixtures: the example of the protocol's own repository") {
  auto batch =
      decode_traces_json(bytes_of(file_of("fixtures/otlp-examples/trace.json")), context());
  REQUIRE(batch);
  REQUIRE(batch->spans.size() == 1);
  const Span& span = batch->spans[0];
  CHECK(to_hex(span.trace) == "5b8efff798038103d269b633813fc60c");
  CHECK(to_hex(span.parent) == "eee19b7ec3c1b173");
  CHECK(span.name == "I'm a server span");
  CHECK(span.kind == SpanKind::kServer);
  CHECK(span.duration_ns == 1'000'000'000);
  CHECK(span.entity == EntityKind::kNone);
}

}  // namespace traceway::ingest::test
