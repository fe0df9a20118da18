// The traces route from head to commit: the real writer over a real database, and over one that
// fails on command.
#include "ingest/route_test_support.h"
#include "pipeline/test_support.h"

namespace traceway::ingest {

namespace {

using namespace test;

constexpr std::string_view kProtobuf = "application/x-protobuf";
constexpr std::string_view kJson = "application/json";

/// The traces route of a stage.
struct TracesStage : Stage {
  using Stage::Stage;

  http::Response post(std::string_view type, std::string_view body, Fields more = {}) {
    if (!type.empty()) more.emplace_back("Content-Type", type);
    return Stage::post("/api/otel/v1/traces", body, more);
  }
};

Request one_request() {
  return request_of({{.id = "a000000000000001",
                      .name = "GET",
                      .kind = 2,
                      .attributes = {{"http.request.method", "GET"}, {"http.route", "/users/:id"}},
                      .events = {{.name = "exception", .attributes = {{"exception.type", "E"}}}}},
                     {.id = "b000000000000002", .parent = "a000000000000001"}});
}

}  // namespace

TEST_CASE("ingest: an answer means the rows are there, in either encoding") {
  for (const auto& [type, body, empty] :
       {std::tuple(kProtobuf, to_protobuf(one_request()), std::string()),
        std::tuple(kJson, to_json(one_request()), std::string("{}"))}) {
    TracesStage stage;
    const http::Response answer = stage.post(type, body);
    CHECK(answer.status == 200);
    CHECK(answer.content_type == type);
    CHECK(answer.body == empty);
    CHECK(stage.stored(Family::kSpans).size() == 2);
    CHECK(stage.stored(Family::kExceptions).size() == 1);
    const Rows endpoints = stage.stored(Family::kEndpoints);
    REQUIRE(endpoints.size() == 1);
    CHECK(endpoints.front().text("endpoint") == "GET /users/:id");
    CHECK(stage.on_timeout.status == 503);
    CHECK(field(stage.on_timeout, "Retry-After") == "2");
  }
}

TEST_CASE("ingest: a repeated request is acknowledged and stores nothing again") {
  TracesStage stage;
  const std::string body = to_protobuf(one_request());
  for (int i = 0; i < 3; ++i) CHECK(stage.post(kProtobuf, body).status == 200);
  CHECK(stage.stored(Family::kSpans).size() == 2);
  CHECK(stage.stored(Family::kExceptions).size() == 1);
}

TEST_CASE("ingest: spans without valid ids are counted, the others are stored") {
  TracesStage stage;
  Request request = one_request();
  request[0].scopes[0].spans.push_back({.id = "c0"});
  const http::Response answer = stage.post(kJson, to_json(request));
  CHECK(answer.status == 200);
  CHECK(
      answer.body ==
      R"({"partialSuccess":{"rejectedSpans":"1","errorMessage":"1 spans need valid non-zero trace and span IDs"}})");
  CHECK(stage.stored(Family::kSpans).size() == 2);
}

TEST_CASE("ingest: a request without spans is answered at once") {
  TracesStage stage;
  CHECK(stage.post(kProtobuf, "").status == 200);
  CHECK(stage.post(kJson, "{}").body == "{}");
  CHECK(stage.post("", R"({"resourceSpans":[]})").body == "{}");
  CHECK(stage.writer->diagnostics().accepted_jobs_total == 0);
}

TEST_CASE("ingest: what cannot be read is refused in the request's encoding") {
  TracesStage stage;
  const http::Response json = stage.post(kJson, "");
  CHECK(json.status == 400);
  CHECK(json.body == R"({"code":3,"message":"invalid JSON"})");
  const http::Response protobuf = stage.post(kProtobuf, "{}");
  CHECK(protobuf.status == 400);
  CHECK(protobuf.content_type == kProtobuf);
  CHECK(protobuf.body.starts_with("\x08\x03\x12"));
  CHECK(stage.post("text/plain", "{}").status == 415);
  CHECK(stage.post(kJson, "{}", {{"Content-Encoding", "br"}}).status == 415);
  CHECK(stage.post(kJson, "not gzip", {{"Content-Encoding", "gzip"}}).status == 400);
  CHECK(stage.budget.used() == 0);
}

TEST_CASE("ingest: a browser project has spans and exceptions, no endpoints") {
  TracesStage stage;
  stage.projects.framework = "react";
  CHECK(stage.post(kProtobuf, to_protobuf(one_request())).status == 200);
  CHECK(stage.stored(Family::kEndpoints).empty());
  CHECK(stage.stored(Family::kSpans).size() == 2);
}

TEST_CASE("ingest: whoever does not want to wait is told so, the rows come later") {
  TracesStage stage;
  const http::Response answer =
      stage.post(kProtobuf, to_protobuf(one_request()), {{"Prefer", "wait=5, Respond-Async"}});
  CHECK(answer.status == 200);
  CHECK(field(answer, "Preference-Applied") == "respond-async");
  CHECK(stage.writer->drain(std::chrono::seconds(30)).lost_jobs == 0);
  CHECK(stage.stored(Family::kSpans).size() == 2);
}

TEST_CASE("ingest: with --ack enqueue nobody waits") {
  TracesStage stage;
  stage.config.ack = "enqueue";
  CHECK(stage.post(kProtobuf, to_protobuf(one_request())).status == 200);
  CHECK(stage.on_timeout.status == 200);  // Later was never taken
  CHECK(stage.writer->drain(std::chrono::seconds(30)).lost_jobs == 0);
  CHECK(stage.stored(Family::kSpans).size() == 2);
}

TEST_CASE("ingest: a closing server says 503 and hangs up") {
  TracesStage stage;
  CHECK(stage.writer->drain(std::chrono::seconds(30)).lost_jobs == 0);
  for (const Fields& fields : {Fields{}, Fields{{"Prefer", "respond-async"}}}) {
    const http::Response answer = stage.post(kJson, to_json(one_request()), fields);
    CHECK(answer.status == 503);
    CHECK(answer.close);
    CHECK(field(answer, "Retry-After") == "2");
    CHECK(answer.body.starts_with(R"({"code":14,)"));
  }
}

TEST_CASE("ingest: a failed commit is 503 when it can heal, 500 only for a defect") {
  auto owned = std::make_unique<pipeline::FaultyDb>();
  pipeline::FaultyDb& db = *owned;
  TracesStage stage(std::move(owned));
  db.fail_always(WriteFailureClass::kTimeout);
  const http::Response timeout = stage.post(kJson, to_json(one_request()));
  CHECK(timeout.status == 503);
  CHECK(field(timeout, "Retry-After") == "2");
  CHECK(timeout.body.starts_with(R"({"code":14,)"));
  db.fail_always(WriteFailureClass::kUnknown);
  const http::Response defect = stage.post(kJson, to_json(one_request()));
  CHECK(defect.status == 500);
  CHECK(defect.body.starts_with(R"({"code":13,)"));
  db.heal();
  CHECK(stage.post(kJson, to_json(one_request())).status == 200);
}

}  // namespace traceway::ingest
