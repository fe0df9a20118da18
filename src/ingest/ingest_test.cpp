// The traces route from head to commit: the real writer over a real database, and over one that
// fails on command.
#include "ingest/ingest.h"

#include "app/config.h"
#include "app/services.h"
#include "http/router.h"
#include "http/test_support.h"
#include "ingest/test_support.h"
#include "model/project.h"
#include "pipeline/test_support.h"
#include "storage/sqlite/main_db.h"
#include "storage/sqlite/telemetry_db.h"
#include "storage/sqlite/temporary_directory.h"

#include <future>

namespace traceway::ingest {

namespace {

using namespace test;

constexpr std::string_view kProtobuf = "application/x-protobuf";
constexpr std::string_view kJson = "application/json";

class Projects final : public ProjectDirectory {
 public:
  [[nodiscard]] std::shared_ptr<const ProjectSettings> find(const Uuid& project) const override {
    auto settings = std::make_shared<ProjectSettings>();
    settings->id = project;
    settings->framework = framework;
    return settings;
  }

  std::string framework = "express";
};

/// Keeps the one late answer for whoever waits for it.
class Waiting final : public http::Later, public http::AnswerSink {
 public:
  http::Answer take(std::chrono::milliseconds, http::Response on_timeout) override {
    on_timeout_ = std::move(on_timeout);
    return http::Answer(std::shared_ptr<http::AnswerSink>(std::shared_ptr<void>(), this));
  }

  void complete(http::Response&& response) override { answer_.set_value(std::move(response)); }

  void abandon() override {}

  [[nodiscard]] http::Response wait() {
    auto future = answer_.get_future();
    REQUIRE(future.wait_for(std::chrono::seconds(30)) == std::future_status::ready);
    return future.get();
  }

  [[nodiscard]] const http::Response& on_timeout() const { return on_timeout_; }

 private:
  std::promise<http::Response> answer_;
  http::Response on_timeout_;
};

Config test_config() {
  Config config;
  config.max_body = 1 << 20;
  config.commit_wait_ms = 5000;
  config.ack = "commit";
  return config;
}

std::string field(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

using Fields = std::vector<std::pair<std::string, std::string>>;

/// Everything the route needs, around the database it is given.
struct Stage {
  SystemClock clock;
  Config config = test_config();
  Projects projects;
  ByteBudget budget{8U << 20U};
  sqlite::TemporaryDirectory directory;
  std::unique_ptr<MainDb> main;
  std::unique_ptr<TelemetryDb> telemetry;
  std::unique_ptr<pipeline::TelemetryWriter> writer;
  http::test::KnownAccounts accounts;
  http::Router router{accounts};
  std::unique_ptr<Services> services;
  http::Response on_timeout;

  explicit Stage(std::unique_ptr<TelemetryDb> db = nullptr) {
    sqlite::MainDbOptions main_options;
    main_options.path = directory.file("main.db");
    main_options.backup_dir = directory.path();
    auto opened_main = sqlite::open_main_db(main_options, clock);
    REQUIRE(opened_main);
    main = std::move(*opened_main);
    telemetry = std::move(db);
    if (!telemetry) {
      sqlite::TelemetryDbOptions options;
      options.path = directory.file("telemetry.db");
      options.backup_dir = directory.path();
      auto opened = sqlite::open_telemetry_db(options, clock);
      REQUIRE(opened);
      telemetry = std::move(*opened);
    }
    writer =
        std::make_unique<pipeline::TelemetryWriter>(*telemetry, clock, pipeline::WriterOptions{});
    writer->start();
    services = std::make_unique<Services>(
        Services{*main, *telemetry, *writer, projects, budget, clock, config});
    add_ingest_routes(router, *services);
  }

  http::Response post(std::string_view type, std::string_view body, Fields more = {}) {
    http::Request request;
    request.method = http::Method::kPost;
    request.method_name = "POST";
    request.target = request.path = "/api/otel/v1/traces";
    request.received_ns = kReceivedNs;
    request.request_id = std::string(32, 'e');
    request.headers.add("Authorization", "Bearer token-1");
    if (!type.empty()) request.headers.add("Content-Type", std::string(type));
    for (auto& [name, value] : more) request.headers.add(name, value);
    const http::HeadVerdict verdict = router.on_head(request);
    REQUIRE_FALSE(verdict.refusal);
    REQUIRE(verdict.route != nullptr);
    request.caller = verdict.caller;
    request.body = bytes_of(body);
    Waiting later;
    http::Response response = router.dispatch(*verdict.route, request, later);
    on_timeout = later.on_timeout();
    return response.is_deferred ? later.wait() : response;
  }

  [[nodiscard]] Rows stored(Family family) {
    const auto rows =
        telemetry->lookup(family, {http::test::kProject, uuid_from_bytes(raw_of(kTrace)), {}});
    REQUIRE(rows);
    return *rows;
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
    Stage stage;
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
  Stage stage;
  const std::string body = to_protobuf(one_request());
  for (int i = 0; i < 3; ++i) CHECK(stage.post(kProtobuf, body).status == 200);
  CHECK(stage.stored(Family::kSpans).size() == 2);
  CHECK(stage.stored(Family::kExceptions).size() == 1);
}

TEST_CASE("ingest: spans without valid ids are counted, the others are stored") {
  Stage stage;
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
  Stage stage;
  CHECK(stage.post(kProtobuf, "").status == 200);
  CHECK(stage.post(kJson, "{}").body == "{}");
  CHECK(stage.post("", R"({"resourceSpans":[]})").body == "{}");
  CHECK(stage.writer->diagnostics().accepted_jobs_total == 0);
}

TEST_CASE("ingest: what cannot be read is refused in the request's encoding") {
  Stage stage;
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
  Stage stage;
  stage.projects.framework = "react";
  CHECK(stage.post(kProtobuf, to_protobuf(one_request())).status == 200);
  CHECK(stage.stored(Family::kEndpoints).empty());
  CHECK(stage.stored(Family::kSpans).size() == 2);
}

TEST_CASE("ingest: whoever does not want to wait is told so, the rows come later") {
  Stage stage;
  const http::Response answer =
      stage.post(kProtobuf, to_protobuf(one_request()), {{"Prefer", "wait=5, Respond-Async"}});
  CHECK(answer.status == 200);
  CHECK(field(answer, "Preference-Applied") == "respond-async");
  CHECK(stage.writer->drain(std::chrono::seconds(30)).lost_jobs == 0);
  CHECK(stage.stored(Family::kSpans).size() == 2);
}

TEST_CASE("ingest: with --ack enqueue nobody waits") {
  Stage stage;
  stage.config.ack = "enqueue";
  CHECK(stage.post(kProtobuf, to_protobuf(one_request())).status == 200);
  CHECK(stage.on_timeout.status == 200);  // Later was never taken
  CHECK(stage.writer->drain(std::chrono::seconds(30)).lost_jobs == 0);
  CHECK(stage.stored(Family::kSpans).size() == 2);
}

TEST_CASE("ingest: a closing server says 503 and hangs up") {
  Stage stage;
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
  Stage stage(std::move(owned));
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
