// The native protocol against the real server: how the route answers, and that what was reported is
// read back.
#include "support/gzip.h"
#include "support/scenario.h"
#include "support/test_server.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace traceway::test {

namespace {

constexpr const char* kPath = "/api/report";
constexpr const char* kPage =
    R"({"fromDate":"2020-01-01T00:00:00Z","pagination":{"page":1,"pageSize":20}})";
constexpr const char* kRun = "6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10";

/// A run with two spans out of order, an exception and a message; another run of the same action.
const std::string kReport = R"({"appVersion":"2.4.0","serverName":"api-3","collectionFrames":[{
 "traces":[{"id":"6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10","endpoint":"POST /orders","duration":18250000,
   "recordedAt":"2026-03-02T08:15:30.120Z","statusCode":500,"bodySize":62,"clientIP":"203.0.113.9",
   "attributes":{"tenant":"acme"},"distributedTraceId":"0d5f7a3c-90c2-4a2c-8a10-7b4c1f0e2d33",
   "spans":[{"id":"c6a0a4a5-51c5-4b27-8f4b-1d3a1b7c9e02","name":"render","startTime":"2026-03-02T08:15:30.132Z","duration":900000},
            {"id":"c6a0a4a5-51c5-4b27-8f4b-1d3a1b7c9e01","name":"db.insert","startTime":"2026-03-02T08:15:30.124Z","duration":7100000}]},
  {"id":"7f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10","endpoint":"GET /nothing","duration":5,"recordedAt":"2026-03-02T08:15:31Z",
   "statusCode":404,"bodySize":0,"clientIP":"","distributedTraceId":"0d5f7a3c-90c2-4a2c-8a10-7b4c1f0e2d33"}],
 "stackTraces":[{"traceId":"6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10","isMessage":false,"recordedAt":"2026-03-02T08:15:30.137Z",
   "stackTrace":"*pq.Error: duplicate key value\n(*Repo).Insert()\n    /src/repo.go:51\n","distributedTraceId":"0d5f7a3c-90c2-4a2c-8a10-7b4c1f0e2d33"},
  {"traceId":"6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10","isMessage":true,"recordedAt":"2026-03-02T08:15:30.138Z","attributes":{"n":"1"},
   "stackTrace":"order kept","distributedTraceId":"0d5f7a3c-90c2-4a2c-8a10-7b4c1f0e2d33"}],
 "metrics":[{"name":"queue.depth","value":12,"recordedAt":"2026-03-02T08:15:30Z","tags":{"queue":"mail"}}]}]})";

/// A server with a project, and its token.
struct Reporter {
  TestServer server;
  HttpClient client{""};
  Account account;

  explicit Reporter(const std::vector<std::string>& options = {}) {
    REQUIRE(server.start(options));
    client = server.client();
    const auto registered = register_owner(client);
    REQUIRE(registered);
    account = *registered;
    client.set_bearer(account.jwt);
  }

  [[nodiscard]] Fields as_client(const std::string& encoding = "") const {
    Fields fields = {{"Authorization", "Bearer " + account.project_token}};
    if (!encoding.empty()) fields.emplace_back("Content-Encoding", encoding);
    return fields;
  }

  /// How many endpoints are listed.
  [[nodiscard]] std::int64_t endpoints() {
    const auto list =
        run_scenario(client, {"list", "POST", account.scoped("/api/endpoints"), kPage, 200});
    return json_of(list).at("pagination").at("total").as_int().value_or(-1);
  }
};

std::string fixture(const std::string& name) {
  std::ifstream file(TRACEWAY_SOURCE_DIR "/tests/fixtures/" + name, std::ios::binary);
  REQUIRE(file.good());
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

}  // namespace

