// The overview against the real server: figures of two ranges, sentences from data that provokes
// each kind and none from quiet data, and what has arrived at all.
#include "support/scenario.h"
#include "support/seed.h"
#include "support/stage.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace traceway::test {

namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kMinute = 60'000 * kMs;
constexpr std::uint64_t kHour = 60 * kMinute;
constexpr std::uint64_t kDay = 24 * kHour;

/// Builds spans of one test from one stream of randomness.
class Maker {
 public:
  explicit Maker(std::uint64_t salt) : random_(random_generator(salt)) {}

  /// `count` equal requests, one a minute, the last one `ago` before now.
  void requests(const std::string& route, std::uint64_t ago, int count, std::uint64_t ms,
                std::int64_t status = 200) {
    for (int i = 0; i < count; ++i) {
      OtlpSpan span = request_span(random_);
      span.start_ns = now_ - ago - static_cast<std::uint64_t>(i) * kMinute;
      span.end_ns = span.start_ns + ms * kMs;
      span.attributes[1].second = route;
      span.attributes[3].second = status;
      spans_.push_back(std::move(span));
    }
  }

  /// Requests that raise an exception each and answer 200 all the same.
  void failing(const std::string& route, std::uint64_t ago, int count, const std::string& type,
               const std::string& message) {
    const std::size_t first = spans_.size();
    requests(route, ago, count, 10);
    for (std::size_t i = first; i < spans_.size(); ++i) {
      spans_[i].events.push_back(
          {spans_[i].start_ns,
           "exception",
           {{"exception.type", type},
            {"exception.message", message},
            {"exception.stacktrace",
             type + ": " + message + "\n    at charge (/app/src/" + type + ".js:10:5)"}}});
    }
  }

  void runs(const std::string& name, std::uint64_t ago, int count, bool fail) {
    for (int i = 0; i < count; ++i) {
      OtlpSpan span;
      span.trace_id = random_bytes(random_, 16);
      span.span_id = random_bytes(random_, 8);
      span.name = name;
      span.kind = OtlpKind::kConsumer;
      span.start_ns = now_ - ago - static_cast<std::uint64_t>(i) * kMinute;
      span.end_ns = span.start_ns + 20 * kMs;
      if (fail) {
        span.events.push_back({span.end_ns,
                               "exception",
                               {{"exception.type", std::string("TimeoutError")},
                                {"exception.message", std::string("mail server is silent")}}});
      }
      spans_.push_back(std::move(span));
    }
  }

  std::vector<OtlpSpan> take() { return std::exchange(spans_, {}); }

 private:
  std::uint64_t now_ = unix_now_ns();
  std::mt19937_64 random_;
  std::vector<OtlpSpan> spans_;
};

json::Value overview_of(Stage& stage, const std::string& query = "") {
  const std::string target = stage.at("/api/dashboard/overview") + query;
  return json_of(run_scenario(stage.client, {"overview", "GET", target, {}, 200}));
}

/// "kind: title" of every sentence but those about issues, thin spaces as plain ones.
std::vector<std::string> sentences(const json::Value& overview) {
  std::vector<std::string> out;
  for (const json::Value& one : overview.at("attention").items()) {
    if (one.at("entity").at("type").as_string() == "issue") continue;
    std::string text =
        one.at("kind").as_string().value_or("") + ": " + one.at("title").as_string().value_or("");
    const std::string thin = "\u2009";
    for (std::size_t at = text.find(thin); at != std::string::npos; at = text.find(thin))
      text.replace(at, thin.size(), " ");
    out.push_back(std::move(text));
  }
  return out;
}

std::string time_ago(std::uint64_t ago) {
  return to_rfc3339(static_cast<std::int64_t>(unix_now_ns() - ago));
}

using Sentences = std::vector<std::string>;

}  // namespace

