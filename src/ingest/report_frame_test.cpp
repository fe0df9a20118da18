// Reports in every shape; what is skipped and what that costs; repeats.
#include "base/crypto.h"
#include "ingest/report_test_support.h"

#include <set>

namespace traceway::ingest::test {

namespace {

/// The example of ingest 3.15.
const std::string kExample = R"({"appVersion":"2.4.0","serverName":"api-3","collectionFrames":[{
 "traces":[{"id":"6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10","endpoint":"POST /orders","duration":18250000,
   "recordedAt":"2026-03-02T08:15:30.120Z","statusCode":500,"bodySize":62,"clientIP":"203.0.113.9",
   "attributes":{"tenant":"acme"},"distributedTraceId":"0d5f7a3c-90c2-4a2c-8a10-7b4c1f0e2d33",
   "spans":[{"id":"c6a0a4a5-51c5-4b27-8f4b-1d3a1b7c9e01","name":"db.insert","startTime":"2026-03-02T08:15:30.124Z","duration":7100000}]}],
 "stackTraces":[{"traceId":"6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10","isMessage":false,"recordedAt":"2026-03-02T08:15:30.137Z",
   "stackTrace":"*pq.Error: duplicate key value\n(*Repo).Insert()\n    /src/repo.go:51\n","distributedTraceId":"0d5f7a3c-90c2-4a2c-8a10-7b4c1f0e2d33"}],
 "metrics":[{"name":"queue.depth","value":12,"recordedAt":"2026-03-02T08:15:30Z","tags":{"queue":"mail"}}]}]})";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  for (; at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::vector<Uuid> digests_of(const Report& report) {
  std::vector<Uuid> out;
  for (const BatchPart& part : report.batch.parts) out.push_back(part.digest);
  return out;
}

std::uint32_t rows_in_parts(const TelemetryBatch& batch) {
  std::uint32_t rows = 0;
  for (const BatchPart& part : batch.parts) rows += part.records();
  return rows;
}

}  // namespace

TEST_CASE("report: the protocol's example gives the rows its specification states") {
  const Report report = report_of(kExample);
  const TelemetryBatch& batch = report.batch;
  CHECK(report.rejected == 0);
  REQUIRE(batch.spans.size() == 2);
  const Span& root = batch.spans[0];
  CHECK(to_string(root.entity_id) == "6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10");
  CHECK(to_hex(root.trace) == "0d5f7a3c90c24a2c8a107b4c1f0e2d33");
  CHECK(to_hex(root.id) == "6f1e0c522a7b4c0e9d550b6a2f6f1a10");
  CHECK(root.parent.is_empty());
  CHECK(root.linked_trace.is_zero());
  CHECK(root.entity == EntityKind::kEndpoint);
  CHECK(root.entity_name == "POST /orders");
  CHECK(root.kind == SpanKind::kServer);
  CHECK(root.status_code == 2);
  CHECK(root.http_status == 500);
  CHECK(root.body_size == 62);
  CHECK(root.client_ip == "203.0.113.9");
  CHECK(root.start_ns == 1'772'439'330'120'000'000);
  CHECK(root.duration_ns == 18'250'000);
  CHECK(root.service_name == "api-3");
  CHECK(root.service_version == "2.4.0");
  CHECK(map_of(batch, root.attributes) == R"({"tenant":"acme"})");
  const Span& child = batch.spans[1];
  CHECK(child.trace == root.trace);
  CHECK(child.parent == root.id);
  CHECK(child.name == "db.insert");
  CHECK(child.kind == SpanKind::kUnspecified);
  CHECK(child.start_ns == root.start_ns);
  CHECK(child.source_start_ns == 1'772'439'330'124'000'000U);
  CHECK(child.source_end_ns == 1'772'439'330'131'100'000U);
  REQUIRE(batch.exceptions.size() == 1);
  const Exception& row = batch.exceptions[0];
  CHECK(row.trace == root.trace);
  CHECK(row.span == root.id);
  CHECK(row.trace_type == EntityKind::kEndpoint);
  CHECK(row.hash.size() == 16);
  CHECK(row.server_name == "api-3");
  CHECK_FALSE(row.is_message);
}

