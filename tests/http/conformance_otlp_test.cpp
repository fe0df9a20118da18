// The conformance list of the ingest specification, the points about OTLP. Source: ingest
// 12, 4.7, 4.8, 4.15.
#include "base/text.h"
#include "support/bad_input.h"
#include "support/otlp_builder.h"
#include "support/otlp_schema.h"
#include "support/seed.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace traceway::test {

namespace {

constexpr const char* kIssues = "/api/exception-stack-traces";
constexpr const char* kDetail = "/api/endpoints/{id}";
constexpr std::uint32_t kLocal = 0x101;
constexpr std::uint32_t kRemote = 0x301;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

OtlpAttributes http(const std::string& route, std::int64_t status = 200) {
  return {{"http.request.method", std::string("GET")},
          {"http.route", route},
          {"http.response.status_code", status}};
}

/// Spans are named by one letter each: `a` has the id "aaaaaaaa".
struct Told {
  char id;
  char parent = 0;
  OtlpKind kind = OtlpKind::kServer;
  OtlpAttributes attributes = http("/x");
  std::uint32_t flags = 0;
  std::string name = "GET /x";
  std::vector<OtlpEvent> events = {};
};

OtlpExport request_of(const std::vector<Told>& all) {
  OtlpExport out;
  const std::uint64_t now = unix_now_ns();
  std::uint64_t order = 0;
  for (const Told& one : all) {
    OtlpSpan span{std::string(16, 't'),
                  std::string(8, one.id),
                  one.parent == 0 ? "" : std::string(8, one.parent),
                  one.name,
                  one.kind,
                  now + order,
                  now + order + 1000};
    span.attributes = one.attributes;
    span.flags = one.flags;
    span.events = one.events;
    out.spans.push_back(span);
    ++order;
  }
  return out;
}

struct Entities {
  std::vector<std::string> endpoints;  ///< names, sorted
  std::vector<std::string> tasks;
};

std::vector<std::string> names_of(const json::Value& page, std::string_view member) {
  std::vector<std::string> out;
  for (const json::Value& row : page.at("data").items())
    out.push_back(row.at(member).as_string().value_or("?"));
  std::ranges::sort(out);
  return out;
}

class OtlpDesk {
 public:
  /// Reports in protobuf to a project of its own.
  TestProject report(const OtlpExport& request, std::string_view framework = "opentelemetry") {
    const TestProject project = desk.add_project(framework);
    CHECK(desk.send(route, project,
                    {"spans", to_protobuf(request), 200, 0, 0, "", "", "application/x-protobuf"})
              .status == 200);
    return project;
  }

  Entities entities(const OtlpExport& request, std::string_view framework = "opentelemetry") {
    const TestProject project = report(request, framework);
    return {names_of(desk.ask(project, "/api/endpoints"), "endpoint"),
            names_of(desk.ask(project, "/api/tasks"), "taskName")};
  }

  std::size_t endpoint_count(const std::vector<Told>& spans) {
    return entities(request_of(spans)).endpoints.size();
  }