TEST_CASE("overview api: a fresh project has no data and no figures") {
  Stage stage;
  run_scenarios(
      stage.client,
      {{"overview",
        "GET",
        stage.at("/api/dashboard/overview"),
        {},
        200,
        is_like(
            R"({"hasData":false,"recentIssues":[],"worstEndpoints":[],"attention":[],"tiles":{"requests":{"current":0,"previous":0,"trend":"<array>"},"errorRate":{"current":null,"previous":null},"p95Ms":{"current":null},"apdex":{"current":null},"taskFailureRate":{"current":null}},"traffic":{"bucketMinutes":15,"points":[]},"releases":[],"lastEventAt":null})")},
       {"status",
        "GET",
        stage.at("/api/connection/status"),
        {},
        200,
        is_text(
            R"({"kinds":[{"kind":"request","firstAt":null,"lastAt":null,"count":0},{"kind":"error","firstAt":null,"lastAt":null,"count":0},{"kind":"task","firstAt":null,"lastAt":null,"count":0},{"kind":"span","firstAt":null,"lastAt":null,"count":0},{"kind":"metric","firstAt":null,"lastAt":null,"count":0},{"kind":"log","firstAt":null,"lastAt":null,"count":0},{"kind":"session","firstAt":null,"lastAt":null,"count":0}],"rejections":[]})")},
       {"stats", "POST", stage.at("/api/stats"), "{}", 200,
        is_text(
            R"({"requests":{"current":0,"previous":0,"percentChange":0},"exceptions":{"current":0,"previous":0,"percentChange":0},"memoryUsage":{"current":0,"previous":0,"percentChange":0},"cpuUsage":{"current":0,"previous":0,"percentChange":0}})")}});
}

TEST_CASE("overview api: quiet data has figures of both ranges and nothing to say") {
  Stage stage;
  Maker maker(41);
  maker.requests("/users", kDay + kHour, 40, 300);
  maker.requests("/users", kDay + kHour, 2, 300, 500);
  maker.runs("cron", kDay + kHour, 4, false);
  stage.report(maker.take(), "1.4.0");
  maker.requests("/users", 2 * kMinute, 50, 320);
  maker.requests("/users", 2 * kMinute, 2, 320, 500);
  maker.requests("/users", 2 * kMinute, 1, 900, 404);
  maker.runs("cron", 2 * kMinute, 4, false);
  stage.report(maker.take(), "1.4.0");
  const json::Value answer = overview_of(stage);
  CHECK(sentences(answer) == Sentences{});
  CHECK(answer.at("hasData").as_bool() == true);
  CHECK(answer.at("releases").dump() == "[]");
  const json::Value tiles = answer.at("tiles");
  CHECK(tiles.at("requests").at("current").as_double() == 53);
  CHECK(tiles.at("requests").at("previous").as_double() == 42);
  CHECK(tiles.at("errorRate").at("current").as_double() == doctest::Approx(100 * 2.0 / 53));
  CHECK(tiles.at("errorRate").at("previous").as_double() == doctest::Approx(100 * 2.0 / 42));
  CHECK(tiles.at("p95Ms").at("current").as_double() == doctest::Approx(320));
  CHECK(tiles.at("p95Ms").at("previous").as_double() == 300);
  CHECK(tiles.at("apdex").at("current").as_double() == doctest::Approx(50.5 / 53));
  CHECK(tiles.at("taskFailureRate").at("current").as_double() == 0);
  double trend_sum = 0;
  int empty = 0;
  const auto request_trend = tiles.at("requests").at("trend").items();
  for (const json::Value& point : request_trend) trend_sum += point.as_double().value_or(-1000);
  for (const json::Value& point : tiles.at("p95Ms").at("trend").items()) empty += point.is_null();
  CHECK(trend_sum == 53);
  CHECK(request_trend.size() >= 96);
  CHECK(request_trend.size() <= 97);
  CHECK(empty > 80);
  double ok = 0;
  double client_errors = 0;
  double server_errors = 0;
  for (const json::Value& point : answer.at("traffic").at("points").items()) {
    ok += point.at("ok").as_double().value_or(0);
    client_errors += point.at("clientErrors").as_double().value_or(0);
    server_errors += point.at("serverErrors").as_double().value_or(0);
  }
  CHECK(ok == 50);
  CHECK(client_errors == 1);
  CHECK(server_errors == 2);
  const auto worst = answer.at("worstEndpoints").items();
  REQUIRE(worst.size() == 1);
  CHECK(worst[0].at("endpoint").as_string() == "GET /users");
  CHECK(worst[0].at("count").as_int() == 53);
  CHECK(worst[0].at("impactReason").as_string() == "Endpoint is healthy");
  run_scenario(
      stage.client,
      {"stats", "POST", stage.at("/api/stats"), "{}", 200,
       is_like(
           R"({"requests":{"current":53,"previous":42,"percentChange":"<number>"},"exceptions":{"current":0,"previous":0,"percentChange":0}})")});
}

