// Tasks against the real server: what a worker reported as background runs, and how questions about
// them are answered.
#include "support/scenario.h"
#include "support/seed.h"
#include "support/stage.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace traceway::test {

namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kMinute = 60'000 * kMs;

struct Run {
  std::string name;
  std::uint64_t minutes_ago = 0;
  std::uint64_t ms = 0;
  bool fails = false;
};

/// A CONSUMER span, with an exception of its own when the run failed.
OtlpSpan task_span(const Run& run, std::mt19937_64& random) {
  OtlpSpan span;
  span.trace_id = random_bytes(random, 16);
  span.span_id = random_bytes(random, 8);
  span.name = run.name;
  span.kind = OtlpKind::kConsumer;
  span.start_ns = unix_now_ns() - run.minutes_ago * kMinute;
  span.end_ns = span.start_ns + run.ms * kMs;
  span.attributes = {{"messaging.system", std::string("rabbitmq")}};
  if (run.fails) {
    span.events.push_back(
        {span.end_ns,
         "exception",
         {{"exception.type", std::string("TimeoutError")},
          {"exception.message", std::string("mail server is silent")},
          {"exception.stacktrace", std::string("TimeoutError: mail server is "
                                               "silent\n    at send (/app/mail.js:7:3)")}}});
  }
  return span;
}

std::string error_of(const RawAnswer& answer) {
  return json_of(answer).at("error").as_string().value_or("");
}

/// Names in the order of the answer.
std::string names_of(const RawAnswer& answer) {
  std::string out;
  for (const json::Value& row : json_of(answer).at("data").items())
    out += row.at("taskName").as_string().value_or("?") + " ";
  return out;
}

std::string page(const std::string& members) {
  return R"({"fromDate":"2020-01-01T00:00:00Z","pagination":{"page":1,"pageSize":20},)" + members +
         "}";
}

/// Three runs of `orders process` (10, 20 and 30 ms, the last one failed), two of `mail send` (100
/// and 500 ms), one of `cron`, and a request that is no task.
void report_runs(Stage& stage) {
  auto random = random_generator(31);
  std::vector<OtlpSpan> spans;
  for (const Run& run : std::vector<Run>{{"orders process", 30, 10},
                                         {"orders process", 20, 20},
                                         {"orders process", 10, 30, true},
                                         {"mail send", 9, 100},
                                         {"mail send", 8, 500},
                                         {"cron", 7, 60}}) {
    spans.push_back(task_span(run, random));
  }
  OtlpSpan child = child_of(spans[2], "SELECT orders", random);
  spans.push_back(child);
  spans.push_back(request_span(random));
  stage.report(spans, "1.4.0");
}

}  // namespace

TEST_CASE("tasks api: runs are listed by time or duration, with their outcome") {
  Stage stage;
  report_runs(stage);
  const auto ask = [&](const std::string& members) {
    return run_scenario(stage.client,
                        {members, "POST", stage.at("/api/tasks"), page(members), 200});
  };
  const std::string newest_first =
      "cron mail send mail send orders process orders process orders process ";
  CHECK(names_of(ask(R"("orderBy":"recorded_at")")) == newest_first);
  CHECK(names_of(ask(R"("orderBy":"status_code")")) == newest_first);
  CHECK(names_of(ask(R"("orderBy":"recorded_at","sortDirection":"asc")")) ==
        "orders process orders process orders process mail send mail send cron ");
  CHECK(names_of(ask(R"("orderBy":"duration")")) ==
        "mail send mail send cron orders process orders process orders process ");
  CHECK(names_of(ask(R"("search":"MAIL")")) == "mail send mail send ");
  CHECK(names_of(ask(R"("search":"%")")).empty());
  run_scenario(
      stage.client,
      {"one page of one", "POST", stage.at("/api/tasks"),
       R"({"fromDate":"2020-01-01T00:00:00Z","orderBy":"duration","sortDirection":"asc","pagination":{"page":3,"pageSize":1}})",
       200,
       is_like(
           R"({"data":[{"id":"<uuid>","projectId":"<uuid>","taskName":"orders process","duration":30000000,"recordedAt":"<time>","clientIP":"","attributes":{"messaging.system":"rabbitmq"},"appVersion":"1.4.0","serverName":"shop","isRoot":true,"failed":true}],"pagination":{"page":3,"pageSize":1,"total":6,"totalPages":6}})")});
}

