// What every route answers, as tables; and every route with every kind of credential.
#include "support/gzip.h"
#include "support/scenario.h"
#include "support/seed.h"
#include "support/stage.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace traceway::test {

namespace {

constexpr const char* kProtobuf = "application/x-protobuf";

std::string with(std::string text, std::string_view mark, std::string_view value) {
  for (std::size_t at = text.find(mark); at != std::string::npos;
       at = text.find(mark, at + value.size())) {
    text.replace(at, mark.size(), value);
  }
  return text;
}

const std::string kRegister =
    R"({"email":"EMAIL","name":"B","password":"long enough","organizationName":"O","timezone":"UTC","projectName":"P","framework":"gin"})";

}  // namespace

TEST_CASE("api: accounts answer as the dashboard reads them") {
  Stage stage;
  HttpClient anyone = stage.server.client();
  const std::string login = R"({"email":"ANA@example.org","password":"correct horse battery"})";
  run_scenarios(
      anyone,
      {
          {"has organizations",
           "GET",
           "/api/has-organizations",
           {},
           200,
           is_like(R"({"hasOrganizations":true})")},
          {"providers",
           "GET",
           "/api/auth/providers",
           {},
           200,
           is_like(R"({"providers":[],"providerLabels":{},"passwordLoginEnabled":true})")},
          {"login folds the case of the address", "POST", "/api/login", login, 200,
           is_like(
               R"({"token":"<text>","user":{"id":"<int>","email":"<text>","name":"<text>","createdAt":"<time>"},"projects":"<array>","organizations":"<array>"})")},
          {"wrong password", "POST", "/api/login", R"({"email":"ana@example.org","password":"no"})",
           401, is_error("Invalid email or password")},
          {"unknown address", "POST", "/api/login", R"({"email":"x@example.org","password":"no"})",
           401, is_error("Invalid email or password")},
          {"broken login", "POST", "/api/login", "{", 401, is_error("Invalid email or password")},
          {"broken registration", "POST", "/api/register", "{}", 400,
           is_error("Invalid request body")},
          {"second registration", "POST", "/api/register",
           with(kRegister, "EMAIL", "b@example.org"), 409,
           is_error("You already have an Organization registered. Please use login.")},
          {"no bundle without a session", "GET", "/api/me/login-bundle", {}, 401, is_empty()},
          {"no such route", "GET", "/api/nothing", {}, 404, is_error("Not found")},
          {"wrong method", "DELETE", "/api/login", {}, 405},
      });
  run_scenarios(stage.client, {
                                  {"login bundle",
                                   "GET",
                                   "/api/me/login-bundle",
                                   {},
                                   200,
                                   is_like(R"({"token":"","projects":"<array>"})")},
                              });
}

TEST_CASE("api: projects are created by rule and listed oldest first") {
  Stage stage;
  const std::string create = stage.account.scoped("/api/projects");
  run_scenarios(
      stage.client,
      {
          {"list",
           "GET",
           "/api/projects",
           {},
           200,
           is_like(
               R"([{"id":"<uuid>","name":"<text>","token":"<hex32>","framework":"<text>","organizationId":"<int>","createdAt":"<time>","backendUrl":"<text>","role":"owner"}])")},
          {"create", "POST", create, R"({"name":"Second one_2-b","framework":"express"})", 201,
           is_like(
               R"({"id":"<uuid>","name":"Second one_2-b","token":"<hex32>","framework":"express"})")},
          {"name with a slash", "POST", create, R"({"name":"a/b","framework":"express"})", 422,
           is_error(
               "Project name can only contain letters, numbers, spaces, hyphens, and underscores")},
          {"no project named", "POST", "/api/projects", R"({"name":"x","framework":"express"})",
           400, is_empty()},
          {"foreign project", "POST",
           "/api/projects?projectId=00000000-0000-4000-8000-000000000001",
           R"({"name":"x","framework":"express"})", 403, is_error("Access denied")},
          {"broken body", "POST", create, "[]", 400},
      });
}