TEST_CASE(
    "overview api: an endpoint that became slower is named, with the deploy that came along") {
  Stage stage;
  Maker maker(42);
  maker.requests("/users", kDay + kHour, 40, 310);
  maker.requests("/steady", kDay + kHour, 40, 310);
  stage.report(maker.take(), "1.4.0");
  maker.requests("/steady", 2 * kMinute, 40, 310);
  maker.requests("/users", 3 * kHour, 30, 310);
  stage.report(maker.take(), "1.4.0");
  maker.requests("/users", 2 * kMinute, 40, 2450);
  stage.report(maker.take(), "1.4.1");
  const json::Value answer = overview_of(stage);
  REQUIRE(sentences(answer) == Sentences{"slower_endpoint: GET /users p95 2.45 s, was 310 ms"});
  const json::Value said = std::move(answer.at("attention").items().front());
  CHECK(said.at("severity").as_string() == "warn");
  CHECK(said.at("detail").as_string() == "70 calls, since deploy 1.4.1");
  CHECK(said.at("entity").dump() == R"({"id":"GET /users","type":"endpoint"})");
  const std::string since = said.at("since").as_string().value_or("");
  CHECK(since > time_ago(kHour));
  CHECK(since < time_ago(30 * kMinute));
  const auto releases = answer.at("releases").items();
  REQUIRE(releases.size() == 1);
  CHECK(releases[0].at("version").as_string() == "1.4.1");
  CHECK(releases[0].at("firstSeen").as_string() < time_ago(30 * kMinute));
}

TEST_CASE("overview api: an endpoint that began to fail is named once") {
  Stage stage;
  Maker maker(43);
  maker.requests("/checkout", kDay + kHour, 60, 100);
  maker.requests("/checkout", 2 * kMinute, 60, 100);
  maker.requests("/checkout", 2 * kMinute, 20, 9000, 503);
  stage.report(maker.take());
  const json::Value answer = overview_of(stage);
  REQUIRE(sentences(answer) == Sentences{"error_rate: GET /checkout error rate 25.0 %, was 0.0 %"});
  const json::Value said = std::move(answer.at("attention").items().front());
  CHECK(said.at("severity").as_string() == "danger");
  CHECK(said.at("detail").as_string() == "20 of 80 calls failed");
  CHECK(said.at("entity").at("type").as_string() == "endpoint");
}

TEST_CASE("overview api: tasks that fail more often than before are named") {
  Stage stage;
  Maker maker(44);
  maker.runs("mail send", kDay + kHour, 10, false);
  maker.runs("sync", kDay + kHour, 4, true);
  maker.runs("mail send", 2 * kMinute, 8, false);
  maker.runs("mail send", 30 * kMinute, 2, true);
  maker.runs("sync", 2 * kMinute, 4, true);
  stage.report(maker.take());
  const json::Value answer = overview_of(stage);
  REQUIRE(sentences(answer) == Sentences{"task_failures: mail send failed 2 of 10 runs"});
  for (const json::Value& said : answer.at("attention").items()) {
    if (said.at("kind").as_string() != "task_failures") continue;
    CHECK(said.at("severity").as_string() == "warn");
    CHECK(said.at("detail").as_string() == "before 0 of 10");
    CHECK(said.at("entity").dump() == R"({"id":"mail send","type":"task"})");
    CHECK(said.at("since").as_string() < time_ago(30 * kMinute));
    CHECK(said.at("since").as_string() > time_ago(32 * kMinute));
  }
  const json::Value tile = answer.at("tiles").at("taskFailureRate");
  CHECK(tile.at("current").as_double() == doctest::Approx(100 * 6.0 / 14));
  CHECK(tile.at("previous").as_double() == doctest::Approx(100 * 4.0 / 14));
}