TEST_CASE("report: the words of the Go SDK before February 2026 give the same rows") {
  std::string legacy = replaced(kExample, R"("traces")", R"("transactions")");
  legacy = replaced(legacy, R"("attributes")", R"("scope")");
  legacy = replaced(legacy, R"("spans")", R"("segments")");
  legacy = replaced(legacy, R"("traceId")", R"("transactionId")");
  CHECK(rows_of(report_of(legacy).batch) == rows_of(report_of(kExample).batch));
}

TEST_CASE("report: the simplified shape is one more frame at the top level") {
  const Report report = report_of(R"({
    "app": "myapp",
    "transactions": [{"trace_id":"abc123","endpoint":"GET /api/users","duration_ms":45.2,"status_code":200,"timestamp":"2024-01-15T10:30:00Z"}],
    "exceptions":   [{"trace_id":"abc123","type":"RuntimeError","value":"connection refused","stacktrace":"at f","tags":{"user_id":"123"},"timestamp":"2024-01-15T10:30:00Z"}],
    "metrics":      [{"name":"cpu.used_pcnt","value":45.2,"timestamp":"2024-01-15T10:30:00Z"}]
  })");
  CHECK(report.rejected == 0);
  REQUIRE(report.batch.spans.size() == 1);
  const Span& run = report.batch.spans[0];
  CHECK(run.entity_id == uuid_v5(context().project, "abc123"));
  CHECK(run.entity_name == "GET /api/users");
  CHECK(run.duration_ns == 45'200'000);
  CHECK(run.http_status == 200);
  CHECK(run.start_ns == 1'705'314'600'000'000'000);
  CHECK(run.service_name == "myapp");
  REQUIRE(report.batch.exceptions.size() == 1);
  const Exception& row = report.batch.exceptions[0];
  CHECK(row.stack_trace == "RuntimeError: connection refused\nat f");
  CHECK(row.span == run.id);
  CHECK(row.trace == run.trace);
  CHECK(map_of(report.batch, row.attributes) == R"({"user_id":"123"})");

  const Report both = report_of("{'collectionFrames':[{'traces':[" + run_with("") +
                                "]}],'stackTraces':[" + exception_with("") + "]}");
  CHECK(both.batch.spans.size() == 1);
  CHECK(both.batch.exceptions.size() == 1);
  CHECK(both.batch.parts.size() == 2);
}

TEST_CASE("report: an exception's text is joined from the parts that are there") {
  const std::pair<std::string, std::string_view> table[] = {
      {"'type':'E','value':'v','stacktrace':'s'", "E: v\ns"},
      {"'type':'E','value':'v','stacktrace':'E: v\\nat f'", "E: v\nat f"},
      {"'type':'E','value':'v'", "E: v"},
      {"'type':'E'", "E"},
      {"'value':'v'", "v"},
      {"'stacktrace':'s'", "s"},
      {"", "unknown exception"},
      {"'type':null,'value':7", "unknown exception"},
      {"'stackTrace':''", ""},
      {"'stackTrace':'full','type':'E'", "full"},
  };
  for (const auto& [members, text] : table) {
    CAPTURE(members);
    const Report report = frame_of("'exceptions':[{" + members + "}]");
    REQUIRE(report.batch.exceptions.size() == 1);
    CHECK(report.batch.exceptions[0].stack_trace == text);
  }
}