TEST_CASE("api: endpoints show what an SDK reported, and bad questions get a clear answer") {
  Stage stage;
  auto random = random_generator(1);
  OtlpExport wanted;
  wanted.spans.push_back(request_span(random));
  wanted.spans.push_back(child_of(wanted.spans[0], "SELECT orders", random));
  const std::string name = percent_encoded("GET /api/orders/:id");
  const auto at = [&](const std::string& path) { return stage.account.scoped(path); };
  run_scenarios(
      stage.client,
      {
          {"report", "POST", "/api/otel/v1/traces", gzip(to_protobuf(wanted)), 200, is_empty(),
           stage.ingest(kProtobuf, "gzip")},
          {"list", "POST", at("/api/endpoints"), kFirstPage, 200,
           is_like(
               R"({"data":[{"id":"<uuid>","endpoint":"GET /api/orders/:id","duration":25000000,"recordedAt":"<time>","statusCode":"<int>","isRoot":true}],"pagination":{"page":1,"pageSize":20,"total":1,"totalPages":1}})")},
          {"grouped", "POST", at("/api/endpoints/grouped"), kFirstPage, 200,
           is_like(
               R"({"data":[{"endpoint":"GET /api/orders/:id","count":1,"p50Duration":25000000,"p99Duration":25000000,"lastSeen":"<time>","impact":"<number>","impactReason":"<text>"}]})")},
          {"search that matches nothing", "POST", at("/api/endpoints/grouped"),
           R"({"search":"zzz","pagination":{"page":1,"pageSize":20}})", 200,
           is_like(R"({"data":[],"pagination":{"total":0,"totalPages":0}})")},
          {"one endpoint", "POST", at("/api/endpoints/endpoint") + "&endpoint=" + name, kFirstPage,
           200,
           is_like(
               R"({"data":["<any>"],"stats":{"count":1,"avgDuration":25,"medianDuration":25,"apdex":"<number>","errorRate":"<number>","throughput":"<number>"}})")},
          {"endpoint is required", "POST", at("/api/endpoints/endpoint"), kFirstPage, 400,
           is_error("endpoint is required")},
          {"chart", "POST", at("/api/endpoints/chart"),
           R"({"fromDate":"FROM","metricType":"p95","intervalMinutes":60})", 400},
          {"chart of too many buckets", "POST", at("/api/endpoints/chart"),
           R"({"fromDate":"2020-01-01T00:00:00Z","intervalMinutes":1})", 422},
          {"chart of an empty range", "POST", at("/api/endpoints/chart"),
           R"({"fromDate":"2020-01-01T00:00:00Z","toDate":"2020-01-02T00:00:00Z","intervalMinutes":60})",
           200, is_like(R"({"endpoints":[],"series":[]})")},
          {"no pagination", "POST", at("/api/endpoints"), "{}", 400,
           is_error("Invalid request body")},
          {"page size past 100", "POST", at("/api/endpoints"),
           R"({"pagination":{"page":1,"pageSize":101}})", 400},
          {"not an id", "POST", at("/api/endpoints/nope"), "{}", 400,
           is_error("invalid endpointId")},
          {"no such id", "POST", at("/api/endpoints/00000000-0000-4000-8000-000000000001"), "{}",
           404, is_error("Endpoint not found")},
      });
  const auto list =
      run_scenario(stage.client, {"list for its id", "POST", at("/api/endpoints"), kFirstPage});
  const std::string id = json_of(list).at("data").items().at(0).at("id").as_string().value_or("");
  run_scenario(
      stage.client,
      {"detail", "POST", at("/api/endpoints/" + id), "{}", 200,
       is_like(
           R"({"endpoint":{"endpoint":"GET /api/orders/:id"},"spans":[{"id":"<uuid>","parentSpanId":"<uuid>","name":"SELECT orders","duration":5000000,"kind":1}],"hasSpans":true,"messages":[]})")});
}