TEST_CASE("report api: a native report is read back from the endpoints' pages") {
  Reporter stage;
  const auto at = [&](const std::string& path) { return stage.account.scoped(path); };
  run_scenarios(
      stage.client,
      {
          {"report", "POST", kPath, gzip(kReport), 200, is_text("{}"), stage.as_client("gzip")},
          {"grouped", "POST", at("/api/endpoints/grouped"), kPage, 200,
           is_like(R"({"data":"<array>","pagination":{"total":2}})")},
          {"detail", "POST", at(std::string("/api/endpoints/") + kRun), "{}", 200,
           is_like(
               R"({"endpoint":{"id":"6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10","endpoint":"POST /orders","duration":18250000,"recordedAt":"2026-03-02T08:15:30.12Z","statusCode":500,"bodySize":62,"clientIP":"203.0.113.9","attributes":{"tenant":"acme"},"appVersion":"2.4.0","serverName":"api-3","distributedTraceId":"0d5f7a3c-90c2-4a2c-8a10-7b4c1f0e2d33","spanId":"6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10","isStream":false,"isRoot":true,"rootSpan":{"name":"POST /orders","kind":2,"statusCode":2}},)"
               R"("spans":[{"id":"c6a0a4a5-51c5-4b27-8f4b-1d3a1b7c9e01","traceId":"6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10","parentSpanId":"6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10","name":"db.insert","startTime":"2026-03-02T08:15:30.124Z","duration":7100000,"recordedAt":"2026-03-02T08:15:30.12Z"},)"
               R"({"name":"render","startTime":"2026-03-02T08:15:30.132Z","duration":900000}],"hasSpans":true,)"
               R"("exception":{"exceptionHash":"<text>","stackTrace":"*pq.Error: duplicate key value\n(*Repo).Insert()\n    /src/repo.go:51\n"},)"
               R"("messages":[{"stackTrace":"order kept","attributes":{"n":"1"}}]})")},
          {"the other run", "POST", at("/api/endpoints/7f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10"), "{}",
           200,
           is_like(
               R"({"endpoint":{"endpoint":"UNMATCHED","rootSpan":{"name":"GET /nothing"}},"spans":[],"hasSpans":false})")},
      });
}

TEST_CASE("report api: repeats are acknowledged and stored once, across a restart too") {
  Reporter stage;
  const std::string more =
      R"({"traces":[{"endpoint":"GET /more","recordedAt":"2026-03-02T08:15:30Z"}]})";
  const Scenario whole{"whole", "POST", kPath, kReport, 200, is_text("{}"), stage.as_client()};
  const std::string grown = kReport.substr(0, kReport.size() - 2) + "," + more + "]}";
  for (int i = 0; i < 3; ++i) run_scenario(stage.client, whole);
  CHECK(stage.endpoints() == 2);
  run_scenario(stage.client,
               {"grown", "POST", kPath, gzip(grown), 200, is_text("{}"), stage.as_client("gzip")});
  CHECK(stage.endpoints() == 3);
  CHECK(stage.server.stop() == 0);
  REQUIRE(stage.server.start());
  stage.client = stage.server.client();
  stage.client.set_bearer(stage.account.jwt);
  run_scenario(stage.client, whole);
  run_scenario(stage.client,
               {"grown", "POST", kPath, grown, 200, is_text("{}"), stage.as_client()});
  CHECK(stage.endpoints() == 3);
  run_scenario(stage.client,
               {"detail", "POST", stage.account.scoped(std::string("/api/endpoints/") + kRun), "{}",
                200, is_like(R"({"spans":["<any>","<any>"],"messages":["<any>"]})")});
}

TEST_CASE("report api: every recorded report is taken as it came") {
  Reporter stage;
  for (const std::string name :
       {"tracewayapp-backend/002-report", "tracewayapp-frontend/003-report",
        "tracewayapp-frontend-sessions/003-report", "tracewayapp-frontend-sessions/004-report",
        "tracewayapp-frontend-unload/002-report", "tracewayapp-frontend-unload/004-report",
        "tracewayapp-frontend-unload/005-report"}) {
    const auto head = json::Value::parse(fixture(name + ".json"));
    REQUIRE(head);
    const std::string encoding =
        head->at("headers").at("content-encoding").as_string().value_or("");
    run_scenario(stage.client, {name, "POST", kPath, fixture(name + ".body"), 200, is_text("{}"),
                                stage.as_client(encoding)});
  }
}

