// Metrics against the real server: what was exported and reported, what of it can be found, and how
// questions about it are answered.
#include "support/metrics_builder.h"
#include "support/scenario.h"
#include "support/stage.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace traceway::test {

namespace {

constexpr std::uint64_t kMinuteNs = 60'000'000'000;

/// The start of the minute an hour ago, so that buckets of a minute are known.
std::uint64_t an_hour_ago() {
  return (unix_now_ns() - 60 * kMinuteNs) / kMinuteNs * kMinuteNs;
}

std::string time_of(std::uint64_t ns) {
  return to_rfc3339(static_cast<std::int64_t>(ns));
}

RawAnswer send_metrics(Stage& stage, const OtlpMetrics& wanted) {
  return stage.client.send({.method = "POST",
                            .target = "/api/otel/v1/metrics",
                            .fields = stage.ingest("application/x-protobuf"),
                            .body = to_protobuf(wanted)});
}

/// A level of two hosts, a counter with a reset, a delta and a histogram, minute by minute.
std::uint64_t report_metrics(Stage& stage) {
  const std::uint64_t start = an_hour_ago();
  const double counts[] = {10, 20, 5, 15};
  for (std::uint64_t i = 0; i < 4; ++i) {
    const std::uint64_t at = start + i * kMinuteNs;
    const auto level = static_cast<double>(i);
    OtlpMetrics wanted;
    wanted.metrics = {
        {.name = "room.level",
         .unit = "%",
         .points = {{at, 10 + level, {{"host", std::string("a")}, {"env", std::string("prod")}}},
                    {at + 1, 20 + level, {{"host", std::string("b")}, {"env", std::string()}}},
                    {at + 2, 60 + level, {{"env", std::string("prod")}}}}},
        {.name = "jobs.total",
         .unit = "1",
         .kind = OtlpMetricKind::kCounter,
         .points = {{at, counts[i], {}}}},
        {.name = "jobs.delta", .kind = OtlpMetricKind::kDelta, .points = {{at, 30, {}}}},
        {.name = "wait",
         .unit = "ms",
         .kind = OtlpMetricKind::kHistogram,
         .points = {{at, 12, {}}}}};
    const RawAnswer answer = send_metrics(stage, wanted);
    REQUIRE(answer.status == 200);
    CHECK(answer.body.empty());
  }
  return start;
}

/// One query over the hour that begins at `start`, in buckets of a minute.
RawAnswer ask(Stage& stage, std::uint64_t start, const std::string& query, int status = 200) {
  return run_scenario(stage.client, {query, "POST", stage.at("/api/metrics/query"),
                                     R"({"from":")" + time_of(start) + R"(","to":")" +
                                         time_of(start + 60 * kMinuteNs) +
                                         R"(","intervalMinutes":1,"queries":[{)" + query + "}]}",
                                     status});
}

/// "series: v v v; series: ..." of the first result.
std::string series_of(const RawAnswer& answer) {
  std::string out;
  const auto series = std::move(json_of(answer).at("results").items().at(0)).at("series");
  for (const std::string& name : series.keys()) {
    out += name + ':';
    for (const json::Value& point : series.at(name).items()) out += ' ' + point.at("value").dump();
    out += "; ";
  }
  return out;
}

}  // namespace