TEST_CASE("api: a project that drops health checks keeps the failing ones and all others") {
  Stage stage;
  run_scenario(
      stage.client,
      {"settings", "PUT", stage.at("/api/projects"),
       R"({"name":"Web shop","framework":"express","dropHealthyHealthchecks":true,"healthcheckPaths":["/probe*"]})",
       200, is_like(R"({"dropHealthyHealthchecks":true,"healthcheckPaths":["/probe*"]})")});
  std::string runs;
  const auto run = [&](const char* name, int status, const char* more = "") {
    if (!runs.empty()) runs += ',';
    runs += std::string(R"({"endpoint":")") + name + R"(","duration":1000,"recordedAt":")" +
            to_rfc3339(static_cast<std::int64_t>(unix_now_ns())) + R"(","statusCode":)" +
            std::to_string(status) + more + "}";
  };
  run("GET /healthz/", 200, R"(,"spans":[{"name":"ping database"}])");
  run("HEAD /PROBE/disk", 204);
  run("GET /healthz", 503);
  run("POST /healthz", 200);
  run("GET /orders", 200);
  run("GET /status", 200, R"(,"id":"6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10")");
  run_scenarios(
      stage.client,
      {
          {"report", "POST", "/api/report",
           R"({"traces":[)" + runs +
               R"(],"stackTraces":[{"stackTrace":"E: x","traceId":"6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10"}]})",
           200, is_text("{}"), stage.ingest("application/json")},
          {"what is left", "POST", stage.at("/api/endpoints"),
           R"({"fromDate":"2020-01-01T00:00:00Z","orderBy":"recorded_at","sortDirection":"asc","pagination":{"page":1,"pageSize":20}})",
           200,
           is_like(
               R"({"data":[{"endpoint":"GET /healthz","statusCode":503},{"endpoint":"POST /healthz"},{"endpoint":"GET /orders"},{"endpoint":"GET /status"}]})")},
      });
}

TEST_CASE("api: ingest answers in OTLP's own words, and bad input costs nothing beside it") {
  Stage stage;
  auto random = random_generator(2);
  OtlpExport good;
  good.spans.push_back(request_span(random));
  OtlpExport mixed = good;
  mixed.spans[0].span_id = random_bytes(random, 8);
  mixed.spans.push_back(mixed.spans[0]);
  mixed.spans.back().trace_id = "x";
  const std::string path = "/api/otel/v1/traces";
  const std::string packed = gzip(to_protobuf(good));
  run_scenarios(
      stage.client,
      {
          {"empty protobuf", "POST", path, "", 200, is_empty(), stage.ingest(kProtobuf)},
          {"empty JSON object", "POST", path, "{}", 200, is_text("{}"),
           stage.ingest("application/json")},
          {"empty JSON body", "POST", path, "", 400, {}, stage.ingest("application/json")},
          {"JSON", "POST", path, to_json(good), 200, is_text("{}"),
           stage.ingest("application/json; charset=utf-8")},
          {"partial success", "POST", path, to_json(mixed), 200,
           is_like(R"({"partialSuccess":{"rejectedSpans":"1","errorMessage":"<text>"}})"),
           stage.ingest("application/json")},
          {"not JSON", "POST", path, "nonsense", 400, is_like(R"({"code":3,"message":"<text>"})"),
           stage.ingest("application/json")},
          {"trailing characters", "POST", path, "{} x", 400, {}, stage.ingest("application/json")},
          {"wrong JSON type",
           "POST",
           path,
           R"({"resourceSpans":{}})",
           400,
           {},
           stage.ingest("application/json")},
          {"not protobuf", "POST", path, "\x0a\xff", 400, {}, stage.ingest(kProtobuf)},
          {"not gzip", "POST", path, "nonsense", 400, {}, stage.ingest(kProtobuf, "gzip")},
          {"truncated gzip",
           "POST",
           path,
           packed.substr(0, packed.size() - 4),
           400,
           {},
           stage.ingest(kProtobuf, "gzip")},
          {"unknown encoding", "POST", path, "x", 415, {}, stage.ingest(kProtobuf, "br")},
          {"unknown media type", "POST", path, "x", 415, {}, stage.ingest("text/plain")},
          {"unknown token",
           "POST",
           path,
           "{}",
           401,
           is_like(R"({"code":16,"message":"<text>"})"),
           {{"Authorization", "Bearer nobody"}, {"Content-Type", "application/json"}}},
          {"wrong method", "GET", path, {}, 405, {}, stage.ingest("application/json")},
          {"good data after all of that",
           "POST",
           path,
           packed,
           200,
           {},
           stage.ingest(kProtobuf, "gzip")},
      });
  const auto empty_message =
      run_scenario(stage.client, {"an empty message keeps its type", "POST", path, "", 200,
                                  is_empty(), stage.ingest(kProtobuf)});
  CHECK(empty_message.field("Content-Type") == kProtobuf);
  const auto preflight = run_scenario(
      stage.client,
      {"preflight", "OPTIONS", path, {}, 204, is_empty(), {{"Origin", "https://app.example"}}});
  CHECK(preflight.field("Access-Control-Allow-Origin") == "*");
  CHECK(preflight.field("Access-Control-Allow-Headers").find("Authorization") != std::string::npos);
  HttpClient nobody = stage.server.client();
  const auto refused =
      run_scenario(nobody, {"a refusal carries CORS too", "POST", path, "{}", 401});
  CHECK(refused.field("Access-Control-Allow-Origin") == "*");
  // Refused on the head: the answer comes before a byte of the body is sent.
  RawClient raw(stage.server.address());
  REQUIRE(raw.send("POST " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
                   stage.account.project_token +
                   "\r\nContent-Type: application/x-protobuf\r\nContent-Length: 11534336\r\n\r\n"));
  const RawAnswer too_large = raw.read_answer();
  CHECK(too_large.status == 413);
  CHECK(too_large.field("Access-Control-Allow-Origin") == "*");
}