TEST_CASE("tasks api: groups have their figures and order by each column") {
  Stage stage;
  report_runs(stage);
  const auto ask = [&](const std::string& members) {
    return run_scenario(stage.client,
                        {members, "POST", stage.at("/api/tasks/grouped"), page(members), 200});
  };
  // count * (p95 - p50): 2 * 180 ms, 3 * 9 ms, 0.
  CHECK(names_of(ask(R"("orderBy":"impact")")) == "mail send orders process cron ");
  CHECK(names_of(ask(R"("orderBy":"anything")")) == "mail send orders process cron ");
  CHECK(names_of(ask(R"("sortDirection":"asc")")) == "cron orders process mail send ");
  CHECK(names_of(ask(R"("orderBy":"count")")) == "orders process mail send cron ");
  CHECK(names_of(ask(R"("orderBy":"p50_duration")")) == "mail send cron orders process ");
  CHECK(names_of(ask(R"("orderBy":"p95_duration","sortDirection":"asc")")) ==
        "orders process cron mail send ");
  CHECK(names_of(ask(R"("orderBy":"avg_duration")")) == "mail send cron orders process ");
  CHECK(names_of(ask(R"("orderBy":"last_seen")")) == "cron mail send orders process ");
  CHECK(names_of(ask(R"("orderBy":"failures")")) == "orders process cron mail send ");
  CHECK(names_of(ask(R"("search":"Process")")) == "orders process ");
  CHECK(names_of(ask(R"("rootFilter":"non_root")")).empty());
  CHECK(names_of(ask(R"("rootFilter":"root","search":"cron")")) == "cron ");
  run_scenarios(
      stage.client,
      {{"figures", "POST", stage.at("/api/tasks/grouped"), page(R"("search":"orders")"), 200,
        is_like(
            R"({"data":[{"taskName":"orders process","count":3,"p50Duration":20000000,"p95Duration":29000000,"avgDuration":20000000,"firstSeen":"<time>","lastSeen":"<time>","failures":1}],"pagination":{"total":1}})")},
       {"the second page", "POST", stage.at("/api/tasks/grouped"),
        R"({"fromDate":"2020-01-01T00:00:00Z","pagination":{"page":2,"pageSize":2}})", 200,
        is_like(
            R"({"data":[{"taskName":"cron","failures":0}],"pagination":{"total":3,"totalPages":2}})")},
       {"a range without runs", "POST", stage.at("/api/tasks/grouped"),
        R"({"fromDate":"2020-01-01T00:00:00Z","toDate":"2020-01-02T00:00:00Z","pagination":{"page":1,"pageSize":2}})",
        200, is_like(R"({"data":[],"pagination":{"total":0,"totalPages":0}})")}});
}

TEST_CASE("tasks api: one task has its runs and the figures of all of them") {
  Stage stage;
  report_runs(stage);
  const std::string one = stage.at("/api/tasks/task") + "&task=";
  run_scenarios(
      stage.client,
      {{"figures of the whole range, rows of the page", "POST",
        one + percent_encoded("orders process"),
        R"({"fromDate":"2020-01-01T00:00:00Z","pagination":{"page":1,"pageSize":2}})", 200,
        is_like(
            R"({"data":[{"taskName":"orders process","failed":true},{"failed":false}],"stats":{"count":3,"avgDuration":20,"medianDuration":20,"p95Duration":29,"p99Duration":29.8,"throughput":"<number>","failures":1},"pagination":{"total":3,"totalPages":2}})")},
       {"encoded twice", "POST", one + "orders%2520process", kFirstPage, 200,
        is_like(R"({"data":["<any>","<any>","<any>"],"stats":{"count":3}})")},
       {"a task nobody ran", "POST", one + "nothing", kFirstPage, 200,
        is_like(
            R"({"data":[],"stats":{"count":0,"avgDuration":0,"p99Duration":0,"throughput":0,"failures":0},"pagination":{"total":0}})")},
       {"without a name", "POST", stage.at("/api/tasks/task"), kFirstPage, 400,
        is_error("task is required")},
       {"with an empty name", "POST", one, kFirstPage, 400, is_error("task is required")}});
  const auto stats =
      json_of(run_scenario(stage.client, {"stats", "POST", one + "cron", kFirstPage, 200}))
          .at("stats");
  CHECK(stats.at("apdex").is_null());
  CHECK(stats.at("errorRate").is_null());
}