  IngestDesk desk;
  IngestRoute route = *find_route(Signal::kTraces);
};

OtlpExport everything() {
  auto random = random_generator(77);
  OtlpExport out;
  out.resource = {{"service.name", std::string("shop")},
                  {"service.version", std::string("1.2")},
                  {"n", std::int64_t{7}}};
  OtlpSpan root = request_span(random);
  root.attributes.insert(root.attributes.end(), {{"traceId", std::string("not a field")},
                                                 {"list", std::vector<std::string>{"a", "b"}},
                                                 {"bytes", OtlpBytes{"\x01\xff"}},
                                                 {"double", 0.1},
                                                 {"flag", true},
                                                 {"empty", std::string()}});
  root.events = {{root.start_ns + 5,
                  "exception",
                  {{"exception.type", std::string("E")}, {"exception.message", std::string("m")}}},
                 {root.start_ns + 6, "note", {{"n", std::int64_t{-1}}}}};
  root.links = {{std::string(16, 'l'), std::string(8, 'l'), {{"why", std::string("batch")}}}};
  root.status_code = 2;
  root.status_message = "failed";
  out.spans = {root, child_of(root, "child", random)};
  return out;
}

/// Ids of a JSON request in capitals.
std::string with_capital_ids(std::string json, const OtlpExport& request) {
  for (const OtlpSpan& span : request.spans) {
    for (const std::string& id : {span.trace_id, span.span_id}) {
      const std::string hex = text::to_hex(id);
      std::string upper = hex;
      std::ranges::transform(upper, upper.begin(), [](char c) {
        return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      });
      json = replaced(std::move(json), hex, upper);
    }
  }
  return json;
}

/// Tells the same to two projects, in both encodings; both must answer each question alike.
void check_equal(IngestDesk& desk, const IngestRoute& route, const std::string& json,
                 const std::string& protobuf, const std::vector<std::string>& questions) {
  std::string answers[2];
  for (const Encoding encoding : {Encoding::kJson, Encoding::kProtobuf}) {
    const TestProject project = desk.add_project();
    const RawAnswer answer = desk.send(route, project,
                                       {"same", encoding == Encoding::kJson ? json : protobuf, 200,
                                        0, 0, "", "", std::string(media_type(encoding))});
    CHECK(answer.status == 200);
    CHECK(read_answer(route, answer).rejected == 0);
    std::string& out = answers[encoding == Encoding::kJson ? 0 : 1];
    // Ids of entities and of log records are derived from the project's.
    std::vector<std::string> ids;
    for (const std::string& question : questions) {
      const json::Value page = desk.ask(project, question);
      out += page.dump() + "\n";
      for (const json::Value& row : page.at("data").items())
        ids.push_back(row.at("id").as_string().value_or("?"));
    }
    for (const std::string& id : ids) out = replaced(out, id, "ROW");
    for (const json::Value& row : desk.ask(project, kIssues).at("data").items()) {
      const std::string hash = row.at("exceptionHash").as_string().value_or("?");
      for (const json::Value& one :
           desk.ask(project, std::string(kIssues) + "/" + hash).at("occurrences").items())
        out = replaced(out, one.at("id").as_string().value_or("?"), "OCCURRENCE");
    }
    out = replaced(out, project.id, "PROJECT");
  }
  CHECK(answers[0].size() > 100);
  CHECK(answers[0] == answers[1]);
}

const std::string kMetricsOfAllKinds = unquoted(
    "{'resourceMetrics':[{'resource':{'attributes':[{'key':'service.name','value':{'stringValue':'"
    "shop'}}]},'scopeMetrics':[{'metrics':["
    "{'name':'gauge','unit':'Cel','gauge':{'dataPoints':[{'timeUnixNano':'NOW','asDouble':21.5,'"
    "attributes':[{'key':'room','value':{'stringValue':'attic'}}]}]}},"
    "{'name':'sum','unit':'1','sum':{'aggregationTemporality':2,'isMonotonic':true,'dataPoints':[{'"
    "timeUnixNano':'NOW','asInt':'-7'}]}},"
    "{'name':'delta','sum':{'aggregationTemporality':1,'isMonotonic':true,'dataPoints':[{'"
    "timeUnixNano':'NOW','asInt':'7'}]}},"
    "{'name':'histogram','unit':'ms','histogram':{'aggregationTemporality':2,'dataPoints':[{'"
    "timeUnixNano':'NOW','count':'3','sum':9,'min':1,'max':5,'bucketCounts':['1','2'],'"
    "explicitBounds':[2]}]}},"
    "{'name':'exponential','exponentialHistogram':{'aggregationTemporality':2,'dataPoints':[{'"
    "timeUnixNano':'NOW','count':'2','sum':3,'scale':-1,'zeroCount':'1','positive':{'offset':-2,'"
    "bucketCounts':['1']}}]}},"
    "{'name':'summary','summary':{'dataPoints':[{'timeUnixNano':'NOW','count':'2','sum':8,'"
    "quantileValues':[{'quantile':0.5,'value':4}]}]}}]}]}]}");

const std::string kLogsOfAllBodies = unquoted(
    "{'resourceLogs':[{'resource':{'attributes':[{'key':'service.name','value':{'stringValue':'"
    "shop'}}]},'schemaUrl':'r','scopeLogs':[{'scope':{'name':'s','version':'1',"
    "'attributes':[{'key':'k','value':{'boolValue':true}}]},'schemaUrl':'s','logRecords':["
    "{'timeUnixNano':'1','severityNumber':9,'body':{'stringValue':'text'},'attributes':[{'key':'"
    "traceId','value':{'stringValue':'untouched'}}]},"
    "{'timeUnixNano':'2','severityNumber':17,'severityText':'err','body':{'boolValue':true},'"
    "traceId':'0AF7651916CD43DD8448EB211C80319C','spanId':'b7ad6b7169203331','flags':1},"
    "{'timeUnixNano':'3','body':{'intValue':'-9223372036854775808'}},{'timeUnixNano':'4','body':{'"
    "doubleValue':0.1}},"
    "{'timeUnixNano':'5','body':{'arrayValue':{'values':[{'stringValue':'a'},{'intValue':'1'}]}}},"
    "{'timeUnixNano':'6','body':{'kvlistValue':{'values':[{'key':'a','value':{'arrayValue':{'"
    "values':[{'doubleValue':2.5}]}}}]}}},"
    "{'timeUnixNano':'7','body':{'bytesValue':'/"
    "wAB'}},{'timeUnixNano':'8'},{'observedTimeUnixNano':'9','eventName':'e'}]}]}]}");

/// The texts' times lie in the range that questions ask for.
std::string with_times(std::string text) {
  text = replaced(text, "NOW", std::to_string(unix_now_ns()));
  for (int i = 1; i < 10; ++i) {
    const std::string digit = std::to_string(i);
    text = replaced(
        text, unquoted("UnixNano':'" + digit + "'"),
        unquoted("UnixNano':'" + std::to_string(unix_now_ns() / 1000) + "00" + digit + "'"));
  }
  return text;
}

}  // namespace