TEST_CASE("api: health and diagnostics answer whoever may ask") {
  Stage stage;
  HttpClient anyone = stage.server.client();
  run_scenarios(
      anyone,
      {
          {"health", "GET", "/health", {}, 200, is_text("OK")},
          {"healthz", "GET", "/healthz", {}, 200, is_empty()},
          {"readyz", "GET", "/readyz", {}, 200, is_like(R"({"status":"ready"})")},
          {"version", "GET", "/version", {}, 200, is_like(R"({"version":"<text>"})")},
          {"api health",
           "GET",
           "/api/health",
           {},
           200,
           is_like(
               R"({"status":"ok","version":"<text>","uptime_sec":"<int>","storage_driver":"sqlite","trace_count":"<int>","db_size_bytes":"<int>"})")},
          {"diagnostics without a credential", "GET", "/api/diagnostics/trace-pipeline", {}, 401},
          {"the page", "GET", "/endpoints", {}, 200, {}, {{"Accept", "text/html"}}},
          {"a missing asset is no page", "GET", "/assets/none.js", {}, 404},
      });
  run_scenarios(
      stage.client,
      {
          {"diagnostics",
           "GET",
           "/api/diagnostics/trace-pipeline",
           {},
           200,
           is_like(
               R"({"schema_version":"trace-pipeline-diagnostics.v1","diagnostics":{"queue_capacity":8192,"queue_depth":"<int>","enqueue_accepted_total":"<int>"},"traceway":{"durability":"normal","ack":"commit"}})")},
      });
}

TEST_CASE("api: every route asks for what its guard says") {
  Stage stage;

  struct Credential {
    const char* name;
    std::string bearer;
  };

  const Credential credentials[] = {
      {"none", ""}, {"forged", "eyJhbGciOiJub25lIn0.e30."}, {"owner", stage.account.jwt}};
  for (const RouteLine& route : all_routes()) {
    const bool is_open = route.guard == "open";
    const bool is_token = route.guard == "project_token";
    const bool is_project = route.guard.starts_with("project_") && !is_token;
    const std::string path =
        with(route.pattern, ":endpointId", "00000000-0000-4000-8000-000000000001");
    for (const Credential& credential : credentials) {
      HttpClient client = stage.server.client();
      client.set_bearer(credential.bearer);
      const std::string what = route.method + " " + route.pattern + " as " + credential.name;
      CAPTURE(what);
      const bool is_owner = credential.bearer == stage.account.jwt;
      Request request{.method = route.method, .target = path};
      if (route.method == "POST") request.body = "{}";
      const int status = client.send(request).status;
      CHECK(status < 500);
      if (!is_open && (!is_owner || is_token)) CHECK(status == 401);
      if (is_project && is_owner) {
        CHECK(status == 400);  // no projectId
        request.target = path + "?projectId=00000000-0000-4000-8000-000000000001";
        CHECK(client.send(request).status == 403);
      }
    }
  }
}

}  // namespace traceway::test
