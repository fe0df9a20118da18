// Sessions and recordings of a report, from its bytes to rows and files.
#include "ingest/report_test_support.h"
#include "ingest/route_test_support.h"

#include <filesystem>
#include <fstream>

namespace traceway::ingest {

namespace {

using namespace test;

constexpr std::string_view kSession = "54c20aa7-6065-4dbe-8fdc-e97306c4aba2";
constexpr std::size_t kMuch = 64U << 20U;

DecodeContext from_peer() {
  DecodeContext with = context();
  with.client_ip = "198.51.100.7";
  return with;
}

/// A session with its id, its start, and the members added.
std::string session_with(std::string_view members) {
  std::string out = "{'id':'" + std::string(kSession) + "','startedAt':'2026-11-20T08:15:30Z'";
  if (!members.empty()) out += ',' + std::string(members);
  return out + '}';
}

struct SessionStage : Stage {
  http::Response post(std::string_view json) { return Stage::post("/api/report", unquoted(json)); }

  http::Response post_frame(std::string_view members) {
    return post("{'collectionFrames':[{" + std::string(members) + "}]}");
  }

  [[nodiscard]] Rows ask(std::string_view query, Params params) const {
    params.emplace_back("project_id", to_value(http::test::kProject));
    auto rows = telemetry->run(query, params);
    REQUIRE(rows);
    return std::move(*rows);
  }

  [[nodiscard]] std::string contents(const std::string& path) const {
    const auto text = blobs->get(path, kMuch);
    REQUIRE(text);
    return text->value_or("absent");
  }

  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> out;
    blobs->each("recordings", [&](BlobInfo&& info) { out.push_back(std::move(info.key)); });
    return out;
  }

  /// The recording of the exception with that hash-making text.
  [[nodiscard]] Rows recording_of(const Uuid& exception) const {
    return ask("recordings.of_exception", {{"exception_id", to_value(exception)}});
  }

  [[nodiscard]] Uuid exception_of(std::string_view key) const {
    const Rows rows = ask("recordings.exception_of_key", {{"session_recording_id", to_value(key)}});
    return rows.empty() ? Uuid{} : rows.front().uuid("id");
  }
};

std::string project_folder() {
  return "recordings/" + to_string(http::test::kProject) + "/";
}

}  // namespace

TEST_CASE("report sessions: a row with what was sent, and the address that nobody can forge") {
  const Report report =
      frame_of("'sessions':[" +
                   session_with("'endedAt':'2026-11-20T08:16:00Z','distributedTraceId':'" +
                                std::string(kRunId) +
                                "','attributes':{'url':'/cart','client.ip':'10.0.0.1'}") +
                   "," + session_with("") + "]",
               from_peer());
  REQUIRE(report.batch.sessions.size() == 2);
  const Session& closed = report.batch.sessions[0];
  CHECK(to_string(closed.id) == kSession);
  CHECK(closed.started_ns == 1'795'162'530'000'000'000);
  CHECK(closed.ended_ns == 1'795'162'560'000'000'000);
  CHECK(to_string(closed.trace) == kRunId);
  CHECK(closed.client_ip == "198.51.100.7");
  CHECK(closed.has_attributes);
  CHECK(map_of(report.batch, closed.attributes) == R"({"url":"/cart","client.ip":"198.51.100.7"})");
  const Session& open = report.batch.sessions[1];
  CHECK_FALSE(open.ended_ns);
  CHECK_FALSE(open.has_attributes);
  CHECK(map_of(report.batch, open.attributes) == R"({"client.ip":"198.51.100.7"})");
  REQUIRE(report.batch.parts.size() == 1);
  CHECK(report.batch.parts.front().sessions == 2);
}

TEST_CASE("report sessions: an element without an id is skipped and counted") {
  for (const std::string_view id : {"''", "'7'", "7", "'00000000-0000-0000-0000-000000000000'"}) {
    CAPTURE(id);
    const Report report = frame_of("'sessions':[{'id':" + std::string(id) + "}]");
    CHECK(report.batch.sessions.empty());
    CHECK(report.rejected == 1);
    CHECK(report.errors.front() == "collectionFrames[0].sessions[0]: id is no UUID");
  }
}