TEST_CASE("conformance 7: protobuf and JSON of the same data give equal rows") {
  IngestDesk desk;
  const IngestRoute traces = *find_route(Signal::kTraces);
  const OtlpExport request = everything();
  const std::vector<std::string> questions = {"/api/endpoints", kDetail, kIssues};
  check_equal(desk, traces, to_json(request), to_protobuf(request), questions);
  check_equal(desk, traces, with_capital_ids(to_json(request), request), to_protobuf(request),
              questions);
  desk.run(traces,
           {"an attribute called traceId", to_json(request), 200, 3, 0, "", "", "application/json",
            "/api/endpoints", "{'data':[{'attributes':{'traceId':'not a field'}}]}"});
  if (const auto metrics = find_route(Signal::kMetrics);
      metrics && has_route("GET", "/api/metrics/discover")) {
    const std::string json = with_times(kMetricsOfAllKinds);
    check_equal(desk, *metrics, json, protobuf_of(Signal::kMetrics, json),
                {"/api/metrics/discover"});
  }
  if (const auto logs = find_route(Signal::kLogs); logs && has_route("POST", "/api/logs")) {
    const std::string json = with_times(kLogsOfAllBodies);
    check_equal(desk, *logs, json, protobuf_of(Signal::kLogs, json), {"/api/logs"});
  }
}

TEST_CASE(
    "conformance 8: partial success counts what was rejected, the empty request is full success") {
  IngestDesk desk;
  const IngestRoute traces = *find_route(Signal::kTraces);
  auto random = random_generator(8);
  OtlpExport mixed;
  mixed.spans = {request_span(random), request_span(random), request_span(random)};
  mixed.spans[1].trace_id = "t";
  for (const Encoding encoding : traces.encodings()) {
    const std::string type(media_type(encoding));
    desk.run(traces, {"one bad span among good ones",
                      encoding == Encoding::kJson ? to_json(mixed) : to_protobuf(mixed), 200, 2, 1,
                      "1 spans need valid non-zero trace and span IDs", "", type, "/api/endpoints",
                      "{'pagination':{'total':2}}"});
  }
  for (const IngestRoute& route : ingest_routes()) {
    if (!route.is_otlp()) continue;
    desk.run(route, {"an empty message", "", 200, 0, 0, "", "", "application/x-protobuf"});
    desk.run(route, {"an empty object", "{}", 200});
  }
}

