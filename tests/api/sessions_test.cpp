// Sessions and their recordings: reported as browsers do, read back as the dashboard does.
#include "base/json_ranges.h"
#include "support/gzip.h"
#include "support/scenario.h"
#include "support/stage.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace traceway::test {

namespace {

constexpr const char* kSession = "54c20aa7-6065-4dbe-8fdc-e97306c4aba2";
constexpr const char* kClosed = "8559aa97-0bd1-4c36-a5fa-5efa634df6a5";
constexpr const char* kNobody = "00000000-0000-4000-8000-000000000001";

std::string fixture(const std::string& name) {
  std::ifstream file(TRACEWAY_SOURCE_DIR "/tests/fixtures/" + name, std::ios::binary);
  REQUIRE(file.good());
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

struct Sessions : Stage {
  void post(const std::string& body, const std::string& encoding = "") {
    run_scenario(client, {"report", "POST", "/api/report", body, 200, is_text("{}"),
                          ingest("application/json", encoding)});
  }

  void post_frame(const std::string& members) {
    post(R"({"appVersion":"1.4","serverName":"web","collectionFrames":[{)" + members + "}]}");
  }

  /// A report of the recorded browser.
  void post_fixture(const std::string& name) {
    const auto head = json::Value::parse(fixture(name + ".json"));
    REQUIRE(head);
    post(fixture(name + ".body"),
         head->at("headers").at("content-encoding").as_string().value_or(""));
  }

  json::Value ask(const Scenario& scenario) {
    auto parsed = json::Value::parse(run_scenario(client, scenario).body);
    REQUIRE(parsed);
    return std::move(*parsed);
  }

  /// Ids of a list, in its order, by their last two digits.
  std::string list(const std::string& more = "") {
    const json::Value answer =
        ask({"list", "POST", at("/api/sessions"),
             R"({"fromDate":"2020-01-01T00:00:00Z","pagination":{"page":1,"pageSize":20})" + more +
                 "}"});
    std::string out;
    for (const json::Value& row : answer.at("data").items()) {
      if (!out.empty()) out += ' ';
      out += row.at("id").as_string()->substr(34);
    }
    CHECK(answer.at("pagination").at("total").as_int() ==
          static_cast<std::int64_t>(answer.at("data").items().size()));
    return out;
  }

  /// Three sessions: 01 with a recording of a minute, 02 with an error, 03 that is open.
  void report_three() {
    const auto session = [](const std::string& digits, const std::string& minute,
                            const std::string& more) {
      return R"({"id":"00000000-0000-4000-8000-0000000000)" + digits +
             R"(","startedAt":"2026-03-02T08:)" + minute + R"(:00Z")" + more + "}";
    };
    post_frame(
        R"("sessions":[)" + session("01", "10", R"(,"attributes":{"path":"/cart","plan":"free"})") +
        R"(],"sessionRecordings":[{"sessionId":"00000000-0000-4000-8000-000000000001",)"
        R"("events":[1,2],"startedAt":"2026-03-02T08:10:00Z","endedAt":"2026-03-02T08:11:00Z"}])");
    post_frame(
        R"("sessions":[)" +
        session(
            "02", "20",
            R"(,"endedAt":"2026-03-02T08:20:30Z","attributes":{"path":"/Checkout","plan":"pro"})") +
        R"(],"stackTraces":[{"stackTrace":"TypeError: x","recordedAt":"2026-03-02T08:20:10Z",)"
        R"("sessionId":"00000000-0000-4000-8000-000000000002"}])");
    post(R"({"appVersion":"1.5","collectionFrames":[{"sessions":[)" + session("03", "30", "") +
         "]}]}");
  }
};

}  // namespace