TEST_CASE("report: every alias stands for its name") {
  // Members of an envelope with one run, its span and one exception; the alias, the name it has.
  const auto envelope = [](std::string_view top, std::string_view run, std::string_view span,
                           std::string_view exception) {
    const auto comma = [](std::string_view text) {
      return text.empty() ? std::string() : ',' + std::string(text);
    };
    const std::string id = "'" + std::string(kRunId) + "'";
    return "{'collectionFrames':[{'traces':[{'endpoint':'GET /a'" + comma(run) +
           ",'spans':[{'name':'s','id':'c6a0a4a5-51c5-4b27-8f4b-1d3a1b7c9e01'" + comma(span) +
           "}]}],'stackTraces':[{'stackTrace':'E'" + comma(exception) + "}]}]" + comma(top) + '}';
  };

  struct Alias {
    int level;  ///< 0 report, 1 run, 2 span, 3 exception
    std::string alias, name;
  };

  const std::string time = ":'2026-11-20T08:15:30Z'";
  const std::string id = ":'0d5f7a3c-90c2-4a2c-8a10-7b4c1f0e2d33'";
  const Alias table[] = {
      {0, "'app_version':'v'", "'appVersion':'v'"},
      {0, "'server_name':'s'", "'serverName':'s'"},
      {0, "'app':'s'", "'serverName':'s'"},
      {1, "'trace_id'" + id, "'id'" + id},
      {1, "'duration_ms':1.5", "'duration':1500000"},
      {1, "'timestamp'" + time, "'recordedAt'" + time},
      {1, "'recorded_at'" + time, "'recordedAt'" + time},
      {1, "'status_code':503", "'statusCode':503"},
      {1, "'body_size':7", "'bodySize':7"},
      {1, "'client_ip':'::1'", "'clientIP':'::1'"},
      {1, "'is_task':true", "'isTask':true"},
      {1, "'tags':{'a':'b'}", "'attributes':{'a':'b'}"},
      {1, "'scope':{'a':'b'}", "'attributes':{'a':'b'}"},
      {1, "'distributed_trace_id'" + id, "'distributedTraceId'" + id},
      {2, "'start_time'" + time, "'startTime'" + time},
      {2, "'duration_ms':0.001", "'duration':1000"},
      {2, "'parent_span_id'" + id, "'parentSpanId'" + id},
      {2, "'tags':{'a':'b'}", "'attributes':{'a':'b'}"},
      {3, "'trace_id'" + id, "'traceId'" + id},
      {3, "'transactionId'" + id, "'traceId'" + id},
      {3, "'timestamp'" + time, "'recordedAt'" + time},
      {3, "'recorded_at'" + time, "'recordedAt'" + time},
      {3, "'is_task':true", "'isTask':true"},
      {3, "'is_message':true", "'isMessage':true"},
      {3, "'tags':{'a':'b'}", "'attributes':{'a':'b'}"},
      {3, "'scope':{'a':'b'}", "'attributes':{'a':'b'}"},
      {3, "'session_id'" + id, "'sessionId'" + id},
      {3, "'distributed_trace_id'" + id, "'distributedTraceId'" + id},
  };
  for (const Alias& one : table) {
    CAPTURE(one.alias);
    const auto rows = [&](std::string member) {
      std::array<std::string, 4> at;
      // A run that has an id, so that no random one makes equal reports differ.
      if (one.level != 1 || !member.ends_with(id)) at[1] = "'id':'" + std::string(kRunId) + "'";
      if (!at[1].empty() && one.level == 1) at[1] += ',';
      at[static_cast<std::size_t>(one.level)] += member;
      if (member.starts_with("'distributed") && one.level == 1) {
        at[1] = "'id':'" + std::string(kRunId) + "'," + member;
      }
      return rows_of(report_of(envelope(at[0], at[1], at[2], at[3])).batch);
    };
    CHECK(rows(one.alias) == rows(one.name));
    CHECK(rows(one.alias) != rows("'ignored':1"));
  }
}

TEST_CASE("report: of two names the current one wins, lists under both are joined") {
  for (const std::string_view members :
       {"'attributes':{'a':'new'},'scope':{'a':'old'}",
        "'scope':{'a':'old'},'attributes':{'a':'new'}",
        "'attributes':null,'attributes':{'a':'new'},'tags':{'a':'old'}",
        "'attributes':{'a':'older'},'attributes':{'a':'new'}"}) {
    const Report report = run_of(members);
    CHECK(map_of(report.batch, report.batch.spans[0].attributes) == R"({"a":"new"})");
  }
  const Report report = frame_of(
      "'transactions':[{'endpoint':'second'}],'traces':[{'endpoint':'first','segments':"
      "[{'name':'b'}],'spans':[{'name':'a'}]}],'exceptions':[{'type':'two'}],"
      "'stackTraces':[{'stackTrace':'one'}]");
  REQUIRE(report.batch.spans.size() == 4);
  const std::string_view names[] = {"first", "a", "b", "second"};
  for (std::size_t i = 0; i < 4; ++i) CHECK(report.batch.spans[i].name == names[i]);
  REQUIRE(report.batch.exceptions.size() == 2);
  CHECK(report.batch.exceptions[0].stack_trace == "one");
}