TEST_CASE("tasks api: the chart ranks tasks by a metric") {
  Stage stage;
  report_runs(stage);
  const auto chart = [&](const std::string& members) {
    const auto answer = run_scenario(
        stage.client,
        {members, "POST", stage.at("/api/tasks/chart"),
         R"({"fromDate":"2024-01-01T00:00:00Z","intervalMinutes":1000000,)" + members + "}", 200});
    return json_of(answer);
  };
  CHECK(chart(R"("metricType":"total_time")").at("tasks").dump() ==
        R"(["mail send","cron","orders process"])");
  CHECK(chart(R"("metricType":"p50")").at("tasks").dump() ==
        R"(["mail send","cron","orders process"])");
  double sum = 0;
  for (const json::Value& point : chart(R"("metricType":"total_time")").at("series").items()) {
    CHECK(point.at("timestamp").as_string());
    if (point.at("task").as_string() == "mail send")
      sum += point.at("value").as_double().value_or(0);
  }
  CHECK(sum == 600);
  run_scenarios(
      stage.client,
      {{"too many buckets", "POST", stage.at("/api/tasks/chart"),
        R"({"fromDate":"2020-01-01T00:00:00Z","intervalMinutes":1})", 422},
       {"nothing in the range", "POST", stage.at("/api/tasks/chart"),
        R"({"fromDate":"2020-01-01T00:00:00Z","toDate":"2020-01-02T00:00:00Z","intervalMinutes":60})",
        200, is_text(R"({"tasks":[],"series":[]})")}});
}

TEST_CASE("tasks api: a run in detail has its spans and what went wrong") {
  Stage stage;
  report_runs(stage);
  const auto list =
      run_scenario(stage.client, {"failed run", "POST", stage.at("/api/tasks"),
                                  page(R"("search":"orders","orderBy":"duration")"), 200});
  const json::Value run = std::move(json_of(list).at("data").items().front());
  const std::string id = run.at("id").as_string().value_or("");
  const std::string trace = run.at("distributedTraceId").as_string().value_or("");
  const auto is_the_failed_run = is_like(
      R"({"task":{"id":"<uuid>","taskName":"orders process","duration":30000000,"failed":true,"rootSpan":{"name":"orders process","kind":5}},"spans":[{"traceId":"<uuid>","name":"SELECT orders","duration":5000000}],"hasSpans":true,"exception":{"exceptionHash":"<text>","stackTrace":"<text>","recordedAt":"<time>"},"messages":[]})");
  run_scenarios(
      stage.client,
      {{"by its id", "POST", stage.at("/api/tasks/" + id), "{}", 200, is_the_failed_run},
       {"by its trace", "POST", stage.at("/api/tasks/" + trace), "{}", 200, is_the_failed_run},
       {"not an id", "POST", stage.at("/api/tasks/nope"), "{}", 400, is_error("invalid taskId")},
       {"no such id", "POST", stage.at("/api/tasks/00000000-0000-4000-8000-000000000001"), "{}",
        404, is_error("Task not found")},
       {"a task is no endpoint", "POST", stage.at("/api/endpoints/" + id), "{}", 404,
        is_error("Endpoint not found")}});
  const auto good = run_scenario(
      stage.client, {"good run", "POST", stage.at("/api/tasks"), page(R"("search":"cron")"), 200});
  const std::string good_id =
      json_of(good).at("data").items().front().at("id").as_string().value_or("");
  const auto detail = json_of(run_scenario(
      stage.client, {"good detail", "POST", stage.at("/api/tasks/" + good_id), "{}", 200}));
  CHECK(detail.at("task").at("failed").as_bool() == false);
  CHECK(detail.at("exception").is_null());
  CHECK(detail.at("hasSpans").as_bool() == false);
}

TEST_CASE("tasks api: broken questions are refused with a sentence") {
  Stage stage;
  for (const std::string path : {"/api/tasks", "/api/tasks/grouped", "/api/tasks/task?task=a"}) {
    for (const std::string body :
         {"", "[]", "{}", R"({"pagination":{"page":0,"pageSize":1}})",
          R"({"pagination":{"page":1,"pageSize":101}})", R"({"fromDate":"yesterday"})"}) {
      const std::string what = path + " " + body;
      CAPTURE(what);
      const RawAnswer answer = stage.client.post_json(stage.at(path), body);
      CHECK(answer.status == 400);
      CHECK(error_of(answer) == "Invalid request body");
    }
  }
}

TEST_CASE("tasks api: every member of the organization reads, a stranger does not") {
  Stage stage;
  report_runs(stage);
  const auto list =
      run_scenario(stage.client, {"list", "POST", stage.at("/api/tasks"), kFirstPage, 200});
  const std::string id = json_of(list).at("data").items().front().at("id").as_string().value_or("");
  check_roles(stage, {{"POST", stage.at("/api/tasks"), {}, kFirstPage},
                      {"POST", stage.at("/api/tasks/grouped"), {}, kFirstPage},
                      {"POST", stage.at("/api/tasks/task?task=cron"), {}, kFirstPage},
                      {"POST", stage.at("/api/tasks/chart"), {}, R"({"intervalMinutes":5000000})"},
                      {"POST", stage.at("/api/tasks/" + id), {}, "{}"}});
}

}  // namespace traceway::test