TEST_CASE("sessions api: what a browser recorded is read back with every byte") {
  Sessions stage;
  stage.post_fixture("tracewayapp-frontend-sessions/003-report");
  stage.post_fixture("tracewayapp-frontend-sessions/004-report");
  for (const char* number : {"002", "004", "005"}) {
    stage.post_fixture(std::string("tracewayapp-frontend-unload/") + number + "-report");
  }
  const std::string session = std::string("/api/sessions/") + kSession;
  const json::Value detail = stage.ask(
      {"detail", "POST", stage.at(session), "{}", 200,
       is_like(
           R"({"session":{"id":"54c20aa7-6065-4dbe-8fdc-e97306c4aba2","projectId":"<uuid>","startedAt":"2026-11-20T15:12:03.44Z","clientIP":"127.0.0.1","appVersion":"web-demo","serverName":"","attributes":{"path":"/","client.ip":"127.0.0.1","release.channel":"beta"},"segments":0,"exceptions":4,"messages":1},"segments":[],)"
           R"("exceptions":[{"id":"<uuid>","exceptionHash":"b8d2ed96edf8bd6d","type":"CartError","firstLine":"CartError: cannot add A-7 to the cart","recordedAt":"2026-11-20T15:12:03.951Z","isMessage":false,"hasRecording":true},"<any>",{"isMessage":true,"firstLine":"cart opened by demo","hasRecording":true},"<any>","<any>"]})")});

  // The clip of the first exception, by three roads.
  const std::string id = *detail.at("exceptions").items()[0].at("id").as_string();
  const std::string body = fixture("tracewayapp-frontend-unload/005-report.body");
  const RawAnswer clip = run_scenario(
      stage.client,
      {"clip",
       "GET",
       stage.at("/api/exception-stack-traces/by-id/" + id + "/recording"),
       {},
       200,
       is_like(
           R"({"events":"<array>","logs":["<any>","<any>"],"actions":["<any>","<any>","<any>"],"startedAt":"2026-11-20T15:12:03.457Z","endedAt":"2026-11-20T15:12:03.943Z"})")});
  const std::string events(json::member_text(clip.body, "events"));
  CHECK(json::items_of(events, 100).size() == 13);
  const RawAnswer occurrence = run_scenario(
      stage.client,
      {"occurrence", "POST", stage.at("/api/exception-stack-traces/by-id/" + id), "{}"});
  CHECK(json::member_text(occurrence.body, "sessionRecordingEvents") == events);
  const RawAnswer issue = run_scenario(
      stage.client,
      {"issue", "POST", stage.at("/api/exception-stack-traces/b8d2ed96edf8bd6d"), "{}"});
  CHECK(json::member_text(issue.body, "sessionRecordingEvents") == events);

  // The segment of the closed session, byte for byte.
  const RawAnswer replay = run_scenario(
      stage.client,
      {"replay", "GET", stage.at(std::string("/api/sessions/") + kClosed + "/recording")});
  const auto frame = json::items_of(json::member_text(body, "collectionFrames"), 9).front();
  const auto sent = json::items_of(json::member_text(frame, "sessionRecordings"), 9).front();
  for (const char* member : {"events", "logs", "actions"}) {
    CHECK(json::member_text(replay.body, member) == json::member_text(sent, member));
  }
  stage.ask(
      {"closed", "POST", stage.at(std::string("/api/sessions/") + kClosed), "{}", 200,
       is_like(
           R"({"session":{"endedAt":"2026-11-20T15:12:10.515Z","isOpen":false,)"
           R"("duration":2615000000,"segments":1,"recordingBytes":"<int>"},)"
           R"("segments":[{"segmentIndex":0,"startedAt":"2026-11-20T15:12:07.925Z",)"
           R"("endedAt":"2026-11-20T15:12:08.391Z","recordedAt":"<time>","fileBytes":"<int>"}]})")});
}

TEST_CASE("sessions api: repeats, a restart and a lost file") {
  Sessions stage;
  for (int i = 0; i < 3; ++i) stage.post_fixture("tracewayapp-frontend-unload/005-report");
  const std::string replay = stage.at(std::string("/api/sessions/") + kClosed + "/recording");
  const std::string before = run_scenario(stage.client, {"replay", "GET", replay}).body;
  CHECK(json::items_of(json::member_text(before, "events"), 100).size() == 13);
  CHECK(stage.server.stop() == 0);
  REQUIRE(stage.server.start());
  stage.client = stage.server.client();
  stage.client.set_bearer(stage.account.jwt);
  CHECK(run_scenario(stage.client, {"replay again", "GET", replay}).body == before);
  std::filesystem::remove_all(stage.server.data_dir() / "blobs" / "recordings");
  CHECK(run_scenario(stage.client, {"lost", "GET", replay}).body == R"({"events":[]})");
}