TEST_CASE("report recordings: contents are the bytes of the body") {
  const std::string events = R"([ {"type":2, "data":{"n":1.50,"s":"\u00e9\ud83d\ude00]\"" } } ])";
  auto report = decode_report(
      bytes_of(
          R"({"collectionFrames":[{"sessionRecordings":[{"sessionId":")" + std::string(kSession) +
          R"(","segmentIndex":3,"events":)" + events +
          R"(,"logs":[{"level":"error"}],"actions":null,"endedAt":"2026-11-20T08:16:00Z"}]}]})"),
      context());
  REQUIRE(report);
  REQUIRE(report->batch.recordings.size() == 1);
  const Recording& row = report->batch.recordings.front();
  CHECK(row.events == events);
  CHECK(row.logs == R"([{"level":"error"}])");
  CHECK(row.actions == "null");
  CHECK(row.segment_index == 3);
  CHECK(row.ended_ns == 1'795'162'560'000'000'000);
  CHECK_FALSE(row.started_ns);
}

TEST_CASE("report recordings: what holds nothing or belongs to nothing leaves without a word") {
  const std::string session = "'sessionId':'" + std::string(kSession) + "'";
  for (const std::string& members :
       {std::string("'events':[1]"), std::string("'sessionId':'7','events':[1]"), session,
        session + ",'events':[],'logs':{},'actions':null", session + ",'events':null"}) {
    CAPTURE(members);
    const Report report = frame_of("'sessionRecordings':[{" + members + "}]");
    CHECK(report.batch.recordings.empty());
    CHECK(report.rejected == 0);
  }
  CHECK(frame_of("'sessionRecordings':[{" + session + ",'logs':[1]}]").batch.recordings.size() ==
        1);
}

TEST_CASE(
    "report recordings: an exception of this request is found by its name, in whatever frame") {
  const Report report = report_of("{'collectionFrames':[{'stackTraces':[" +
                                  exception_with("'sessionRecordingId':'r1'") + "," +
                                  exception_with("'isMessage':true,'sessionRecordingId':'r2'") +
                                  "]},{'sessionRecordings':[{'exceptionId':'r2','events':[1]},{'"
                                  "exceptionId':'r9','events':[1]}]}]}");
  REQUIRE(report.batch.recordings.size() == 2);
  CHECK(report.batch.recordings[0].exception == report.batch.exceptions[1].id);
  CHECK(report.batch.recordings[1].exception.is_zero());
  CHECK(report.batch.recordings[1].exception_key == "r9");
  REQUIRE(report.batch.parts.size() == 2);
  CHECK(report.batch.parts[0].exceptions == 2);
  CHECK(report.batch.parts[1].recordings == 2);
}

TEST_CASE("report route: a session is opened, refreshed and closed as one row") {
  SessionStage stage;
  const auto row = [&] {
    const Rows id = stage.ask("sessions.row_of", {{"id", to_value(*parse_uuid(kSession))}});
    REQUIRE(id.size() == 1);
    const std::string ids = "[" + std::to_string(id.front().integer("row_id")) + "]";
    return stage.ask("sessions.rows", {{"rows", ids}}).front();
  };
  CHECK(stage
            .post("{'appVersion':'1.0','collectionFrames':[{'sessions':[" +
                  session_with("'attributes':{'a':'1'}") + "]}]}")
            .body == "{}");
  CHECK(row().is_null("ended_at"));
  CHECK(stage
            .post("{'collectionFrames':[{'sessions':[{'id':'" + std::string(kSession) +
                  "','startedAt':'2026-11-21T00:00:00Z','attributes':{'a':'2'}}]}]}")
            .body == "{}");
  CHECK(row().text("attributes") == R"({"a":"2","client.ip":""})");
  CHECK(row().text("app_version") == "1.0");
  CHECK(stage.post_frame("'sessions':[" + session_with("'endedAt':'2026-11-20T08:15:31Z'") + "]")
            .body == "{}");
  CHECK(row().integer("started_at") == 1'795'162'530'000'000'000);
  CHECK(row().integer("ended_at") == 1'795'162'531'000'000'000);
  CHECK(row().text("attributes") == R"({"a":"2","client.ip":""})");
}

