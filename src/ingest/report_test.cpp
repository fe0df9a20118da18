// The report route from head to commit.
#include "ingest/report_test_support.h"
#include "ingest/route_test_support.h"
#include "pipeline/test_support.h"

namespace traceway::ingest {

namespace {

using namespace test;

struct ReportStage : Stage {
  using Stage::Stage;

  http::Response post(std::string_view json, const Fields& fields = {}) {
    return Stage::post("/api/report", unquoted(json), fields);
  }

  /// Rows of the trace that the runs of these tests have.
  [[nodiscard]] Rows rows(Family family) {
    const auto found = telemetry->lookup(family, {http::test::kProject, *parse_uuid(kRunId), {}});
    REQUIRE(found);
    return *found;
  }
};

std::string frame(std::string_view more = {}) {
  return "{'traces':[" + run_with("'spans':[{'name':'query','startTime':'2026-11-20T08:15:31Z'}]") +
         "],'stackTraces':[" + exception_with("'traceId':'" + std::string(kRunId) + "'") + "]" +
         std::string(more) + "}";
}

std::string report(std::string_view frames) {
  return "{'serverName':'api-3','collectionFrames':[" + std::string(frames) + "]}";
}

}  // namespace

TEST_CASE("report route: an answer means the rows are there") {
  ReportStage stage;
  const http::Response answer = stage.post(report(frame()));
  CHECK(answer.status == 200);
  CHECK(answer.content_type.starts_with("application/json"));
  CHECK(answer.body == "{}");
  CHECK(stage.on_timeout.status == 503);
  CHECK(field(stage.on_timeout, "Retry-After") == "2");
  const Rows endpoints = stage.rows(Family::kEndpoints);
  REQUIRE(endpoints.size() == 1);
  CHECK(endpoints.front().text("endpoint") == "GET /a");
  CHECK(endpoints.front().text("server_name") == "api-3");
  const Rows spans = stage.rows(Family::kSpans);
  REQUIRE(spans.size() == 2);
  CHECK(spans[1].blob("parent_span_id") == spans[0].blob("span_id"));
  CHECK(spans[1].integer("recorded_at") == kWhenNs);
  CHECK(spans[1].text("start_time_unix_nano") == "1795162531000000000");
  const Rows exceptions = stage.rows(Family::kExceptions);
  REQUIRE(exceptions.size() == 1);
  CHECK(exceptions.front().text("stack_trace") == "Error: x");
  CHECK(exceptions.front().text("trace_type") == "endpoint");
}

TEST_CASE("report route: a frame that was stored is acknowledged and not stored again") {
  ReportStage stage;
  const std::string other =
      "{'traces':[{'id':'" + std::string(kRunId) + "','endpoint':'again','duration':1}]}";
  for (const std::string& frames :
       {frame(), frame(), frame() + "," + other, other + "," + frame()}) {
    CHECK(stage.post(report(frames)).body == "{}");
  }
  // The run of the first frame with its span, and the one of the other.
  CHECK(stage.rows(Family::kSpans).size() == 3);
  CHECK(stage.rows(Family::kExceptions).size() == 1);

  // A frame that has grown: its old exception is known by its own id.
  CHECK(stage
            .post(report("{'stackTraces':[" +
                         exception_with("'traceId':'" + std::string(kRunId) + "'") + "," +
                         exception_with("'traceId':'" + std::string(kRunId) +
                                        "','isMessage':true,'attributes':{'n':'2'}") +
                         "]}"))
            .status == 200);
  CHECK(stage.rows(Family::kExceptions).size() == 2);
}

TEST_CASE("report route: what was skipped is counted in the answer") {
  ReportStage stage;
  const http::Response answer =
      stage.post(report("null," + frame(",'metrics':[{'name':'a\\'b'}]")));
  CHECK(answer.status == 200);
  CHECK(answer.body == R"({"rejected":2,"errors":["collectionFrames[0]: is no object",)"
                       R"("collectionFrames[1].metrics[0]: has no number for a value"]})");
  CHECK(stage.rows(Family::kSpans).size() == 2);
  const http::Response nothing = stage.post("{'traces':[1]}");
  CHECK(nothing.status == 200);
  CHECK(nothing.body == R"({"rejected":1,"errors":["traces[0]: is no object"]})");
  CHECK(stage.post("{}").body == "{}");
  CHECK(stage.writer->diagnostics().accepted_jobs_total == 1);
}

TEST_CASE("report route: what cannot be read is refused with a sentence") {
  ReportStage stage;
  const http::Response json = stage.post("nonsense");
  CHECK(json.status == 400);
  CHECK(json.body == R"({"error":"invalid JSON"})");
  CHECK(stage.post("[]").body == R"({"error":"a report must be a JSON object"})");
  CHECK(stage.post("").status == 400);
  const http::Response gzip = stage.post("{}", {{"Content-Encoding", "gzip"}});
  CHECK(gzip.status == 400);
  CHECK(gzip.body == R"({"error":"Invalid gzip"})");
  CHECK(stage.post("{}", {{"Content-Encoding", "br"}}).status == 415);
  CHECK(stage.post("{}", {{"Content-Encoding", "Identity"}}).status == 200);
  CHECK(stage.post(std::string((1U << 20U) + 1, ' ')).status == 413);
  CHECK(stage.post(report(frame()), {{"Content-Type", "text/plain"}}).status == 200);
  CHECK(stage.budget.used() == 0);
}

TEST_CASE("report route: a browser project's runs are endpoints all the same") {
  ReportStage stage;
  stage.projects.framework = "react";
  CHECK(stage.post(report(frame())).status == 200);
  CHECK(stage.rows(Family::kEndpoints).size() == 1);
}

TEST_CASE("report route: whoever does not want to wait is told so") {
  ReportStage stage;
  const http::Response answer = stage.post(report(frame()), {{"Prefer", "respond-async"}});
  CHECK(answer.status == 200);
  CHECK(field(answer, "Preference-Applied") == "respond-async");
  CHECK(stage.writer->drain(std::chrono::seconds(30)).lost_jobs == 0);
  CHECK(stage.rows(Family::kSpans).size() == 2);
  const http::Response closing = stage.post(report(frame()));
  CHECK(closing.status == 503);
  CHECK(closing.close);
  CHECK(field(closing, "Retry-After") == "2");
}

TEST_CASE("report route: only what can heal is sent again") {
  auto owned = std::make_unique<pipeline::FaultyDb>();
  pipeline::FaultyDb& db = *owned;
  ReportStage stage(std::move(owned));
  db.fail_always(WriteFailureClass::kTimeout);
  const http::Response timeout = stage.post(report(frame()));
  CHECK(timeout.status == 503);
  CHECK(field(timeout, "Retry-After") == "2");
  db.fail_always(WriteFailureClass::kUnknown);
  CHECK(stage.post(report(frame())).status == 500);
  db.fail_always(WriteFailureClass::kConstraint);  // no client could ever mend it
  const http::Response poison = stage.post(report("null," + frame()));
  CHECK(poison.status == 200);
  CHECK(poison.body == R"json({"rejected":4,"errors":["collectionFrames[0]: is no object",)json"
                       R"json("3 records could not be stored (constraint)"]})json");
  db.heal();
  CHECK(stage.post(report(frame())).body == "{}");
}

TEST_CASE("report route: parsers share a budget; what exceeds all of it is told to come in parts") {
  ReportStage stage;
  const auto many_values = [](std::size_t bytes) {
    std::string json = R"({"a":[1)";
    while (json.size() < bytes) json += ",1";
    return json + R"(],"collectionFrames":[]})";
  };
  CHECK(stage.post(many_values(400'000)).status == 200);
  CHECK(stage.parser_budget.used() == 0);
  const http::Response too_many = stage.post(many_values(900'000));
  CHECK(too_many.status == 413);
  CHECK(too_many.body.find("smaller parts") != std::string::npos);

  REQUIRE(stage.parser_budget.try_take(7U << 20U));  // as others would
  const http::Response later = stage.post(many_values(400'000));
  CHECK(later.status == 503);
  CHECK(field(later, "Retry-After") != "");
  stage.parser_budget.give_back(7U << 20U);
  CHECK(stage.post(many_values(400'000)).status == 200);
}

}  // namespace traceway::ingest