TEST_CASE("metrics api: every aggregation is that of the bucket's points") {
  Stage stage;
  const std::uint64_t start = report_metrics(stage);
  const auto found = [&](const std::string& aggregation) {
    return series_of(
        ask(stage, start, R"("name":"room.level","aggregation":")" + aggregation + '"'));
  };
  CHECK(found("avg") == "__all__: 30 31 32 33; ");
  CHECK(found("") == "__all__: 30 31 32 33; ");
  CHECK(found("median") == "__all__: 30 31 32 33; ");
  CHECK(found("min") == "__all__: 10 11 12 13; ");
  CHECK(found("max") == "__all__: 60 61 62 63; ");
  CHECK(found("sum") == "__all__: 90 93 96 99; ");
  CHECK(found("count") == "__all__: 3 3 3 3; ");
  CHECK(found("last") == "__all__: 60 61 62 63; ");
}

TEST_CASE("metrics api: tags filter and group, a missing tag has no name") {
  Stage stage;
  const std::uint64_t start = report_metrics(stage);
  const auto found = [&](const std::string& members) {
    return series_of(ask(stage, start, R"("name":"room.level","aggregation":"avg",)" + members));
  };
  CHECK(found(R"("groupBy":"host")") == "__all__: 60 61 62 63; a: 10 11 12 13; b: 20 21 22 23; ");
  CHECK(found(R"("groupBy":"env")") == "(empty): 20 21 22 23; prod: 35 36 37 38; ");
  CHECK(found(R"("tagFilters":{"env":"prod"},"groupBy":"host")") ==
        "__all__: 60 61 62 63; a: 10 11 12 13; ");
  CHECK(found(R"("tagFilters":{"env":"prod","host":"a"})") == "__all__: 10 11 12 13; ");
  CHECK(found(R"("tagFilters":{"host":"nobody"})").empty());
  CHECK(found(R"("tagFilters":{"' OR 1=1 --":"x"})").empty());
  CHECK(found(R"("groupBy":"server_name")") == "shop: 30 31 32 33; ");
  run_scenarios(
      stage.client,
      {{"answers stand in the order of the questions, with units and times", "POST",
        stage.at("/api/metrics/query"),
        R"({"from":")" + time_of(start) + R"(","to":")" + time_of(start + kMinuteNs / 2) +
            R"(","queries":[{"name":"room.level"},{"name":"nothing"},{"name":"jobs.total","aggregation":"count"}]})",
        200,
        is_text(
            R"({"results":[{"name":"room.level","unit":"%","series":{"__all__":[{"timestamp":")" +
            time_of(start) +
            R"(","value":30}]}},{"name":"nothing","unit":"","series":{}},{"name":"jobs.total","unit":"count","series":{"__all__":[{"timestamp":")" +
            time_of(start) + R"(","value":1}]}}]})")}});
}

TEST_CASE("metrics api: a counter's rate forgives resets, a delta is its rate") {
  Stage stage;
  const std::uint64_t start = report_metrics(stage);
  const auto values = [&](const std::string& name) {
    std::vector<double> out;
    const RawAnswer answer = ask(stage, start, R"("name":")" + name + R"(","aggregation":"rate")");
    const auto series = std::move(json_of(answer).at("results").items().at(0)).at("series");
    for (const json::Value& point : series.at("__all__").items())
      out.push_back(point.at("value").as_double().value_or(-1));
    return out;
  };
  const auto counter = values("jobs.total");
  REQUIRE(counter.size() == 3);  // the first point has no predecessor
  CHECK(counter[0] == doctest::Approx(10.0 / 60));
  CHECK(counter[1] == 0);
  CHECK(counter[2] == doctest::Approx(10.0 / 60));
  CHECK(values("jobs.delta") == std::vector<double>{0.5, 0.5, 0.5, 0.5});
}

TEST_CASE("metrics api: what there is can be found, with what is known of it") {
  Stage stage;
  report_metrics(stage);
  run_scenarios(
      stage.client,
      {{"all metrics", "GET", stage.at("/api/metrics/discover"), "", 200,
        is_text(
            R"({"metrics":[{"name":"jobs.delta","tagKeys":["server_name"],"metricType":"delta"},{"name":"jobs.total","tagKeys":["server_name"],"metricType":"counter","unit":"1"},{"name":"room.level","tagKeys":["env","host","server_name"],"metricType":"gauge","unit":"%"},{"name":"wait.avg","tagKeys":["server_name"],"metricType":"gauge","unit":"ms"},{"name":"wait.count","tagKeys":["server_name"],"metricType":"counter","unit":"count"},{"name":"wait.max","tagKeys":["server_name"],"metricType":"gauge","unit":"ms"},{"name":"wait.min","tagKeys":["server_name"],"metricType":"gauge","unit":"ms"}]})")},
       {"none long ago", "GET",
        stage.at("/api/metrics/discover") + "&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z",
        "", 200, is_text(R"({"metrics":[]})")},
       {"no time", "GET", stage.at("/api/metrics/discover?from=yesterday"), "", 400,
        is_error("from is not a time")},
       {"values of a tag", "GET", stage.at("/api/metrics/discover/tags?name=room.level&key=host"),
        "", 200, is_text(R"({"values":["a","b"]})")},
       {"empty values are none", "GET",
        stage.at("/api/metrics/discover/tags?name=room.level&key=env"), "", 200,
        is_text(R"({"values":["prod"]})")},
       {"no such tag", "GET", stage.at("/api/metrics/discover/tags?name=room.level&key=x"), "", 200,
        is_text(R"({"values":[]})")},
       {"no key", "GET", stage.at("/api/metrics/discover/tags?name=room.level"), "", 400,
        is_error("name and key query params are required")}});
}