TEST_CASE("conformance 9: the worked conversions") {
  OtlpDesk desk;
  SUBCASE("Spring Boot") {
    const std::string stack = "com.x.NotFound: no user\n\tat com.x.A.b(A.java:3)";
    OtlpExport request = request_of(
        {{'a', 0, OtlpKind::kServer, http("/api/users/{id}", 500), 0, "GET /api/users/{id}"},
         {'b', 'a', OtlpKind::kClient, {}, 0, "SELECT users"}});
    request.resource = {{"service.name", std::string("user-service")},
                        {"service.version", std::string("2.1.0")},
                        {"telemetry.sdk.language", std::string("java")}};
    request.spans[0].events = {{request.spans[0].start_ns,
                                "exception",
                                {{"exception.type", std::string("com.x.NotFound")},
                                 {"exception.message", std::string("no user")},
                                 {"exception.stacktrace", stack}}}};
    const TestProject project = desk.report(request);
    const json::Value detail = desk.desk.ask(project, kDetail);
    CHECK(detail.at("endpoint").at("endpoint").as_string() == "GET /api/users/{id}");
    CHECK(detail.at("endpoint").at("statusCode").as_int() == 500);
    CHECK(detail.at("endpoint").at("serverName").as_string() == "user-service");
    CHECK(detail.at("endpoint").at("appVersion").as_string() == "2.1.0");
    CHECK(detail.at("spans").items().size() == 1);
    CHECK(detail.at("exception").at("stackTrace").as_string() == stack);
    const auto issues = desk.desk.ask(project, kIssues).at("data").items();
    REQUIRE(issues.size() == 1);
    const json::Value issue =
        desk.desk.ask(project, std::string(kIssues) + "/" +
                                   issues[0].at("exceptionHash").as_string().value_or(""));
    CHECK(issue.at("occurrences").items()[0].at("traceType").as_string() == "endpoint");
  }
  SUBCASE("Next.js style auth call") {
    const TestProject project =
        desk.report(request_of({{'a',
                                 0,
                                 OtlpKind::kInternal,
                                 {{"http.request.method", std::string("GET")},
                                  {"http.route", std::string("/get-session")}},
                                 0,
                                 "auth"},
                                {'b', 'a', OtlpKind::kInternal, {}, 0, "db findOne user"},
                                {'c', 'b', OtlpKind::kInternal, {}, 0, "tcp.connect"},
                                {'d', 'b', OtlpKind::kInternal, {}, 0, "query"},
                                {'e', 'a', OtlpKind::kInternal, {}, 0, "render"}}));
    const json::Value detail = desk.desk.ask(project, kDetail);
    CHECK(detail.at("endpoint").at("endpoint").as_string() == "GET /get-session");
    CHECK(detail.at("endpoint").at("statusCode").as_int() == 0);
    CHECK(detail.at("spans").items().size() == 4);
  }
  SUBCASE("a browser's page load, with and without a framework of browsers") {
    OtlpExport page =
        request_of({{'a', 0, OtlpKind::kInternal, {{"url.path", std::string("/")}}, 0, "TTFB"},
                    {'b', 0, OtlpKind::kInternal, {}, 0, "exception"}});
    page.resource.emplace_back("telemetry.sdk.language", std::string("webjs"));
    page.spans[1].attributes = {
        {"exception.type", std::string("TypeError")},
        {"exception.message", std::string("x is null")},
        {"exception.structured_stacktrace.urls", std::vector<std::string>{"https://x/a.js"}},
        {"exception.structured_stacktrace.functions", std::vector<std::string>{"load"}}};
    for (const auto& [framework, endpoints] :
         {std::pair("opentelemetry", 1U), std::pair("react", 0U)}) {
      const TestProject project = desk.report(page, framework);
      const auto names = names_of(desk.desk.ask(project, "/api/endpoints"), "endpoint");
      CHECK(names.size() == endpoints);
      if (!names.empty()) CHECK(names[0] == "TTFB");
      const auto issues = desk.desk.ask(project, kIssues).at("data").items();
      REQUIRE(issues.size() == 1);
      CHECK(issues[0].at("stackTrace").as_string() ==
            "TypeError: x is null\nload()\n    https://x/a.js:0:0");
    }
  }
  SUBCASE("a CONSUMER span whose parent is elsewhere") {
    OtlpExport job = request_of({{'a', 'z', OtlpKind::kConsumer, {}, 0, "process job"}});
    job.spans[0].events = {
        {job.spans[0].start_ns, "exception", {{"exception.message", std::string("bad")}}}};
    const TestProject project = desk.report(job);
    const auto tasks = desk.desk.ask(project, "/api/tasks").at("data").items();
    REQUIRE(tasks.size() == 1);
    CHECK(tasks[0].at("taskName").as_string() == "process job");
    const auto issues = desk.desk.ask(project, kIssues).at("data").items();
    REQUIRE(issues.size() == 1);
    const auto occurrences =
        desk.desk
            .ask(project, std::string(kIssues) + "/" +
                              issues[0].at("exceptionHash").as_string().value_or(""))
            .at("occurrences")
            .items();
    REQUIRE(occurrences.size() == 1);
    CHECK(occurrences[0].at("traceType").as_string() == "task");
    CHECK(occurrences[0].at("traceId").as_string() == tasks[0].at("id").as_string());
  }
}

