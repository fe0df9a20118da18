// Values of reports as they are and as they become. Source: ingest 2, 3.4, 3.11, 10.
#include "ingest/report_test_support.h"

namespace traceway::ingest::test {

namespace {

constexpr std::string_view kOther = "0d5f7a3c-90c2-4a2c-8a10-7b4c1f0e2d33";

template <class Member>
struct Repair {
  std::string members;
  Member expected;
};

}  // namespace

TEST_CASE("report repairs: durations are whole nanoseconds, never negative") {
  const Repair<std::int64_t> table[] = {
      {"", 0},
      {"'duration':null", 0},
      {"'duration':17", 17},
      {"'duration':-5", 0},
      {"'duration':2.5", 3},
      {"'duration':1e3", 1000},
      {"'duration':'42'", 42},
      {"'duration':'nonsense'", 0},
      {"'duration':true", 0},
      {"'duration':{}", 0},
      {"'duration':9223372036854775807", INT64_MAX},
      {"'duration':9223372036854775808", INT64_MAX},
      {"'duration':18446744073709551615", INT64_MAX},
      {"'duration':18446744073709551616", INT64_MAX},
      {"'duration':123456789012345678901234567890", INT64_MAX},
      {"'duration':-99999999999999999999", 0},
      {"'duration':1e300", INT64_MAX},
      {"'duration':1e999", 0},
      {"'duration':1e-999", 0},
      {"'duration':'99999999999999999999'", INT64_MAX},
      {"'duration_ms':45.2", 45'200'000},
      {"'duration_ms':'0.5'", 500'000},
      {"'duration_ms':-1", 0},
      {"'duration_ms':1e300", INT64_MAX},
      {"'duration_ms':5,'duration':7", 7},
      {"'duration_ms':5,'duration':[]", 5'000'000},
  };
  for (const auto& [members, expected] : table) {
    CAPTURE(members);
    CHECK(run_of(members).batch.spans[0].duration_ns == expected);
  }
}

TEST_CASE("report repairs: status codes and sizes stay within their ranges") {
  const Repair<std::pair<int, int>> statuses[] = {
      {"", {0, 0}},
      {"'statusCode':200", {200, 0}},
      {"'statusCode':'404'", {404, 0}},
      {"'statusCode':499.6", {500, 2}},
      {"'statusCode':503", {503, 2}},
      {"'statusCode':999", {999, 2}},
      {"'statusCode':1000", {0, 0}},
      {"'statusCode':-1", {0, 0}},
      {"'statusCode':70000", {0, 0}},
      {"'statusCode':'OK'", {0, 0}},
  };
  for (const auto& [members, expected] : statuses) {
    CAPTURE(members);
    const Span span = run_of(members).batch.spans[0];
    CHECK(span.http_status == expected.first);
    CHECK(span.status_code == expected.second);
  }
  const Repair<std::int64_t> sizes[] = {{"", 0},
                                        {"'bodySize':-7", 0},
                                        {"'bodySize':7.2", 7},
                                        {"'bodySize':4294967296", 4'294'967'296},
                                        {"'bodySize':1e40", INT64_MAX}};
  for (const auto& [members, expected] : sizes) {
    CAPTURE(members);
    CHECK(run_of(members).batch.spans[0].body_size == expected);
  }
}

TEST_CASE("report repairs: a time that says nothing is the receive time") {
  const Repair<std::int64_t> table[] = {
      {"'2026-11-20T08:15:30.12Z'", kWhenNs},
      {"'2026-11-20 08:15:30.12z'", kWhenNs},
      {"'2026-11-20t09:15:30.120000000+01:00'", kWhenNs},
      {"'1999-01-01T00:00:00Z'", 915'148'800'000'000'000},
      {"'1969-12-31T23:59:59Z'", -1'000'000'000},
      {"'0001-01-01T00:00:00Z'", kReceivedNs},
      {"''", kReceivedNs},
      {"'yesterday'", kReceivedNs},
      {"null", kReceivedNs},
      {"1795162530", kReceivedNs},
      {"{}", kReceivedNs},
      {"'2026-11-21T18:40:00Z'",
       kReceivedNs - 1'795'200'000'000'000'000 + 1'795'286'400'000'000'000},
      {"'2026-11-21T18:40:01Z'", kReceivedNs},
      {"'9999-12-31T23:59:59Z'", kReceivedNs},
  };
  for (const auto& [time, expected] : table) {
    CAPTURE(time);
    const Report report =
        frame_of("'traces':[{'recordedAt':" + time + ",'spans':[{'startTime':" + time +
                 "}]}],'stackTraces':[{'recordedAt':" + time + "}]");
    REQUIRE(report.batch.spans.size() == 2);
    CHECK(report.batch.spans[0].start_ns == expected);
    CHECK(report.batch.spans[1].start_ns == expected);
    CHECK(report.batch.spans[1].source_start_ns == static_cast<std::uint64_t>(expected));
    CHECK(report.batch.exceptions[0].recorded_ns == expected);
  }
}

TEST_CASE("report repairs: ids in every spelling, and one where there is none") {
  for (const std::string id :
       {"6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10", "6F1E0C52-2A7B-4C0E-9D55-0B6A2F6F1A10",
        "6f1e0c522a7b4c0e9d550b6a2f6f1a10", "urn:uuid:6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10",
        "{6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10}"}) {
    CAPTURE(id);
    const Report report =
        frame_of("'traces':[{'id':'" + id + "'}],'stackTraces':[{'traceId':'" + id + "'}]");
    CHECK(to_hex(report.batch.spans[0].entity_id) == kRunHex);
    CHECK(to_hex(report.batch.spans[0].id) == kRunHex);
    CHECK(to_hex(report.batch.spans[0].trace) == kRunHex);
    CHECK(to_hex(report.batch.exceptions[0].span) == kRunHex);
  }
  for (const std::string_view id : {"null", "''", "'00000000-0000-0000-0000-000000000000'", "7"}) {
    CAPTURE(id);
    const std::string text(id);
    const Report report =
        frame_of("'traces':[{'id':" + text + ",'spans':[{'id':" + text + ",'parentSpanId':" + text +
                 "}]}],'stackTraces':[{'traceId':" + text + ",'distributedTraceId':" + text + "}]");
    const Span& root = report.batch.spans[0];
    CHECK_FALSE(root.entity_id.is_zero());
    CHECK(root.id.view() == root.entity_id.view());
    CHECK(root.trace == root.entity_id);
    CHECK(report.batch.spans[1].parent == root.id);
    CHECK(report.batch.spans[1].id.size == 16);
    CHECK(report.batch.exceptions[0].span.is_empty());
    CHECK(report.batch.exceptions[0].trace.is_zero());
  }
  // Other text: who names it meets.
  const Report named = frame_of(
      "'traces':[{'id':'job-7','spans':[{'id':'s1'},{'id':'s2','parentSpanId':'s1'}]}],"
      "'stackTraces':[{'traceId':'job-7'}]");
  REQUIRE(named.batch.spans.size() == 3);
  CHECK(named.batch.spans[2].parent == named.batch.spans[1].id);
  CHECK(named.batch.exceptions[0].span == named.batch.spans[0].id);
}

TEST_CASE("report repairs: a distributed id takes the trace's place and leaves the span's") {
  const std::string distributed = "'distributedTraceId':'" + std::string(kOther) + "'";
  const Span run = run_of(distributed).batch.spans[0];
  CHECK(to_string(run.trace) == kOther);
  CHECK(to_hex(run.id) == kRunHex);
  CHECK(to_hex(run_of("'distributedTraceId':'nonsense'").batch.spans[0].trace) == kRunHex);
  const Exception alone = exception_of(distributed).batch.exceptions[0];
  CHECK(to_string(alone.trace) == kOther);
  CHECK(alone.span.is_empty());
  const Exception both =
      exception_of(distributed + ",'traceId':'" + std::string(kRunId) + "'").batch.exceptions[0];
  CHECK(to_string(both.trace) == kOther);
  CHECK(to_hex(both.span) == kRunHex);
}

TEST_CASE("report repairs: the kind of a run, and what it is called") {
  const Report missing = run_of("'statusCode':404");
  const Span& endpoint = missing.batch.spans[0];
  CHECK(endpoint.entity == EntityKind::kEndpoint);
  CHECK(endpoint.entity_name == "UNMATCHED");
  CHECK(endpoint.name == "GET /a");
  const Report job = run_of("'isTask':true,'statusCode':404,'bodySize':9");
  const Span& task = job.batch.spans[0];
  CHECK(task.entity == EntityKind::kTask);
  CHECK(task.entity_name == "GET /a");
  CHECK(task.kind == SpanKind::kInternal);
  CHECK(task.http_status == 0);
  CHECK(task.body_size == 0);
  CHECK(run_of("'isTask':'true'").batch.spans[0].entity == EntityKind::kTask);
  CHECK(run_of("'isTask':1").batch.spans[0].entity == EntityKind::kEndpoint);
  for (const std::string_view nameless : {"{}", "{'endpoint':''}", "{'endpoint':null}"}) {
    const Report report = frame_of("'traces':[" + std::string(nameless) + "]");
    CHECK(report.batch.spans[0].name == "unknown");
    CHECK(report.rejected == 0);
  }
  CHECK(run_of("'spans':[{}]").batch.spans[1].name == "unknown");
  CHECK(run_of("'attributes':{'traceway.is_stream':'true'}").batch.spans[0].is_stream);
  CHECK(run_of("'attributes':{'traceway.is_stream':true}").batch.spans[0].is_stream);
  CHECK_FALSE(run_of("'attributes':{'traceway.is_stream':'yes'}").batch.spans[0].is_stream);
}

TEST_CASE("report repairs: attribute values become text") {
  const Repair<std::string> table[] = {
      {"{'a':'b'}", R"({"a":"b"})"},
      {"{'a':true,'b':false}", R"({"a":"true","b":"false"})"},
      {"{'a':-17,'b':0}", R"({"a":"-17","b":"0"})"},
      {"{'a':18446744073709551615}", R"({"a":"18446744073709551615"})"},
      {"{'a':0.1,'b':1234567.875,'c':2.0}", R"({"a":"0.1","b":"1234567.875","c":"2"})"},
      {"{'a':[1, 'x', null],'b':{'c': {}}}", R"({"a":"[1,\"x\",null]","b":"{\"c\":{}}"})"},
      {"{'a':null}", "{}"},
      {"{'a':1,'a':2}", R"({"a":"2"})"},
      {"{'':'x'}", R"({"":"x"})"},
      {"[]", "{}"},
      {"'text'", "{}"},
      {"7", "{}"},
  };
  for (const auto& [json, expected] : table) {
    CAPTURE(json);
    const Report report = run_of("'attributes':" + json);
    CHECK(report.rejected == 0);
    CHECK(map_of(report.batch, report.batch.spans[0].attributes) == expected);
    const Report exception = exception_of("'attributes':" + json);
    CHECK(map_of(exception.batch, exception.batch.exceptions[0].attributes) == expected);
  }
}

TEST_CASE("report repairs: text is clean and cut to its limit") {
  const std::string many(2'000'000, 'x');
  const Report report = report_of(
      "{'appVersion':'" + many.substr(0, 600) + "','serverName':'" + many.substr(0, 600) +
      "','collectionFrames':[{'traces':[{'endpoint':'" + many.substr(0, 3000) + "','clientIP':'" +
      many.substr(0, 600) + "','attributes':{'k':'" + many.substr(0, 300'000) + "','" +
      many.substr(0, 257) + "':'gone'},'spans':[{'name':'" + many.substr(0, 3000) +
      "'}]}],'stackTraces':[{'stackTrace':'" + many + "'}]}]}");
  const Span& run = report.batch.spans[0];
  CHECK(run.service_version.size() == 512);
  CHECK(run.service_name.size() == 512);
  CHECK(run.entity_name.size() == 2048);
  CHECK(run.client_ip.size() == 512);
  REQUIRE(run.attributes.count == 1);
  CHECK(attribute_of(report.batch, run.attributes, "k").size() == 256 * 1024);
  CHECK(report.batch.spans[1].name.size() == 2048);
  CHECK(report.batch.exceptions[0].stack_trace.size() == 1024 * 1024);

  const Repair<std::string> broken[] = {{"a\xff"
                                         "b",
                                         "a\uFFFDb"},
                                        {"a\\u0000b", "a\uFFFDb"},
                                        {"a\\ud800b", "a\uFFFDb"},
                                        {"\\ud83d\\udc0e", "\U0001F40E"}};
  for (const auto& [sent, stored] : broken) {
    const Report one = frame_of("'traces':[{'endpoint':'" + sent + "'}]");
    CHECK(one.batch.spans[0].name == stored);
  }

  std::string members;
  for (int i = 0; i < 1100; ++i) members += (i > 0 ? ",'k" : "'k") + std::to_string(i) + "':1";
  CHECK(run_of("'attributes':{" + members + "}").batch.spans[0].attributes.count == 1024);
}

TEST_CASE("report repairs: of one id one row stays") {
  const std::string run = run_with("'duration':5");
  const Report runs = frame_of("'traces':[" + run + "," + run_with("'duration':9") +
                               "],'transactions':[" + run_with("'isTask':true") + "]");
  REQUIRE(runs.batch.spans.size() == 1);  // the first run
  CHECK(runs.batch.spans[0].duration_ns == 5);
  CHECK(runs.batch.spans[0].entity == EntityKind::kEndpoint);
  const std::string id = "'id':'" + std::string(kOther) + "','name':";
  const Report spans = run_of("'spans':[{" + id + "'short','duration':1},{" + id +
                              "'long','duration':3},{" + id + "'middle','duration':2}]");
  REQUIRE(spans.batch.spans.size() == 2);  // the longer span
  CHECK(spans.batch.spans[1].name == "long");
  const Report itself = run_of("'spans':[{'id':'" + std::string(kRunId) + "','duration':99}]");
  REQUIRE(itself.batch.spans.size() == 1);
  CHECK(itself.batch.spans[0].entity == EntityKind::kEndpoint);
}

TEST_CASE("report repairs: messages and sessions") {
  const Report report =
      exception_of("'isMessage':true,'isTask':true,'sessionId':'" + std::string(kOther) + "'");
  const Exception& row = report.batch.exceptions[0];
  CHECK(row.is_message);
  CHECK(row.trace_type == EntityKind::kTask);
  CHECK(to_string(row.session) == kOther);
  const Report error = exception_of("");
  CHECK(row.hash != error.batch.exceptions[0].hash);
  CHECK(exception_of("'sessionId':'x'").batch.exceptions[0].session.is_zero());
}

}  // namespace traceway::ingest::test