TEST_CASE("metrics api: a user's words about a metric stay") {
  Stage stage;
  report_metrics(stage);
  const std::string registry = stage.at("/api/metrics/registry");
  run_scenarios(
      stage.client,
      {{"type, unit and description", "PUT", registry,
        R"({"name":"room.level","metricType":"counter","unit":"pct","description":"how full"})",
        200,
        is_like(
            R"({"id":"<int>","projectId":"<uuid>","name":"room.level","metricType":"counter","unit":"pct","description":"how full","createdAt":"<time>"})")},
       {"empty ones keep, a description is always written", "PUT", registry,
        R"({"name":"room.level"})", 200,
        is_like(R"({"metricType":"counter","unit":"pct","description":""})")},
       {"delta is a type, too", "PUT", registry, R"({"name":"wait.avg","metricType":"delta"})", 200,
        is_like(R"({"metricType":"delta","unit":"ms"})")},
       {"no type", "PUT", registry, R"({"name":"room.level","metricType":"histogram"})", 400,
        is_error("metricType must be 'gauge' or 'counter'")},
       {"no name", "PUT", registry, "{}", 400, is_error("Invalid request body")},
       {"unknown name", "PUT", registry, R"({"name":"nothing"})", 404,
        is_error("metric not found in registry")}});
  const std::uint64_t start = report_metrics(stage);  // its own unit changes nothing
  const RawAnswer answer = ask(stage, start, R"("name":"room.level")");
  CHECK(json_of(answer).at("results").items().at(0).at("unit").as_string() == "pct");
}

TEST_CASE("metrics api: a native report's metrics are stored beside the rest") {
  Stage stage;
  const std::uint64_t start = an_hour_ago();
  const std::string body =
      R"({"serverName":"api-3","collectionFrames":[{"metrics":[)"
      R"({"name":"queue.depth","value":12,"recordedAt":")" +
      time_of(start) +
      R"(","tags":{"queue":"mail","server_name":"liar"}},{"name":"go.num_gc","value":3,"recordedAt":")" +
      time_of(start) + R"("},{"name":"mem.used","value":"much"},null]}]})";
  for (int i = 0; i < 2; ++i) {  // the repeat is known
    const RawAnswer answer = stage.client.send({.method = "POST",
                                                .target = "/api/report",
                                                .fields = stage.ingest("application/json"),
                                                .body = body});
    CHECK(answer.status == 200);
    CHECK(answer.body.starts_with(R"({"rejected":2,)"));
  }
  CHECK(series_of(ask(stage, start,
                      R"("name":"queue.depth","aggregation":"sum","groupBy":"server_name")")) ==
        "api-3: 12; ");
  CHECK(series_of(ask(stage, start, R"("name":"queue.depth","tagFilters":{"queue":"mail"})")) ==
        "__all__: 12; ");
  run_scenario(
      stage.client,
      {"types and units are known by name", "GET", stage.at("/api/metrics/discover"), "", 200,
       is_text(
           R"({"metrics":[{"name":"go.num_gc","tagKeys":["server_name"],"metricType":"counter","unit":"count"},{"name":"queue.depth","tagKeys":["queue","server_name"],"metricType":"gauge"}]})")});
}

TEST_CASE("metrics api: the overview knows memory, processor and that metrics arrive") {
  Stage stage;
  const std::uint64_t now = unix_now_ns();
  OtlpMetrics wanted;
  wanted.metrics = {
      {.name = "mem.used", .points = {{now - kMinuteNs, 100, {}}, {now - 2 * kMinuteNs, 300, {}}}},
      {.name = "mem.used", .points = {{now - 25 * 60 * kMinuteNs, 100, {}}}},
      {.name = "cpu.used_pcnt", .points = {{now - kMinuteNs, 12.5, {}}}}};
  REQUIRE(send_metrics(stage, wanted).status == 200);
  run_scenarios(
      stage.client,
      {{"means of the last day and the one before", "POST", stage.at("/api/stats"), "{}", 200,
        is_like(
            R"({"memoryUsage":{"current":200,"previous":100,"percentChange":100},"cpuUsage":{"current":12.5,"previous":0,"percentChange":0}})")},
       {"arrivals", "GET", stage.at("/api/connection/status"), "", 200,
        is_like(
            R"({"kinds":["<any>","<any>","<any>","<any>",{"kind":"metric","firstAt":"<time>","lastAt":"<time>","count":4},"<any>","<any>"]})")}});
}