TEST_CASE("report: what says nothing is accepted") {
  for (const std::string_view json :
       {"{}", "{'collectionFrames':null}", "{'collectionFrames':[]}", "{'collectionFrames':[{}]}",
        "{'collectionFrames':[{'traces':null,'stackTraces':null,'metrics':null}]}",
        "{'unknown':[1,{}],'collectionFrames':[{'other':'x'}]}", " {} \n", "\xEF\xBB\xBF{}"}) {
    CAPTURE(json);
    const Report report = report_of(json);
    CHECK(report.rejected == 0);
    CHECK(report.batch.records() == 0);
    CHECK(report.batch.parts.empty());
  }
}

TEST_CASE("report: nothing of what cannot be trusted is kept") {
  for (const std::string_view json :
       {"", " ", "[]", "null", "7", "'text'", "{", "{} x", "{}{}", "{'collectionFrames':{}}",
        "{'collectionFrames':'x'}", "{'collectionFrames':7}", "{'a':01}", "{'a':-}",
        "{'a':\x01}"}) {
    CAPTURE(json);
    const auto report = decode_report(bytes_of(unquoted(json)), context());
    REQUIRE_FALSE(report);
    CHECK(report.error().code == ErrorCode::kMalformed);
  }
}

TEST_CASE("report: one bad element is skipped, named and counted, its neighbours stay") {
  struct Poison {
    std::string frame;  ///< beside a good run and a good exception
    std::string error;
  };

  const Poison table[] = {
      {"'transactions':[null]", "collectionFrames[0].transactions[0]: is no object"},
      {"'transactions':[7]", "collectionFrames[0].transactions[0]: is no object"},
      {"'transactions':['x']", "collectionFrames[0].transactions[0]: is no object"},
      {"'transactions':[{'endpoint':7}]",
       "collectionFrames[0].transactions[0]: endpoint is no text"},
      {"'transactions':{}", "collectionFrames[0].transactions: is no array"},
      {"'exceptions':[null]", "collectionFrames[0].exceptions[0]: is no object"},
      {"'exceptions':[{'stackTrace':{}}]",
       "collectionFrames[0].exceptions[0]: stackTrace is no text"},
      {"'exceptions':'x'", "collectionFrames[0].exceptions: is no array"},
      {"'metrics':[null]", "collectionFrames[0].metrics[0]: is no object"},
      {"'metrics':[{'value':1}]", "collectionFrames[0].metrics[0]: has no name"},
      {"'metrics':[{'name':'','value':1}]", "collectionFrames[0].metrics[0]: has no name"},
      {"'metrics':[{'name':'m'}]", "collectionFrames[0].metrics[0]: has no number for a value"},
      {"'metrics':[{'name':'m','value':'1'}]",
       "collectionFrames[0].metrics[0]: has no number for a value"},
      {"'metrics':[{'name':'m','value':1e999}]",
       "collectionFrames[0].metrics[0]: has no number for a value"},
      {"'sessions':[null]", "collectionFrames[0].sessions[0]: is no object"},
      {"'sessionRecordings':[[]]", "collectionFrames[0].sessionRecordings[0]: is no object"},
      {"'sessionRecordings':[{'segmentIndex':-1}]",
       "collectionFrames[0].sessionRecordings[0]: segmentIndex is no count"},
      {"'sessionRecordings':[{'segmentIndex':1.5}]",
       "collectionFrames[0].sessionRecordings[0]: segmentIndex is no count"},
      {"'sessionRecordings':[{'segmentIndex':'1'}]",
       "collectionFrames[0].sessionRecordings[0]: segmentIndex is no count"},
  };
  for (const Poison& one : table) {
    CAPTURE(one.frame);
    const Report report = frame_of("'traces':[" + run_with("") + "],'stackTraces':[" +
                                   exception_with("") + "]," + one.frame);
    CHECK(report.rejected == 1);
    REQUIRE(report.errors.size() == 1);
    CHECK(report.errors[0] == one.error);
    CHECK(report.batch.spans.size() == 1);
    CHECK(report.batch.exceptions.size() == 1);
  }

  const Report frames = report_of("{'collectionFrames':[null,{'traces':[" + run_with("") +
                                  "]},'x',[]],'transactions':[1]}");
  CHECK(frames.batch.spans.size() == 1);
  CHECK(frames.errors == std::vector<std::string>{"collectionFrames[0]: is no object",
                                                  "collectionFrames[2]: is no object",
                                                  "collectionFrames[3]: is no object",
                                                  "transactions[0]: is no object"});

  const Report spans = run_of("'spans':[null,{'name':{}},{'name':'good'},7],'segments':{}");
  CHECK(spans.batch.spans.size() == 2);
  CHECK(spans.errors ==
        std::vector<std::string>{"collectionFrames[0].traces[0].spans[0]: is no object",
                                 "collectionFrames[0].traces[0].spans[1]: name is no text",
                                 "collectionFrames[0].traces[0].spans[3]: is no object",
                                 "collectionFrames[0].traces[0].segments: is no array"});
}