TEST_CASE("report route: a recording becomes a file, and a repeated frame stores it once") {
  SessionStage stage;
  const std::string members = "'stackTraces':[" + exception_with("'sessionRecordingId':'r1'") +
                              "],'sessionRecordings':[{'exceptionId':'r1','events':[{'type':2}],"
                              "'logs':[],'startedAt':'2026-11-20T08:15:20Z'}]";
  for (int i = 0; i < 3; ++i) CHECK(stage.post_frame(members).body == "{}");
  CHECK(stage.post_frame("'sessions':[]," + members).body == "{}");  // grown: another digest
  const Uuid exception = stage.exception_of("r1");
  REQUIRE_FALSE(exception.is_zero());
  const Rows rows = stage.recording_of(exception);
  REQUIRE(rows.size() == 1);
  const std::string path = project_folder() + to_string(exception) + ".json";
  CHECK(rows.front().text("file_path") == path);
  CHECK(rows.front().integer("started_at") == 1'795'162'520'000'000'000);
  CHECK(stage.files() == std::vector<std::string>{path});
  CHECK(
      stage.contents(path) ==
      R"({"exceptionId":"r1","events":[{"type":2}],"logs":[],"startedAt":"2026-11-20T08:15:20Z"})");
  const pipeline::Diagnostics diagnostics = stage.writer->diagnostics();
  CHECK(diagnostics.repeated_jobs_total == 2);
  CHECK(diagnostics.committed_records_total == 8);  // repeats are acknowledged, so they count
}

TEST_CASE("report route: a recording that comes later finds its exception, or leaves") {
  SessionStage stage;
  CHECK(stage.post_frame("'stackTraces':[" + exception_with("'sessionRecordingId':'r1'") + "]")
            .body == "{}");
  CHECK(stage
            .post_frame("'sessionRecordings':[{'exceptionId':'r1','events':[1]},"
                        "{'exceptionId':'r7','events':[1]}]")
            .body == "{}");
  CHECK(stage.recording_of(stage.exception_of("r1")).size() == 1);
  CHECK(stage.files().size() == 1);
}

TEST_CASE("report route: a deep page is stored byte for byte") {
  SessionStage stage;
  constexpr std::size_t kDepth = 9'000;
  std::string events = "[";
  for (std::size_t i = 0; i < kDepth / 2; ++i) events += R"({"childNodes": [)";
  for (std::size_t i = 0; i < kDepth / 2; ++i) events += "] }";
  events += "]";
  CHECK(stage
            .Stage::post("/api/report", R"({"sessionRecordings":[{"sessionId":")" +
                                            std::string(kSession) + R"(","events":)" + events +
                                            "}]}")
            .body == "{}");
  CHECK(stage.contents(project_folder() + "sessions/" + std::string(kSession) + "/0.json") ==
        R"({"sessionId":")" + std::string(kSession) + R"(","segmentIndex":0,"events":)" + events +
            "}");
}

TEST_CASE("report route: a disk that refuses a recording costs the recording alone") {
  SessionStage stage;
  std::filesystem::remove_all(stage.directory.file("blobs"));
  std::ofstream(stage.directory.file("blobs")) << "no directory any more";
  const http::Response answer =
      stage.post_frame("'stackTraces':[" + exception_with("'sessionRecordingId':'r1'") +
                       "],'sessionRecordings':[{'exceptionId':'r1','events':[1]}]");
  CHECK(answer.status == 200);
  CHECK(answer.body == R"({"rejected":1,"errors":["1 recordings could not be stored"]})");
  CHECK_FALSE(stage.exception_of("r1").is_zero());
  CHECK(stage.rejections.of(http::test::kProject).size() == 1);
}

}  // namespace traceway::ingest
