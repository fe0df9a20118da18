// OTLP/JSON as the specification and real exporters write it.
#include "ingest/test_support.h"

namespace traceway::ingest::test {

namespace {

constexpr std::string_view kIds =
    R"("traceId":"7b873c7bbf35739e79e1f7b9736739f7","spanId":"a000000000000001")";

Result<TelemetryBatch> decoded(std::string_view json) {
  return decode_traces_json(bytes_of(json), context());
}

std::string around(std::string_view span) {
  return R"({"resourceSpans":[{"scopeSpans":[{"spans":[)" + std::string(span) + "]}]}]}";
}

/// A span with ids and these members.
Result<TelemetryBatch> span_with(std::string_view members) {
  return decoded(around('{' + std::string(kIds) + ',' + std::string(members) + '}'));
}

bool is_malformed(const Result<TelemetryBatch>& result) {
  return !result && result.error().code == ErrorCode::kMalformed;
}

}  // namespace

TEST_CASE("json: {} is a request without spans, nothing at all is malformed") {
  REQUIRE(decoded("{}"));
  CHECK(decoded("{}")->spans.empty());
  CHECK(decoded(" \n{\"resourceSpans\":null}\n")->spans.empty());
  for (const std::string_view text :
       {"", "  ", "null", "[]", "7", "\"x\"", "{", "{}{}", "{} x", "{}\x01", "{\"a\":1,}",
        "{\"unknown\":[1,,2]}", "{\"resourceSpans\":[}", "nope"}) {
    CAPTURE(text);
    CHECK(is_malformed(decoded(text)));
  }
}

TEST_CASE("json: a byte order mark is skipped") {
  CHECK(decoded("\xEF\xBB\xBF{}"));
}

TEST_CASE("json: a known field of the wrong type makes the request malformed") {
  for (const std::string_view members :
       {R"("name":7)",
        R"("name":["x"])",
        R"("kind":{})",
        R"("kind":"SPAN_KIND_SIDEWAYS")",
        R"("startTimeUnixNano":"soon")",
        R"("startTimeUnixNano":-1)",
        R"("startTimeUnixNano":1.5)",
        R"("endTimeUnixNano":"")",
        R"("attributes":{})",
        R"("attributes":[7])",
        R"("attributes":[{"key":1}])",
        R"("attributes":[{"key":"k","value":7}])",
        R"("attributes":[{"key":"k","value":{"intValue":"x"}}])",
        R"("attributes":[{"key":"k","value":{"boolValue":"true"}}])",
        R"("attributes":[{"key":"k","value":{"bytesValue":"*"}}])",
        R"("attributes":[{"key":"k","value":{"arrayValue":[]}}])",
        R"("events":{})",
        R"("events":[null])",
        R"("links":"x")",
        R"("status":2)",
        R"("status":{"code":"BAD"})",
        R"("flags":"x")",
        R"("flags":4294967296)",
        R"("traceState":1)",
        R"("traceId":1)",
        R"("droppedEventsCount":-1)"}) {
    CAPTURE(members);
    CHECK(is_malformed(span_with(members)));
  }
  CHECK(is_malformed(decoded(R"({"resourceSpans":{}})")));
  CHECK(is_malformed(decoded(R"({"resourceSpans":[null]})")));
  CHECK(is_malformed(decoded(around("null"))));
  CHECK(is_malformed(decoded(R"({"resourceSpans":[{"scopeSpans":[{"spans":{}}]}]})")));
}

TEST_CASE("json: null stands for the default, unknown members are ignored at every level") {
  const auto batch = decoded(
      R"({"new":{"a":[1]},"resourceSpans":[{"resource":null,"x":1,"scopeSpans":[{"scope":null,"schemaUrl":null,"y":[],)"
      R"("spans":[{)" +
      std::string(kIds) +
      R"(,"name":null,"kind":null,"attributes":null,"events":null,"status":null,"parentSpanId":null,"z":{}}]}]}]})");
  REQUIRE(batch);
  REQUIRE(batch->spans.size() == 1);
  CHECK(batch->spans[0].name.empty());
  CHECK(batch->spans[0].kind == SpanKind::kUnspecified);
}

TEST_CASE("json: snake_case names are understood as well") {
  const auto batch = decoded(
      R"({"resource_spans":[{"schema_url":"r","scope_spans":[{"schema_url":"s","spans":[{)"
      R"("trace_id":"7b873c7bbf35739e79e1f7b9736739f7","span_id":"a000000000000001",)"
      R"("parent_span_id":"b000000000000002","trace_state":"t","start_time_unix_nano":"5",)"
      R"("end_time_unix_nano":"9","dropped_attributes_count":1,"dropped_events_count":2,)"
      R"("dropped_links_count":3,"attributes":[{"key":"a","value":{"string_value":"x"}},)"
      R"({"key":"b","value":{"int_value":1}},{"key":"c","value":{"array_value":{"values":[{"bool_value":true}]}}},)"
      R"({"key":"d","value":{"kvlist_value":{"values":[{"key":"e","value":{"double_value":0.5}}]}}},)"
      R"({"key":"f","value":{"bytes_value":"Zg"}}],"events":[{"time_unix_nano":"6","name":"e"}]}]}]}]})");
  REQUIRE(batch);
  REQUIRE(batch->spans.size() == 1);
  const Span& row = batch->spans[0];
  CHECK(to_hex(row.parent) == "b000000000000002");
  CHECK(row.trace_state == "t");
  CHECK(row.source_start_ns == 5);
  CHECK(row.duration_ns == 4);
  CHECK(row.dropped_attributes + row.dropped_events + row.dropped_links == 6);
  CHECK(row.resource_schema_url == "r");
  CHECK(row.scope_schema_url == "s");
  CHECK(row.events_json.find(R"("time_unix_nano":6)") != std::string_view::npos);
  CHECK(map_of(*batch, row.attributes) ==
        R"({"a":"x","b":"1","c":"[true]","d":"{\"e\":0.5}","f":"Zg=="})");
}

TEST_CASE("json: ids are hex in either case; an id that is no hex rejects its own span only") {
  const std::string good = '{' + std::string(kIds) + '}';
  const auto mixed = decoded(around(
      R"({"traceId":"7B873C7BBF35739E79E1F7B9736739F7","spanId":"ABCDEF0123456789"},)" + good +
      R"(,{"traceId":"zz873c7bbf35739e79e1f7b9736739f7","spanId":"a000000000000003"})" +
      R"(,{"traceId":"7b873c7bbf35739e79e1f7b9736739f7","spanId":"abc"})"));
  REQUIRE(mixed);
  CHECK(mixed->spans.size() == 2);
  CHECK(mixed->rejected == 2);
  CHECK(to_hex(mixed->spans[0].id) == "abcdef0123456789");
}

TEST_CASE("json: an attribute that happens to be called traceId is untouched") {
  const auto batch =
      span_with(R"("attributes":[{"key":"traceId","value":{"stringValue":"NOT-AN-ID"}}])");
  REQUIRE(batch);
  CHECK(map_of(*batch, batch->spans[0].attributes) == R"({"traceId":"NOT-AN-ID"})");
}

TEST_CASE("json: 64-bit integers are strings or numbers, enums are numbers or names") {
  const auto batch = span_with(
      R"("startTimeUnixNano":1795190000000000001,"endTimeUnixNano":"1795190000000000003",)"
      R"("kind":"SPAN_KIND_CONSUMER","status":{"code":"STATUS_CODE_ERROR"},"attributes":[)"
      R"({"key":"a","value":{"intValue":9007199254740993}},{"key":"b","value":{"intValue":"-7"}},)"
      R"({"key":"c","value":{"doubleValue":3}},{"key":"d","value":{"doubleValue":"-Infinity"}},)"
      R"({"key":"e","value":{"bytesValue":"_-8"}}])");
  REQUIRE(batch);
  const Span& row = batch->spans[0];
  CHECK(row.source_start_ns == 1795190000000000001ULL);
  CHECK(row.duration_ns == 2);
  CHECK(row.kind == SpanKind::kConsumer);
  CHECK(row.status_code == 2);
  CHECK(map_of(*batch, row.attributes) ==
        R"({"a":"9007199254740993","b":"-7","c":"3","d":"-Inf","e":"/+8="})");
}

TEST_CASE("json: ill-formed UTF-8, lone surrogates and NUL become U+FFFD") {
  const std::pair<std::string, std::string_view> cases[] = {
      {"\"name\":\"a\xFF\"", "a\uFFFD"},
      {R"("name":"a\ud800b")", "a\uFFFDb"},
      {R"("name":"\udc00\ud83d")", "\uFFFD\uFFFD"},
      {R"("name":"\ud83d\ud83d\ude00")", "\uFFFD😀"},
      {R"("name":"\ud83d\ude00")", "😀"},
      {R"("name":"\u0000x")", "\uFFFDx"},
      {R"("name":"\\ud800")", R"(\ud800)"}};
  for (const auto& [members, expected] : cases) {
    CAPTURE(members);
    const auto batch = span_with(members);
    REQUIRE(batch);
    CHECK(batch->spans[0].name == expected);
  }
}

TEST_CASE("json: nesting past 10,000 is malformed, short of it it is only ignored") {
  const auto nested = [](std::size_t depth) {
    return decoded(R"({"unknown":)" + std::string(depth, '[') + std::string(depth, ']') + '}');
  };
  CHECK(nested(9000));
  CHECK(is_malformed(nested(10'001)));
  CHECK(is_malformed(nested(1'000'000)));
}

}  // namespace traceway::ingest::test
