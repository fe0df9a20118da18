// The rules of ingest 4.12, from both encodings, and requests of real SDKs.
#include "ingest/fixture_test_support.h"
#include "ingest/log_builder.h"
#include "ingest/logs_test_support.h"

#include <map>

namespace traceway::ingest {

namespace {

using namespace test;

LogRecord only(const LogExport& wanted, TelemetryBatch& batch) {
  batch = decode(wanted);
  REQUIRE(batch.logs.size() == 1);
  return batch.logs[0];
}

std::string body_of(Value body) {
  TelemetryBatch batch;
  return std::string(only({.logs = {{.body = std::move(body)}}}, batch).body);
}

}  // namespace

TEST_CASE("otlp logs: every member is kept, in either encoding") {
  TelemetryBatch batch;
  const LogRecord log =
      only({.logs = {{.body = "payment failed",
                      .observed_ns = kStartNs + 7,
                      .severity = 17,
                      .severity_text = "Error",
                      .attributes = {{"attempt", 3}, {"tags", Value::list({"a", 1})}},
                      .trace = std::string(kTrace),
                      .span = "7dfd3877775ae1bd",
                      .flags = 0x101,
                      .event_name = "payment"}},
            .resource = {{"service.name", "shop"}, {"host.name", "web-1"}},
            .scope = {{"team", "core"}},
            .scope_name = "pay",
            .scope_version = "1.2",
            .resource_schema_url = "https://r",
            .scope_schema_url = "https://s"},
           batch);
  CHECK(log.timestamp_ns == static_cast<std::int64_t>(kStartNs));
  CHECK(log.observed_ns == static_cast<std::int64_t>(kStartNs) + 7);
  CHECK(log.severity_number == 17);
  CHECK(log.severity_text == "ERROR");
  CHECK(log.body == "payment failed");
  CHECK(to_hex(log.trace) == kTrace);
  CHECK(to_hex(log.span) == "7dfd3877775ae1bd");
  CHECK(log.trace_flags == 1);
  CHECK(log.service_name == "shop");
  CHECK(map_of(batch, log.resource_attributes) == R"({"service.name":"shop","host.name":"web-1"})");
  CHECK(map_of(batch, log.scope_attributes) == R"({"team":"core"})");
  CHECK(map_of(batch, log.attributes) ==
        R"({"attempt":"3","tags":"[\"a\",1]","event.name":"payment"})");
  CHECK(log.scope_name == "pay");
  CHECK(log.scope_version == "1.2");
  CHECK(log.resource_schema_url == "https://r");
  CHECK(log.scope_schema_url == "https://s");
}

TEST_CASE("otlp logs: bodies of every kind become text") {
  CHECK(body_of("as \"sent\"\n") == "as \"sent\"\n");
  CHECK(body_of({}).empty());
  CHECK(body_of(true) == "true");
  CHECK(body_of(std::int64_t{-42}) == "-42");
  CHECK(body_of(1.5) == "1.5");
  CHECK(body_of(Value::bytes("plain text")) == "plain text");
  CHECK(body_of(Value::bytes(std::string("\xFF\x00\x01", 3))) == "/wAB");
  CHECK(body_of(Value::list({"a", 1, false})) == R"(["a",1,false])");
  CHECK(body_of(Value::map({{"k", "v"}, {"n", Value::map({{"x", 2}})}})) ==
        R"({"k":"v","n":{"x":2}})");
  CHECK(body_of(std::string(3 << 20, 'x')).size() == kMaxBodyBytes);
}

TEST_CASE("otlp logs: severity number and text complete each other") {
  Arena arena;
  const auto severity = [&](std::uint64_t number, std::string_view text) {
    const Severity out = severity_of(number, text, arena);
    return std::to_string(out.number) + ' ' + std::string(out.text);
  };
  CHECK(severity(0, "") == "0 ");
  CHECK(severity(1, "") == "1 TRACE");
  CHECK(severity(8, "") == "8 DEBUG");
  CHECK(severity(9, "") == "9 INFO");
  CHECK(severity(16, "") == "16 WARN");
  CHECK(severity(17, "") == "17 ERROR");
  CHECK(severity(24, "") == "24 FATAL");
  CHECK(severity(25, "") == "24 FATAL");
  CHECK(severity(UINT64_MAX, "") == "0 ");
  CHECK(severity(10, "Information") == "10 INFORMATION");
  for (const auto& [text, number] : {std::pair("verbose", 1),
                                     {"Debug", 5},
                                     {"NOTICE", 9},
                                     {"log", 9},
                                     {"warning", 13},
                                     {"err", 17},
                                     {"Severe", 17},
                                     {"crit", 21},
                                     {"emergency", 21},
                                     {"panic", 21},
                                     {"odd", 0}}) {
    CAPTURE(text);
    CHECK(severity_of(0, text, arena).number == number);
  }
}

TEST_CASE("otlp logs: the time is the record's, the collector's, or ours") {
  TelemetryBatch batch;
  const auto time_of = [&](std::uint64_t time, std::uint64_t observed) {
    return only({.logs = {{.time_ns = time, .observed_ns = observed}}}, batch).timestamp_ns;
  };
  CHECK(time_of(kStartNs, kStartNs + 1) == static_cast<std::int64_t>(kStartNs));
  CHECK(time_of(0, kStartNs + 1) == static_cast<std::int64_t>(kStartNs) + 1);
  CHECK(time_of(0, 0) == kReceivedNs);
  CHECK(time_of(UINT64_MAX, 0) == kReceivedNs);
  CHECK(time_of(1, 0) == 1);
}

TEST_CASE("otlp logs: a bad id leaves the record, zero ids are none") {
  TelemetryBatch batch;
  for (const auto& [trace, span] : {std::pair("7b87", "7dfd3877775ae1bd00"),
                                    {"", ""},
                                    {"00000000000000000000000000000000", "0000000000000000"}}) {
    const LogRecord log = only({.logs = {{.trace = trace, .span = span}}}, batch);
    CHECK(log.trace.is_zero());
    CHECK(log.span.is_empty());
  }
  CHECK(batch.rejected == 0);
}

TEST_CASE("otlp logs: an event's name does not replace an attribute of that name") {
  TelemetryBatch batch;
  const LogRecord log =
      only({.logs = {{.attributes = {{"event.name", "mine"}}, .event_name = "theirs"}}}, batch);
  CHECK(map_of(batch, log.attributes) == R"({"event.name":"mine"})");
}

TEST_CASE("otlp logs: stacks of JavaScript are written in canonical form, in place") {
  const std::string stack = "Error: x\n    at f (https://a/b.js:1:2)";
  TelemetryBatch batch;
  const LogRecord other =
      only({.logs = {{.attributes = {{"exception.stacktrace", stack}}}}}, batch);
  CHECK(attribute_of(batch, other.attributes, "exception.stacktrace") == stack);
  const LogRecord mine = only({.logs = {{.attributes = {{"exception.stacktrace", stack}}}},
                               .resource = {{"telemetry.sdk.language", "webjs"}}},
                              batch);
  CHECK(attribute_of(batch, mine.attributes, "exception.stacktrace") ==
        "Error: x\nf()\n    https://a/b.js:1:2");
  CHECK(mine.attributes.count == 1);
}

TEST_CASE("otlp logs: JSON of a wrong type and broken protobuf are refused") {
  for (const std::string body :
       {"", "[]", R"({"resourceLogs":{}})",
        R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":7}]}]}]})",
        R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityNumber":"LOUD"}]}]}]})",
        R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[null]}]}]})"}) {
    CAPTURE(body);
    const auto batch = decode_logs_json(bytes_of(body), context());
    REQUIRE_FALSE(batch);
    CHECK(batch.error().code == ErrorCode::kMalformed);
  }
  CHECK_FALSE(decode_logs_protobuf(bytes_of("\x0a\x05\x12"), context()));
  CHECK(decode_logs_protobuf({}, context())->logs.empty());
  const auto named = decode_logs_json(bytes_of(R"({"resource_logs":[{"scope_logs":[{"log_records":[
        {"severityNumber":"SEVERITY_NUMBER_WARN2","body":null,"unknown":{}}]}]}]})"),
                                      context());
  REQUIRE(named);
  CHECK(named->logs.at(0).severity_number == 14);
}

