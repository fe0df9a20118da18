// Both encodings: validity, value rules, limits, duplicates, the worked conversions.
#include "ingest/otlp.h"

#include "ingest/attribute_value.h"
#include "ingest/test_support.h"

#include <cmath>
#include <limits>
#include <memory>

namespace traceway::ingest::test {

namespace {

constexpr const char* kA = "a000000000000001";
constexpr const char* kB = "b000000000000002";

/// The string form of one attribute value after its way through both encodings.
std::string text_of(Value value) {
  const TelemetryBatch batch =
      decode(request_of({{.id = kA, .attributes = {{"k", std::move(value)}}}}));
  return std::string(attribute_of(batch, batch.spans[0].attributes, "k"));
}

/// The typed form, as an event carries it.
std::string typed_of(Value value) {
  const TelemetryBatch batch = decode(
      request_of({{.id = kA, .events = {{.name = "e", .attributes = {{"k", std::move(value)}}}}}}));
  const std::string_view json = batch.spans[0].events_json;
  const std::size_t from = json.find(R"("attributes":)") + 13;
  return std::string(json.substr(from, json.find(R"(,"dropped)") - from));
}

}  // namespace

TEST_CASE("otlp: every member of a span is stored as sent") {
  const TestSpan sent{.id = kA,
                      .parent = kB,
                      .name = "SELECT users",
                      .kind = 3,
                      .attributes = {{"db.system", "sqlite"}, {"rows", 3}},
                      .events = {{.name = "retry",
                                  .attributes = {{"attempt", 2}, {"slow", true}, {"wait", 0.5}},
                                  .time_ns = kStartNs + 7,
                                  .dropped_attributes = 4}},
                      .links = {{.trace = std::string(kTrace),
                                 .span = kB,
                                 .trace_state = "a=b",
                                 .attributes = {{"why", "batch"}},
                                 .dropped_attributes = 5,
                                 .flags = 769}},
                      .end_ns = kStartNs + 42,
                      .status_code = 2,
                      .status_message = "no such table",
                      .flags = 257,
                      .trace_state = "x=y",
                      .dropped_attributes = 1,
                      .dropped_events = 2,
                      .dropped_links = 3};
  const Request request = {{.scopes = {{.spans = {sent},
                                        .name = "db",
                                        .version = "1.2",
                                        .attributes = {{"s", 1}},
                                        .schema_url = "https://scope"}},
                            .attributes = {{"service.name", "shop"}, {"service.version", "9"}},
                            .schema_url = "https://resource",
                            .dropped_attributes = 6}};
  const TelemetryBatch batch = decode(request);
  REQUIRE(batch.spans.size() == 1);
  const Span& row = batch.spans[0];
  CHECK(to_hex(row.trace) == kTrace);
  CHECK(to_hex(row.id) == kA);
  CHECK(to_hex(row.parent) == kB);
  CHECK(row.name == "SELECT users");
  CHECK(row.kind == SpanKind::kClient);
  CHECK(row.status_code == 2);
  CHECK(row.status_message == "no such table");
  CHECK(row.start_ns == static_cast<std::int64_t>(kStartNs));
  CHECK(row.duration_ns == 42);
  CHECK(row.source_end_ns == kStartNs + 42);
  CHECK(row.service_name == "shop");
  CHECK(row.service_version == "9");
  CHECK(row.scope_name == "db");
  CHECK(row.scope_version == "1.2");
  CHECK(row.trace_state == "x=y");
  CHECK(row.flags == 257);
  CHECK(row.dropped_attributes == 1);
  CHECK(row.dropped_events == 2);
  CHECK(row.dropped_links == 3);
  CHECK(row.resource_schema_url == "https://resource");
  CHECK(row.scope_schema_url == "https://scope");
  CHECK(map_of(batch, row.attributes) == R"({"db.system":"sqlite","rows":"3"})");
  CHECK(
      row.resource_json ==
      R"({"attributes":{"service.name":"shop","service.version":"9"},"dropped_attributes_count":6})");
  CHECK(row.scope_json ==
        R"({"name":"db","version":"1.2","attributes":{"s":1},"dropped_attributes_count":0})");
  CHECK(
      row.events_json ==
      R"([{"time_unix_nano":1795190000000000007,"name":"retry","attributes":{"attempt":2,"slow":true,"wait":0.5},"dropped_attributes_count":4}])");
  CHECK(
      row.links_json ==
      R"([{"trace_id":"7b873c7bbf35739e79e1f7b9736739f7","span_id":"b000000000000002","trace_state":"a=b","flags":769,"attributes":{"why":"batch"},"dropped_attributes_count":5}])");
}

TEST_CASE("otlp: values take the string form of the table") {
  CHECK(text_of("plain") == "plain");
  CHECK(text_of("") == "");
  CHECK(text_of(true) == "true");
  CHECK(text_of(false) == "false");
  CHECK(text_of(-42) == "-42");
  CHECK(text_of(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(text_of(1e6) == "1000000");
  CHECK(text_of(0.1) == "0.1");
  CHECK(text_of(std::nan("")) == "NaN");
  CHECK(text_of(std::numeric_limits<double>::infinity()) == "+Inf");
  CHECK(text_of(-std::numeric_limits<double>::infinity()) == "-Inf");
  CHECK(text_of(Value::bytes(std::string("\x00\xFF", 2))) == "AP8=");
  CHECK(text_of(Value::list({1, "a\"b", true, 2.5, Value()})) == R"([1,"a\"b",true,2.5,null])");
  CHECK(text_of(Value::map({{"a", 1}, {"b", Value::list({Value::bytes("f")})}})) ==
        R"({"a":1,"b":["Zg=="]})");
  CHECK(text_of(Value::list({})) == "[]");
  CHECK(text_of(Value()) == "(none)");
}

TEST_CASE("otlp: typed attributes keep the value's own type") {
  CHECK(typed_of("s") == R"({"k":"s"})");
  CHECK(typed_of(7) == R"({"k":7})");
  CHECK(typed_of(true) == R"({"k":true})");
  CHECK(typed_of(std::nan("")) == R"({"k":"NaN"})");
  CHECK(typed_of(Value::bytes("f")) == R"({"k":"Zg=="})");
  CHECK(typed_of(Value::list({1, Value::map({{"x", std::nan("")}})})) ==
        R"({"k":[1,{"x":"NaN"}]})");
  CHECK(typed_of(Value()) == "{}");
}

TEST_CASE("otlp: values nested deeper than 64 become null") {
  const auto nested = [](int depth) {
    Value value = "deep";
    for (int i = 1; i < depth; ++i) value = Value::list({std::move(value)});
    return text_of(std::move(value));
  };
  CHECK(nested(64).find("deep") != std::string::npos);
  CHECK(nested(65) == std::string(64, '[') + "null" + std::string(64, ']'));
  CHECK(nested(200) == std::string(64, '[') + "null" + std::string(64, ']'));
}

TEST_CASE("otlp: of equal keys the last value is kept, at the place of the first") {
  for (const std::size_t others : {std::size_t{2}, std::size_t{100}}) {  // compared, and hashed
    Attributes attributes = {{"twice", 1}};
    for (std::size_t i = 0; i < others; ++i) attributes.emplace_back("k" + std::to_string(i), "v");
    attributes.emplace_back("twice", 2);
    attributes.emplace_back("twice", Value());  // no value: as if it were not there
    const TelemetryBatch batch = decode(request_of({{.id = kA, .attributes = attributes}}));
    const AttributeRange range = batch.spans[0].attributes;
    REQUIRE(range.count == others + 1);
    CHECK(batch.attributes[range.first].key == "twice");
    CHECK(batch.attributes[range.first].value == "2");
  }
}

TEST_CASE("otlp: limits cut at code points and drop what has no room") {
  Attributes attributes;
  attributes.emplace_back(std::string(256, 'k'), "kept");
  attributes.emplace_back(std::string(257, 'k'), "dropped");
  attributes.emplace_back("long", std::string(kMaxValueBytes - 1, 'x') + "é");
  for (int i = 0; i < 1100; ++i) attributes.emplace_back("a" + std::to_string(i), i);
  TestSpan span{.id = kA, .name = std::string(2047, 'n') + "é", .attributes = attributes};
  const TelemetryBatch batch =
      decode(request_of({span}, {{"service.name", std::string(600, 's')}}));
  const Span& row = batch.spans[0];
  CHECK(row.name == std::string(2047, 'n'));
  CHECK(row.service_name == std::string(512, 's'));
  CHECK(row.attributes.count == 1024);
  CHECK(attribute_of(batch, row.attributes, std::string(256, 'k')) == "kept");
  CHECK(attribute_of(batch, row.attributes, std::string(257, 'k')) == "(none)");
  CHECK(attribute_of(batch, row.attributes, "long").size() == kMaxValueBytes - 1);
  CHECK(attribute_of(batch, row.attributes, "a1021") == "1021");
  CHECK(attribute_of(batch, row.attributes, "a1022") == "(none)");
}

TEST_CASE("otlp: ill-formed text is repaired, never refused") {
  Request request = request_of({{.id = kA,
                                 .name = std::string("a\0\xFF", 3),
                                 .attributes = {{"k\xC3", Value::list({"\xED\xA0\x80"})}},
                                 .events = {{.name = "\xFE"}}}});
  auto batch = decode_traces_protobuf(bytes_of(to_protobuf(request)), context());
  REQUIRE(batch);
  CHECK(batch->spans[0].name == "a\uFFFD\uFFFD");
  CHECK(map_of(*batch, batch->spans[0].attributes) ==
        "{\"k\uFFFD\":\"[\\\"\uFFFD\uFFFD\uFFFD\\\"]\"}");
  CHECK(batch->spans[0].events_json.find("\uFFFD") != std::string_view::npos);
}

TEST_CASE("otlp: ids decide whether a span is taken, a rejected one leaves nothing") {
  const auto count = [](TestSpan span) {
    span.events = {{.name = "exception", .attributes = {{"exception.type", "E"}}}};
    const TelemetryBatch batch = decode(request_of({std::move(span), {.id = "c000000000000009"}}));
    CHECK(batch.spans.size() + batch.rejected == 2);
    CHECK(batch.exceptions.size() == batch.spans.size() - 1);
    return batch.rejected;
  };
  const std::string zero(32, '0');
  CHECK(count({.id = kA}) == 0);
  CHECK(count({.id = kA, .parent = "0000000000000000"}) == 0);
  CHECK(count({.id = "00"}) == 1);
  CHECK(count({.id = ""}) == 1);
  CHECK(count({.id = "0000000000000000"}) == 1);
  CHECK(count({.id = std::string(32, 'a')}) == 1);
  CHECK(count({.id = kA, .parent = "ab"}) == 1);
  CHECK(count({.id = kA, .trace = zero}) == 1);
  CHECK(count({.id = kA, .trace = "7b87"}) == 1);
  CHECK(count({.id = kA, .trace = ""}) == 1);
}

TEST_CASE("otlp: an all-zero parent is no parent") {
  CHECK(decode(request_of({{.id = kA, .parent = "0000000000000000"}})).spans[0].parent.is_empty());
}

TEST_CASE("otlp: the reason of a partial success names count and cause") {
  const TelemetryBatch batch = decode(request_of({{.id = "00"}, {.id = "01"}, {.id = kA}}));
  CHECK(batch.rejected == 2);
  CHECK(batch.rejected_reason == "2 spans need valid non-zero trace and span IDs");
}

TEST_CASE("otlp: impossible times become the receive time, exact values stay") {
  const auto times = [](std::uint64_t start, std::uint64_t end) {
    const TelemetryBatch batch = decode(request_of({{.id = kA, .start_ns = start, .end_ns = end}}));
    const Span& row = batch.spans[0];
    CHECK(row.source_start_ns == start);
    CHECK(row.source_end_ns == end);
    return std::pair(row.start_ns, row.duration_ns);
  };
  const std::int64_t day = 86'400'000'000'000;
  const auto soon = static_cast<std::uint64_t>(kReceivedNs + day);
  CHECK(times(0, 5) == std::pair(kReceivedNs, std::int64_t{5}));
  CHECK(times(7, 7) == std::pair(std::int64_t{7}, std::int64_t{0}));
  CHECK(times(9, 7) == std::pair(std::int64_t{9}, std::int64_t{0}));
  CHECK(times(soon, soon).first == kReceivedNs + day);
  CHECK(times(soon + 1, soon + 1).first == kReceivedNs);
  CHECK(times(UINT64_MAX, UINT64_MAX).first == kReceivedNs);
  CHECK(times(1, UINT64_MAX).second == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("otlp: kinds and codes that the wire format does not know are unspecified") {
  const TelemetryBatch batch =
      decode(request_of({{.id = kA, .kind = 77, .status_code = 9}, {.id = kB, .kind = -3}}));
  CHECK(batch.spans[0].kind == SpanKind::kUnspecified);
  CHECK(batch.spans[0].status_code == 0);
  CHECK(batch.spans[1].kind == SpanKind::kUnspecified);
}

TEST_CASE("otlp: of two spans with one id the longer stays, with its own exceptions") {
  const auto with_duration = [](std::uint64_t ns, std::string type) {
    return TestSpan{.id = kA,
                    .name = type,
                    .events = {{.name = "exception", .attributes = {{"exception.type", type}}}},
                    .end_ns = kStartNs + ns};
  };
  for (const bool is_longer_first : {true, false}) {
    std::vector<TestSpan> spans = {with_duration(9, "Long"), with_duration(5, "Short"),
                                   with_duration(9, "Equal")};
    if (!is_longer_first) std::swap(spans[0], spans[1]);
    const TelemetryBatch batch = decode(request_of(spans));
    REQUIRE(batch.spans.size() == 1);
    CHECK(batch.spans[0].name == "Long");
    REQUIRE(batch.exceptions.size() == 1);
    CHECK(batch.exceptions[0].stack_trace == "Long");
    CHECK(batch.rejected == 0);
  }
}

TEST_CASE("otlp: a thousand spans are all found again") {
  std::vector<TestSpan> spans;
  for (int round = 0; round < 2; ++round) {
    for (int i = 1; i <= 1000; ++i) {
      char id[17];
      std::snprintf(id, sizeof id, "%016x", static_cast<unsigned>(i));
      spans.push_back({.id = id, .end_ns = kStartNs + 10});
    }
  }
  CHECK(decode(request_of(spans)).spans.size() == 1000);
}

TEST_CASE("otlp: more than 100,000 elements are too much, events and links count") {
  std::vector<Event> events(60'000, Event{.name = "e"});
  const TestSpan half{.id = kA, .events = events};
  TestSpan other = half;
  other.id = kB;
  const Request request = request_of({half, other});
  for (const auto& result : {decode_traces_protobuf(bytes_of(to_protobuf(request)), context()),
                             decode_traces_json(bytes_of(to_json(request)), context())}) {
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::kTooLarge);
  }
  CHECK(decode(request_of({half})).spans.size() == 1);
}

TEST_CASE("otlp: many exceptions on one span with many attributes do not multiply in memory") {
  Attributes attributes;
  for (int i = 0; i < 1000; ++i) attributes.emplace_back("k" + std::to_string(i), i);
  TestSpan span{.id = kA, .attributes = attributes};
  span.events.assign(5000, Event{.name = "exception", .attributes = {{"exception.type", "E"}}});
  CHECK(decode(request_of({span})).attributes.size() == 1000);
  for (Event& event : span.events) event.attributes.emplace_back("thread", 1);
  const auto refused = decode_traces_protobuf(bytes_of(to_protobuf(request_of({span}))), context());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kTooLarge);
}

TEST_CASE("otlp: the digest tells repeats from new data and projects from each other") {
  const std::string body = to_protobuf(request_of({{.id = kA}}));
  const auto digest = [&](std::string_view bytes, const DecodeContext& with) {
    return decode_traces_protobuf(bytes_of(bytes), with)->digest;
  };
  DecodeContext other = context();
  other.project.bytes[3] = 9;
  CHECK(digest(body, context()) == digest(body, context()));
  CHECK(digest(body, context()) != digest(body, other));
  CHECK(digest(body, context()) != digest(to_protobuf(request_of({{.id = kB}})), context()));
}

TEST_CASE("otlp: rows survive the batch being moved") {
  auto batch = std::make_unique<TelemetryBatch>(
      decode(request_of({{.id = kA, .name = "kept", .attributes = {{"n", 5}}}})));
  const TelemetryBatch moved = std::move(*batch);
  batch.reset();
  CHECK(moved.spans[0].name == "kept");
  CHECK(map_of(moved, moved.spans[0].attributes) == R"({"n":"5"})");
}

TEST_CASE("otlp: worked conversions of the specification") {
  SUBCASE("Spring Boot") {
    const std::string stack = "com.x.NotFound: no user\n\tat com.x.A.b(A.java:3)";
    const TelemetryBatch batch =
        decode(request_of({{.id = kA,
                            .name = "GET /api/users/{id}",
                            .kind = 2,
                            .attributes = {{"http.request.method", "GET"},
                                           {"http.route", "/api/users/{id}"},
                                           {"http.response.status_code", 500}},
                            .events = {{.name = "exception",
                                        .attributes = {{"exception.type", "com.x.NotFound"},
                                                       {"exception.message", "no user"},
                                                       {"exception.stacktrace", stack}}}}},
                           {.id = kB, .parent = kA, .name = "SELECT users", .kind = 3}},
                          {{"service.name", "user-service"}, {"service.version", "2.1.0"}}));
    REQUIRE(batch.spans.size() == 2);
    CHECK(batch.spans[0].entity_name == "GET /api/users/{id}");
    CHECK(batch.spans[0].http_status == 500);
    CHECK(batch.spans[1].entity == EntityKind::kNone);
    REQUIRE(batch.exceptions.size() == 1);
    CHECK(batch.exceptions[0].trace_type == EntityKind::kEndpoint);
    CHECK(batch.exceptions[0].stack_trace == stack);
    CHECK(batch.exceptions[0].app_version == "2.1.0");
    CHECK(batch.exceptions[0].server_name == "user-service");
  }
  SUBCASE("Next.js style auth call") {
    const TelemetryBatch batch = decode(request_of(
        {{.id = kA,
          .name = "auth",
          .attributes = {{"http.request.method", "GET"}, {"http.route", "/get-session"}}},
         {.id = kB, .parent = kA, .name = "db findOne user"},
         {.id = "c000000000000001", .parent = kB, .name = "tcp.connect"},
         {.id = "c000000000000002", .parent = kB, .name = "query"},
         {.id = "c000000000000003", .parent = kA, .name = "render"}}));
    CHECK(batch.spans.size() == 5);
    CHECK(batch.spans[0].entity_name == "GET /get-session");
    CHECK(batch.spans[0].http_status == 0);
    for (std::size_t i = 1; i < 5; ++i) CHECK(batch.spans[i].entity == EntityKind::kNone);
  }
  SUBCASE("CONSUMER span whose parent is elsewhere") {
    const TelemetryBatch batch = decode(request_of(
        {{.id = kA,
          .parent = kB,
          .name = "process job",
          .kind = 5,
          .events = {{.name = "exception", .attributes = {{"exception.message", "bad"}}}}}}));
    CHECK(batch.spans[0].entity == EntityKind::kTask);
    CHECK(batch.spans[0].entity_name == "process job");
    CHECK_FALSE(batch.spans[0].parent.is_empty());
    CHECK(batch.exceptions[0].trace_type == EntityKind::kTask);
    CHECK(batch.exceptions[0].stack_trace == "bad");
  }
}

}  // namespace traceway::ingest::test