TEST_CASE("metrics api: points that cannot be stored are counted, the others are there") {
  Stage stage;
  const std::uint64_t start = an_hour_ago();
  const std::string body =
      R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[{"asDouble":"NaN"},{"timeUnixNano":")" +
      std::to_string(start) + R"(","asInt":7}]}}]}]}]})";
  const auto send = [&](const std::string& type, const std::string& text) {
    return stage.client.send({.method = "POST",
                              .target = "/api/otel/v1/metrics",
                              .fields = stage.ingest(type),
                              .body = text});
  };
  const RawAnswer partial = send("application/json", body);
  CHECK(partial.status == 200);
  CHECK(
      partial.body ==
      R"({"partialSuccess":{"rejectedDataPoints":"1","errorMessage":"1 data points need a finite value"}})");
  CHECK(series_of(ask(stage, start, R"("name":"m")")) == "__all__: 7; ");
  CHECK(send("application/json", "{}").body == "{}");
  CHECK(send("application/x-protobuf", "").status == 200);
  CHECK(send("application/json", "").status == 400);
  CHECK(send("application/json", "[]").body == R"({"code":3,"message":"invalid JSON request"})");
  CHECK(send("text/plain", "{}").status == 415);
  const RawAnswer broken = send("application/x-protobuf", "{}");
  CHECK(broken.status == 400);
  CHECK(broken.body.starts_with("\x08\x03\x12"));
}

TEST_CASE("metrics api: broken and boundless questions are refused with a sentence") {
  Stage stage;
  const std::string path = stage.at("/api/metrics/query");
  const std::string hour = R"("from":"2026-02-03T00:00:00Z","to":"2026-02-03T01:00:00Z")";
  std::string many = R"({"name":"a"})";
  for (int i = 0; i < 20; ++i) many += R"(,{"name":"a"})";
  std::string filters = R"("k":"v")";
  for (int i = 0; i < 10; ++i) filters += R"(,"k)" + std::to_string(i) + R"(":"v")";
  const auto is_bad = is_error("Invalid request body");
  run_scenarios(
      stage.client,
      {{"nothing", "POST", path, "", 400, is_bad},
       {"no times", "POST", path, R"({"queries":[{"name":"a"}]})", 400, is_bad},
       {"no queries", "POST", path, "{" + hour + "}", 400, is_bad},
       {"an empty list", "POST", path, "{" + hour + R"(,"queries":[]})", 400, is_bad},
       {"no name", "POST", path, "{" + hour + R"(,"queries":[{}]})", 400, is_bad},
       {"filters are texts", "POST", path,
        "{" + hour + R"(,"queries":[{"name":"a","tagFilters":{"k":7}}]})", 400, is_bad},
       {"filters are an object", "POST", path,
        "{" + hour + R"(,"queries":[{"name":"a","tagFilters":["k"]}]})", 400, is_bad},
       {"backwards", "POST", path,
        R"({"from":"2026-02-03T01:00:00Z","to":"2026-02-03T01:00:00Z","queries":[{"name":"a"}]})",
        422, is_error("The end of the range must be after its start.")},
       {"too long", "POST", path,
        R"({"from":"2024-02-03T01:00:00Z","to":"2026-02-03T01:00:00Z","queries":[{"name":"a"}]})",
        422, is_error("The range must not be longer than 400 days.")},
       {"too many queries", "POST", path, "{" + hour + R"(,"queries":[)" + many + "]}", 422,
        is_error("At most 20 queries can be asked at once.")},
       {"too many filters", "POST", path,
        "{" + hour + R"(,"queries":[{"name":"a","tagFilters":{)" + filters + "}}]}", 422,
        is_error("At most 10 tag filters can be used in one query.")},
       {"interval too long", "POST", path,
        "{" + hour + R"(,"intervalMinutes":10081,"queries":[{"name":"a"}]})", 422,
        is_error("intervalMinutes must be at most 10080.")},
       {"too many buckets", "POST", path,
        R"({"from":"2026-02-01T00:00:00Z","to":"2026-02-03T00:00:00Z","intervalMinutes":1,"queries":[{"name":"a"}]})",
        422, is_error("The range has more than 2000 buckets. Choose a longer interval.")}});
}

TEST_CASE("metrics api: every member of the organization reads, only some write") {
  Stage stage;
  report_metrics(stage);
  check_roles(
      stage,
      {{"POST",
        stage.at("/api/metrics/query"),
        {},
        R"({"from":"2026-02-03T00:00:00Z","to":"2026-02-03T01:00:00Z","queries":[{"name":"a"}]})"},
       {"GET", stage.at("/api/metrics/discover"), {}, ""},
       {"GET", stage.at("/api/metrics/discover/tags?name=a&key=b"), {}, ""}});
  stage.set_role("readonly");
  run_scenario(stage.client,
               {"readonly", "PUT", stage.at("/api/metrics/registry"), R"({"name":"room.level"})",
                403, is_error("Read-only access. Write operations are not permitted.")});
}

}  // namespace traceway::test