TEST_CASE("sessions api: lists are filtered, searched, ordered and paged") {
  Sessions stage;
  stage.report_three();
  CHECK(stage.list() == "03 02 01");
  CHECK(stage.list(R"(,"sortDirection":"asc")") == "01 02 03");
  CHECK(stage.list(R"(,"toDate":"2026-03-02T08:20:00Z")") == "02 01");
  CHECK(stage.list(R"(,"search":"/CHECK")") == "02");
  CHECK(stage.list(R"(,"search":"127.0.0")") == "03 02 01");
  CHECK(stage.list(R"(,"search":"%")").empty());
  CHECK(stage.list(R"(,"hasRecording":true)") == "01");
  CHECK(stage.list(R"(,"hasRecording":false)") == "03 02");
  CHECK(stage.list(R"(,"hasException":true)") == "02");
  CHECK(stage.list(R"(,"hasException":false,"hasRecording":false)") == "03");
  CHECK(stage.list(R"(,"filters":[{"key":"version","value":"1.4"}])") == "02 01");
  CHECK(stage.list(R"(,"filters":[{"key":"server","value":"web"},{"key":"plan","value":"pro"}])") ==
        "02");
  CHECK(stage.list(R"(,"filters":[{"key":"ip","value":"10.0.0.1"}])").empty());
  CHECK(
      stage.list(R"(,"filters":[{"key":"version","value":"1.4"},{"key":"version","value":"1.5"}])")
          .empty());
  const json::Value second = stage.ask(
      {"second page", "POST", stage.at("/api/sessions"),
       R"({"orderBy":"duration","pagination":{"page":2,"pageSize":1}})", 200,
       is_like(
           R"({"data":["<any>"],"pagination":{"page":2,"pageSize":1,"total":3,"totalPages":3}})")});
  stage.ask({"past the end", "POST", stage.at("/api/sessions"),
             R"({"pagination":{"page":9,"pageSize":20}})", 200,
             is_like(R"({"data":[],"pagination":{"page":9,"total":3,"totalPages":1}})")});
}

TEST_CASE("sessions api: a long session is replayed in answers of a bounded size") {
  Sessions stage;
  const std::string id = kSession;
  std::string segments;
  for (int i = 0; i < 4; ++i) {
    if (i > 0) segments += ',';
    segments += R"({"sessionId":")" + id + R"(","segmentIndex":)" + std::to_string(i) +
                R"(,"events":[{"n":)" + std::to_string(i) + R"(,"t":")" +
                std::string(9U << 20U, 'a') + R"("}]})";
  }
  stage.post(gzip(R"({"sessions":[{"id":")" + id + R"(","startedAt":"2026-03-02T08:10:00Z"}],)" +
                  R"("sessionRecordings":[)" + segments + "]}"),
             "gzip");
  const std::string replay = "/api/sessions/" + id + "/recording";
  const RawAnswer first = run_scenario(stage.client, {"first", "GET", stage.at(replay)});
  CHECK(json::items_of(json::member_text(first.body, "events"), 9).size() == 2);
  CHECK(json::member_text(first.body, "nextSegment") == "2");
  const RawAnswer rest = run_scenario(stage.client, {"rest", "GET", stage.at(replay) + "&from=2"});
  CHECK(json::items_of(json::member_text(rest.body, "events"), 9).size() == 2);
  CHECK(json::member_text(rest.body, "nextSegment").empty());
  CHECK(stage.server.peak_memory_bytes() < 600U << 20U);
}

TEST_CASE("sessions api: texts and roles") {
  Sessions stage;
  stage.post_fixture("tracewayapp-frontend-unload/005-report");
  const std::string nobody = std::string("/api/sessions/") + kNobody;
  const std::string clip = "/api/exception-stack-traces/by-id/";
  run_scenarios(
      stage.client,
      {
          {"no page", "POST", stage.at("/api/sessions"), "{}", 400,
           is_error("Invalid request body")},
          {"no JSON", "POST", stage.at("/api/sessions"), "x", 400,
           is_error("Invalid request body")},
          {"a flag of a wrong type", "POST", stage.at("/api/sessions"),
           R"({"hasRecording":"yes","pagination":{"page":1,"pageSize":20}})", 400,
           is_error("Invalid request body")},
          {"a filter without a key", "POST", stage.at("/api/sessions"),
           R"({"filters":[{"value":"x"}],"pagination":{"page":1,"pageSize":20}})", 422,
           is_error("A filter needs a key")},
          {"no id", "POST", stage.at("/api/sessions/7"), "{}", 400, is_error("invalid session id")},
          {"no such session", "POST", stage.at(nobody), "{}", 404, is_error("Session not found")},
          {"its recording",
           "GET",
           stage.at(nobody + "/recording"),
           {},
           404,
           is_error("Session not found")},
          {"from nowhere",
           "GET",
           stage.at(std::string("/api/sessions/") + kClosed + "/recording") + "&from=x",
           {},
           400,
           is_error("from is no segment index")},
          {"no exception id",
           "GET",
           stage.at(clip + "7/recording"),
           {},
           400,
           is_error("invalid exception id")},
          {"no recording",
           "GET",
           stage.at(clip + kNobody + "/recording"),
           {},
           404,
           is_error("Recording not found")},
          {"no project", "POST", "/api/sessions", "{}", 400, is_empty()},
      });
  check_roles(stage,
              {{.method = "POST", .target = stage.at("/api/sessions"), .body = kFirstPage},
               {.method = "POST",
                .target = stage.at(std::string("/api/sessions/") + kClosed),
                .body = "{}"},
               {.method = "GET",
                .target = stage.at(std::string("/api/sessions/") + kClosed + "/recording")}});
}

}  // namespace traceway::test