TEST_CASE("overview api: new and returned issues are named, known and archived ones are not") {
  Stage stage;
  Maker maker(48);
  const auto error = [&](const std::string& type, std::uint64_t ago, int count) {
    maker.failing("/users", ago, count, type, "it broke");
    stage.report(maker.take());
  };
  error("KnownError", kDay + kHour, 1);
  error("KnownError", 10 * kMinute, 1);
  error("NewError", 3 * kHour, 3);
  error("GoneError", kDay + kHour, 1);
  error("GoneError", kHour, 1);
  error("BackError", kDay + kHour, 1);
  const auto hash_of = [&](const std::string& type) {
    const std::string body =
        R"({"fromDate":"2020-01-01T00:00:00Z","pagination":{"page":1,"pageSize":20},"search":")" +
        type + "\"}";
    const auto list = run_scenario(
        stage.client, {type, "POST", stage.at("/api/exception-stack-traces"), body, 200});
    return json_of(list).at("data").items().at(0).at("exceptionHash").as_string().value_or("");
  };
  const std::string back = hash_of("BackError");
  run_scenario(stage.client,
               {"archive", "POST", stage.at("/api/exception-stack-traces/archive"),
                R"({"hashes":[")" + hash_of("GoneError") + R"(",")" + back + R"("]})", 200});
  Maker later(49);  // after the archiving
  later.failing("/users", 0, 1, "BackError", "it broke");
  stage.report(later.take());
  const json::Value answer = overview_of(stage);
  const auto said = answer.at("attention").items();
  REQUIRE(said.size() == 2);
  CHECK(said[0].at("kind").as_string() == "regressed_issue");
  CHECK(said[0].at("severity").as_string() == "danger");
  CHECK(said[0].at("title").as_string() == "BackError: it broke");
  CHECK(said[0].at("entity").at("type").as_string() == "issue");
  CHECK(said[0].at("entity").at("id").as_string() == back);
  CHECK(said[1].at("kind").as_string() == "new_issue");
  CHECK(said[1].at("title").as_string() == "NewError: it broke");
  CHECK(said[1].at("detail").as_string() == "3 events");
  CHECK(said[1].at("since").as_string() < time_ago(3 * kHour + kMinute));
  const auto is_three = is_like(
      R"({"recentIssues":[{"type":"BackError","state":"regressed","count":1,"archivedAt":"<time>"},{"type":"KnownError","message":"it broke","state":"open","count":1,"firstSeen":"<time>","lastSeen":"<time>","stackTrace":"<text>","culprit":{"function":"charge","file":"/app/src/KnownError.js","line":10,"inApp":true},"isMessage":false},{"type":"NewError","state":"new","count":3,"trend":"<array>"}]})");
  run_scenario(stage.client, {"the last seen first, without the archived one",
                              "GET",
                              stage.at("/api/dashboard/overview"),
                              {},
                              200,
                              is_three});
  std::int64_t course = 0;
  const auto issues = answer.at("recentIssues").items();
  for (const json::Value& point : issues[2].at("trend").items())
    course += point.at("count").as_int().value_or(0);
  CHECK(course == 3);
  CHECK(issues[2].at("hourlyTrend").is_null());
  CHECK(overview_of(stage, "&fromDate=" + time_ago(2 * kHour)).at("recentIssues").items().size() ==
        2);
}

TEST_CASE("overview api: a project that went silent is named while the range ends now") {
  Stage stage;
  Maker maker(45);
  maker.requests("/users", 2 * kHour, 90, 10);
  stage.report(maker.take());
  const json::Value answer = overview_of(stage);
  REQUIRE(sentences(answer) == Sentences{"silent: No data for 2 h 00 m"});
  const json::Value said = std::move(answer.at("attention").items().front());
  CHECK(said.at("severity").as_string() == "danger");
  CHECK(said.at("entity").at("id").as_string() == stage.account.project_id);
  CHECK(said.at("since").as_string() == answer.at("lastEventAt").as_string());
  CHECK(sentences(overview_of(stage, "&toDate=" + time_ago(kHour))) == Sentences{});
}