TEST_CASE("otlp logs: more than 100,000 records are too many") {
  LogExport wanted;
  wanted.logs.resize(kMaxElements + 1);
  for (const auto& batch : {decode_logs_protobuf(bytes_of(to_protobuf(wanted)), context()),
                            decode_logs_json(bytes_of(to_json(wanted)), context())}) {
    REQUIRE_FALSE(batch);
    CHECK(batch.error().code == ErrorCode::kTooLarge);
  }
}

TEST_CASE("otlp logs: a recorded request of a real SDK gives the rows that the rules demand") {
  for (const std::string fixture : {"otel-js-json/001-logs", "otel-js-json-gzip/001-logs"}) {
    CAPTURE(fixture);
    const json::Value facts = json_file("fixtures/" + fixture + ".json").at("facts");
    const auto batch = decode_logs_json(recorded_body(fixture), context());
    REQUIRE(batch);
    CHECK(batch->logs.size() == 20);
    std::map<std::string, int> severities;
    std::int64_t with_trace = 0;
    for (const LogRecord& log : batch->logs) {
      ++severities[std::to_string(log.severity_number) + '/' + std::string(log.severity_text)];
      with_trace += log.trace.is_zero() ? 0 : 1;
      CHECK(log.service_name == "shop-api-demo");
      CHECK(log.scope_name == "shop.logger");
      CHECK(log.observed_ns == log.timestamp_ns);
      CHECK(attribute_of(*batch, log.resource_attributes, "host.name") == "web-1");
    }
    const std::map<std::string, int> expected = {{"9/INFO", 11}, {"17/ERROR", 4}, {"1/TRACE", 1},
                                                 {"5/DEBUG", 1}, {"13/WARN", 2},  {"21/FATAL", 1}};
    CHECK(severities == expected);
    CHECK(with_trace == facts.at("withTrace").as_int());
  }
  const auto example =
      decode_logs_json(bytes_of(file_of("fixtures/otlp-examples/logs.json")), context());
  REQUIRE(example);
  CHECK(example->logs.at(0).body == "Example log record");
  CHECK(example->logs.at(0).severity_text == "INFORMATION");
  CHECK(to_hex(example->logs.at(0).trace) == "5b8efff798038103d269b633813fc60c");
}

}  // namespace traceway::ingest