TEST_CASE("report: many errors are all counted and ten are named") {
  std::string list = "null";
  for (int i = 1; i < 25; ++i) list += ",null";
  const Report report = frame_of("'traces':[" + list + "]");
  CHECK(report.rejected == 25);
  CHECK(report.errors.size() == kMaxReportErrors);
}

TEST_CASE("report: a request is refused past its limits, not before") {
  const auto frame_with = [](int spans) {
    std::string list = "{}";
    for (int i = 1; i < spans; ++i) list += ",{}";
    return bytes_of(unquoted("{'collectionFrames':[{'traces':[{'spans':[" + list + "]}]}]}"));
  };
  const auto all = decode_report(frame_with(10'000), context());
  REQUIRE(all);
  CHECK(all->batch.spans.size() == 10'001);
  const auto most = decode_report(frame_with(99'998), context());  // beside the run and the frame
  REQUIRE(most);
  CHECK(most->batch.spans.size() == 99'999);
  const auto too_many = decode_report(frame_with(99'999), context());
  REQUIRE_FALSE(too_many);
  CHECK(too_many.error().code == ErrorCode::kTooLarge);

  const auto nested = [](std::size_t depth) {
    return "{'collectionFrames':[{'sessionRecordings':[{'events':" + std::string(depth, '[') +
           std::string(depth, ']') + "}]}]}";
  };
  CHECK(report_of(nested(2'000)).rejected == 0);
  CHECK_FALSE(decode_report(bytes_of(unquoted(nested(10'000))), context()));
}

TEST_CASE("report: a frame is known by its bytes, whatever stands around it") {
  const std::string frame = "{'traces':[" + run_with("") + "],'stackTraces':[" +
                            exception_with("'attributes':{'}':'[','\\\\':'\\''}") + "]}";
  const std::string other = "{'stackTraces':[" + exception_with("'isTask':true") + "]}";
  const auto digests = [&](const std::string& json, const DecodeContext& with = context()) {
    return digests_of(report_of(json, with));
  };
  const auto alone = digests("{'collectionFrames':[" + frame + "]}");
  REQUIRE(alone.size() == 1);
  const auto both =
      digests("{'appVersion':'2', 'collectionFrames' : [ " + frame + " ,\n" + other + " ] }");
  REQUIRE(both.size() == 2);
  CHECK(both[0] == alone[0]);
  CHECK(both[1] != both[0]);
  const auto swapped = digests("{'collectionFrames':[" + other + "," + frame + "]}");
  CHECK(swapped == std::vector<Uuid>{both[1], both[0]});
  DecodeContext elsewhere = context();
  elsewhere.project = *parse_uuid("00000000-0000-0000-0000-000000000002");
  CHECK(digests("{'collectionFrames':[" + frame + "]}", elsewhere)[0] != alone[0]);

  // A member of that name inside another, and one that a later one replaces, are not the frames.
  CHECK(digests("{'x':{'collectionFrames':[{}]},'collectionFrames':[{},{}],'collectionFrames':[" +
                frame + "]}") == alone);
  // Spelt with an escape: found by the parser only, and still told from each other.
  const auto escaped = digests("{'\\u0063ollectionFrames':[" + frame + "," + frame + "]}");
  REQUIRE(escaped.size() == 2);
  CHECK(escaped[0] != escaped[1]);
}

TEST_CASE("report: a frame with an id is known by it, its exceptions by their place in it") {
  const std::string id = "'frameId':'0d5f7a3c-90c2-4a2c-8a10-7b4c1f0e2d33',";
  const std::string run = "'traces':[" + run_with("") + "]";
  const Report first = frame_of(id + run + ",'stackTraces':[" + exception_with("") + "]");
  REQUIRE(first.batch.parts.size() == 2);
  CHECK_FALSE(first.batch.parts[0].digest.is_zero());
  CHECK(first.batch.parts[0].spans == 1);
  CHECK(first.batch.parts[0].exceptions == 0);
  CHECK(first.batch.parts[1].digest.is_zero());
  CHECK(first.batch.parts[1].exceptions == 1);
  const Report grown = frame_of(id + run + ",'stackTraces':[" + exception_with("") + "," +
                                exception_with("") + "],'metrics':[]");
  CHECK(grown.batch.parts[0].digest == first.batch.parts[0].digest);
  REQUIRE(grown.batch.exceptions.size() == 2);
  CHECK(grown.batch.exceptions[0].id == first.batch.exceptions[0].id);
  CHECK(grown.batch.exceptions[1].id != first.batch.exceptions[0].id);
  // write-pipeline 4.1, by hand.
  std::string name(context().project.view());
  name += parse_uuid("0d5f7a3c-90c2-4a2c-8a10-7b4c1f0e2d33")->view();
  name += std::string(8, '\0');
  const auto sha = crypto::sha256(name);
  CHECK(first.batch.exceptions[0].id ==
        uuid_from_bytes({reinterpret_cast<const char*>(sha.data()), 16}));
}

TEST_CASE("report: exceptions without a frame id keep theirs when the frame has grown") {
  const std::string one = exception_with("");
  const auto ids = [](const Report& report) {
    std::vector<Uuid> out;
    for (const Exception& row : report.batch.exceptions) out.push_back(row.id);
    return out;
  };
  const auto before = ids(frame_of("'stackTraces':[" + one + "," + one + "]"));
  const auto after = ids(frame_of("'stackTraces':[" + one + "," + one + "," +
                                  exception_with("'traceId':'" + std::string(kRunId) + "'") + "]"));
  REQUIRE(before.size() == 2);
  REQUIRE(after.size() == 3);
  CHECK(after[0] == before[0]);
  CHECK(after[1] == before[1]);
  CHECK(std::set<Uuid>(after.begin(), after.end()).size() == 3);
}

TEST_CASE("report: healthy health checks leave with their spans and stay out of the parts") {
  DecodeContext with = context();
  with.drops_healthy_healthchecks = true;
  const auto run = [](std::string_view id, std::string_view endpoint, std::string_view more) {
    return "{'id':'" + std::string(id) + "','endpoint':'" + std::string(endpoint) +
           "','statusCode':200,'spans':[{'name':'below'}]" + std::string(more) + "}";
  };
  const std::string a = "aaaaaaaa-0000-4000-8000-000000000001";
  const std::string b = "bbbbbbbb-0000-4000-8000-000000000002";
  const std::string c = "cccccccc-0000-4000-8000-000000000003";
  const Report report =
      report_of("{'collectionFrames':[{'traces':[" + run(a, "GET /healthz", "") + "," +
                    run(b, "GET /orders", "") + "]},{'traces':[" +
                    run(c, "GET /healthz", ",'distributedTraceId':'" + std::string(kRunId) + "'") +
                    "],'stackTraces':[" + exception_with("'traceId':'" + c + "'") + "]}]}",
                with);
  REQUIRE(report.batch.spans.size() == 4);
  CHECK(report.batch.spans[0].entity_name == "GET /orders");
  CHECK(report.batch.spans[2].entity_name == "GET /healthz");  // it failed
  REQUIRE(report.batch.parts.size() == 2);
  CHECK(report.batch.parts[0].spans == 2);
  CHECK(report.batch.parts[1].spans == 2);
  CHECK(rows_in_parts(report.batch) == report.batch.records());
}

}  // namespace traceway::ingest::test