TEST_CASE("overview api: the range is the one asked for, else the last day") {
  Stage stage;
  Maker maker(46);
  maker.requests("/users", 2 * kMinute, 10, 10);
  maker.requests("/users", 3 * kHour, 5, 10);
  stage.report(maker.take());
  const auto requests = [&](const std::string& query, const char* which) {
    return overview_of(stage, query).at("tiles").at("requests").at(which).as_double();
  };
  const std::string two_hours = "&fromDate=" + time_ago(2 * kHour);
  CHECK(requests("", "current") == 15);
  CHECK(requests("&fromDate=nonsense&toDate=", "current") == 15);
  CHECK(requests(two_hours, "current") == 10);
  CHECK(requests(two_hours, "previous") == 5);
  CHECK(requests(two_hours + "&toDate=" + time_ago(kHour), "current") == 0);
  const json::Value backwards =
      overview_of(stage, "&fromDate=" + time_ago(kHour) + "&toDate=" + time_ago(2 * kHour));
  CHECK(backwards.at("tiles").at("requests").dump() == R"({"current":0,"previous":0,"trend":[]})");
  CHECK(overview_of(stage, two_hours + "&toDate=" + time_ago(kHour))
            .at("traffic")
            .at("bucketMinutes")
            .as_int() == 1);
  const json::Value ever = overview_of(stage, "&fromDate=1970-01-01T00:00:00Z");
  CHECK(ever.at("tiles").at("requests").at("trend").items().size() <= 502);
}

TEST_CASE("connection api: each kind has its first and last time, refusals have their reason") {
  Stage stage;
  Maker maker(47);
  maker.requests("/users", kHour, 3, 10);
  maker.runs("mail send", 2 * kMinute, 2, true);
  const auto spans = maker.take();
  stage.report(spans);
  const std::string path = "/api/otel/v1/traces";
  OtlpExport mixed;
  mixed.spans = {spans[0], spans[0]};
  mixed.spans[1].trace_id = "x";
  run_scenarios(
      stage.client,
      {{"not JSON", "POST", path, "nonsense", 400, {}, stage.ingest("application/json")},
       {"unknown media type", "POST", path, "x", 415, {}, stage.ingest("text/plain")},
       {"partly", "POST", path, to_json(mixed), 200, {}, stage.ingest("application/json")},
       {"a report in part",
        "POST",
        "/api/report",
        R"({"collectionFrames":[{"traces":[1]}]})",
        200,
        {},
        stage.ingest("application/json")},
       {"somebody else",
        "POST",
        path,
        "nonsense",
        401,
        {},
        {{"Authorization", "Bearer nobody"}, {"Content-Type", "application/json"}}}});
  RawClient raw(stage.server.address());
  REQUIRE(raw.send("POST " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
                   stage.account.project_token +
                   "\r\nContent-Type: application/json\r\nContent-Length: 11534336\r\n\r\n"));
  CHECK(raw.read_answer().status == 413);
  const json::Value answer = json_of(run_scenario(
      stage.client,
      {"status",
       "GET",
       stage.at("/api/connection/status"),
       {},
       200,
       is_like(
           R"({"kinds":[{"kind":"request","count":4},{"kind":"error","firstAt":"<time>","lastAt":"<time>","count":2},{"kind":"task","count":2},{"kind":"span","count":6},{"kind":"metric","firstAt":null,"count":0},{"kind":"log","count":0},{"kind":"session","count":0}],
            "rejections":[{"at":"<time>","status":413,"route":"/api/otel/v1/traces","reason":"Request body too large"},{"status":200,"route":"/api/report","reason":"<text>"},{"status":200,"route":"/api/otel/v1/traces","reason":"<text>"},{"status":415,"reason":"<text>"},{"status":400,"route":"/api/otel/v1/traces","reason":"<text>"}]})")}));
  const auto kinds = answer.at("kinds").items();
  CHECK(kinds[0].at("firstAt").as_string() < time_ago(kHour + 2 * kMinute));
  CHECK(kinds[0].at("lastAt").as_string() > time_ago(kHour + kMinute));
  CHECK(kinds[3].at("lastAt").as_string() == kinds[2].at("lastAt").as_string());
}

TEST_CASE("overview api: every member of the organization reads, a stranger does not") {
  Stage stage;
  check_roles(stage, {{"POST", stage.at("/api/stats"), {}, "{}"},
                      {"GET", stage.at("/api/dashboard/overview")},
                      {"GET", stage.at("/api/connection/status")}});
}

}  // namespace traceway::test
