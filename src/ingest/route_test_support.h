// For tests: the ingest routes from head to commit, over a real writer and a real database or one
// that fails on command.
#pragma once

#include "app/config.h"
#include "app/services.h"
#include "http/router.h"
#include "http/test_support.h"
#include "ingest/ingest.h"
#include "ingest/test_support.h"
#include "metrics/registry.h"
#include "model/project.h"
#include "pipeline/writer.h"
#include "storage/sqlite/main_db.h"
#include "storage/sqlite/telemetry_db.h"
#include "storage/sqlite/temporary_directory.h"

#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace traceway::ingest::test {

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

inline Config test_config() {
  Config config;
  config.max_body = 1 << 20;
  config.report_max_body = 1 << 20;
  config.commit_wait_ms = 5000;
  config.ack = "commit";
  return config;
}

inline std::string field(const http::Response& response, std::string_view name) {
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
  ByteBudget parser_budget{8U << 20U};
  sqlite::TemporaryDirectory directory;
  std::unique_ptr<MainDb> main;
  std::unique_ptr<metrics::Registry> metrics;
  std::unique_ptr<TelemetryDb> telemetry;
  std::unique_ptr<pipeline::TelemetryWriter> writer;
  http::test::KnownAccounts accounts;
  http::Rejections rejections;
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
    metrics = std::make_unique<metrics::Registry>(*main, clock);
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
    services =
        std::make_unique<Services>(Services{*main, *telemetry, *writer, projects, budget, clock,
                                            config, rejections, parser_budget, *metrics});
    add_ingest_routes(router, *services);
  }

  http::Response post(std::string_view path, std::string_view body, const Fields& fields = {}) {
    http::Request request;
    request.method = http::Method::kPost;
    request.method_name = "POST";
    request.target = request.path = path;
    request.received_ns = kReceivedNs;
    request.request_id = std::string(32, 'e');
    request.headers.add("Authorization", "Bearer token-1");
    for (const auto& [name, value] : fields) request.headers.add(name, value);
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

}  // namespace traceway::ingest::test