TEST_CASE("conformance 9: entry points by flags, missing parent, CLIENT parent, wrapper, cycle") {
  OtlpDesk desk;
  const OtlpAttributes none;
  CHECK(desk.endpoint_count({{'a'}}) == 1);
  CHECK(desk.endpoint_count({{'a'}, {'b', 'a'}}) == 1);
  CHECK(desk.endpoint_count({{'b', 'a'}, {'a'}}) == 1);
  CHECK(desk.endpoint_count({{'a'}, {'b', 'a', OtlpKind::kServer, http("/x"), kLocal}}) == 1);
  CHECK(desk.endpoint_count({{'a'}, {'b', 'a', OtlpKind::kServer, http("/x"), kRemote}}) == 2);
  CHECK(desk.endpoint_count({{'b', 'z'}}) == 1);
  CHECK(desk.endpoint_count({{'a'}, {'c', 'a', OtlpKind::kClient, none}, {'b', 'c'}}) == 2);
  CHECK(desk.endpoint_count({{'a'}, {'c', 'a', OtlpKind::kProducer, none}, {'b', 'c'}}) == 2);
  CHECK(desk.endpoint_count({{'a'}, {'c', 'a', OtlpKind::kInternal, none}, {'b', 'c'}}) == 1);
  CHECK(desk.endpoint_count({{'a'}, {'c', 'a', OtlpKind::kServer, none}, {'b', 'c'}}) == 1);
  CHECK(desk.endpoint_count({{'c', 0, OtlpKind::kInternal, none}, {'b', 'c'}}) == 1);
  CHECK(desk.endpoint_count({{'c', 'd', OtlpKind::kInternal, none},
                             {'d', 'c', OtlpKind::kInternal, none},
                             {'b', 'c'}}) == 1);
}

TEST_CASE("conformance 10: what was not found has one name, unless its route is concrete") {
  OtlpDesk desk;
  for (const auto& [route, name] :
       std::vector<std::pair<std::string, std::string>>{{"/users/:id", "GET /users/:id"},
                                                        {"/api/*", "GET /api/*"},
                                                        {"no-slash", "UNMATCHED"},
                                                        {"/", "UNMATCHED"},
                                                        {"/*", "UNMATCHED"},
                                                        {"/**", "UNMATCHED"},
                                                        {"", "UNMATCHED"}}) {
    INFO("route ", route);
    OtlpAttributes attributes = http(route, 404);
    attributes.emplace_back("url.path", std::string("/wp-login.php"));
    if (route.empty()) attributes.erase(attributes.begin() + 1);
    CHECK(desk.entities(request_of({{'a', 0, OtlpKind::kServer, attributes}})).endpoints ==
          std::vector<std::string>{name});
  }
}

}  // namespace traceway::test