TEST_CASE("report api: bad input gets a clear answer and costs nothing beside it") {
  Reporter stage({"--report-max-body", "1MiB"});
  const std::string packed = gzip(kReport);
  const Fields client = stage.as_client();
  run_scenarios(
      stage.client,
      {
          {"nothing in it", "POST", kPath, "{}", 200, is_text("{}"), client},
          {"no frames", "POST", kPath, R"({"collectionFrames":null})", 200, is_text("{}"), client},
          {"a null frame, a broken map and a good exception", "POST", kPath,
           R"({"collectionFrames":[null,{"traces":[{"endpoint":"GET /x","attributes":7}],"stackTraces":[{"stackTrace":"E"}]}]})",
           200, is_text(R"({"rejected":1,"errors":["collectionFrames[0]: is no object"]})"),
           client},
          {"empty", "POST", kPath, "", 400, is_error("invalid JSON"), client},
          {"not JSON", "POST", kPath, "nonsense", 400, is_error("invalid JSON"), client},
          {"no object", "POST", kPath, "[]", 400, is_error("a report must be a JSON object"),
           client},
          {"trailing characters", "POST", kPath, "{} x", 400, {}, client},
          {"frames of a wrong type", "POST", kPath, R"({"collectionFrames":{}})", 400,
           is_error("collectionFrames must be an array"), client},
          {"not gzip", "POST", kPath, "{}", 400, is_error("Invalid gzip"), stage.as_client("gzip")},
          {"truncated gzip",
           "POST",
           kPath,
           packed.substr(0, packed.size() - 4),
           400,
           {},
           stage.as_client("gzip")},
          {"garbage after gzip", "POST", kPath, packed + "x", 400, {}, stage.as_client("gzip")},
          {"unknown encoding", "POST", kPath, "{}", 415, {}, stage.as_client("br")},
          {"too large once inflated",
           "POST",
           kPath,
           gzip(std::string(2U << 20U, ' ')),
           413,
           {},
           stage.as_client("gzip")},
          {"unknown token",
           "POST",
           kPath,
           "{}",
           401,
           is_empty(),
           {{"Authorization", "Bearer nobody"}}},
          {"good data after all of that", "POST", kPath, packed, 200, is_text("{}"),
           stage.as_client("gzip")},
      });
  CHECK(stage.endpoints() == 3);
  const auto wrong_method =
      run_scenario(stage.client, {"wrong method", "GET", kPath, {}, 405, {}, client});
  CHECK(wrong_method.field("Allow").find("POST") != std::string::npos);
}

TEST_CASE("report api: pages of any origin may send, and are refused before they do") {
  Reporter stage;
  const auto preflight = run_scenario(
      stage.client,
      {"preflight",
       "OPTIONS",
       kPath,
       {},
       204,
       is_empty(),
       {{"Origin", "https://shop.example"},
        {"Access-Control-Request-Method", "POST"},
        {"Access-Control-Request-Headers", "authorization,content-encoding,content-type"}}});
  CHECK(preflight.field("Access-Control-Allow-Origin") == "*");
  CHECK(preflight.field("Access-Control-Allow-Methods").find("POST") != std::string::npos);
  const std::string allowed = preflight.field("Access-Control-Allow-Headers");
  for (const char* name :
       {"Authorization", "Content-Encoding", "Content-Type", "traceway-trace-id"}) {
    CHECK(allowed.find(name) != std::string::npos);
  }
  CHECK(preflight.field("Access-Control-Allow-Credentials").empty());
  HttpClient nobody = stage.server.client();
  const auto refused =
      run_scenario(nobody, {"no credential", "POST", kPath, "{}", 401, is_empty()});
  CHECK(refused.field("Access-Control-Allow-Origin") == "*");
  // On the head: the answer comes before a byte of the body is sent.
  RawClient raw(stage.server.address());
  REQUIRE(raw.send("POST " + std::string(kPath) + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
                   stage.account.project_token + "\r\nContent-Length: 67108865\r\n\r\n"));
  const RawAnswer too_large = raw.read_answer();
  CHECK(too_large.status == 413);
  CHECK(too_large.field("Access-Control-Allow-Origin") == "*");
}

}  // namespace traceway::test
