#include "ops/ops.h"

#include "app/config.h"
#include "app/services.h"
#include "http/test_support.h"
#include "metrics/registry.h"
#include "model/project.h"
#include "pipeline/test_support.h"
#include "storage/sqlite/main_db.h"

#include <doctest/doctest.h>

namespace traceway::ops {
namespace {

struct NoProjects final : ProjectDirectory {
  [[nodiscard]] std::shared_ptr<const ProjectSettings> find(const Uuid&) const override {
    return nullptr;
  }
};

/// The routes behind a real front; only the telemetry store fails on command.
struct Fixture {
  Fixture() {
    config.durability = "normal";
    config.ack = "commit";
    add_ops_routes(front.router, services);
    front.start();
  }

  ~Fixture() {
    telemetry.heal();
    telemetry.release();
  }

  http::test::RawAnswer ask(std::string_view method, std::string_view path,
                            std::string_view token = {}) {
    std::string request =
        std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n";
    if (!token.empty()) request.append("Authorization: Bearer ").append(token).append("\r\n");
    if (method != "GET") request += "Content-Length: 0\r\n";
    return front.connect().ask(request + "\r\n");
  }

  http::test::TempDirectory directory;
  SystemClock clock;
  std::unique_ptr<MainDb> main = *sqlite::open_main_db(
      {.path = directory.path() + "/main.db", .backup_dir = directory.path()}, clock);
  pipeline::FaultyDb telemetry;
  pipeline::Tickets tickets;
  pipeline::TelemetryWriter writer{telemetry, clock, {.queue_capacity = 64}};
  NoProjects projects;
  ByteBudget budget{1U << 20U};
  Config config;
  http::Rejections rejections;
  metrics::Registry registry{*main, clock};
  Services services{*main, telemetry, writer,     projects, budget,
                    clock, config,    rejections, budget,   registry};
  http::test::RunningFront front;
};

}  // namespace

TEST_CASE("ops: health, liveness and version need no credential") {
  Fixture f;
  CHECK(f.ask("GET", "/health").body == "OK");
  CHECK(f.ask("GET", "/health").field("Content-Type").starts_with("text/plain"));
  CHECK(f.ask("GET", "/healthz").status == 200);
  CHECK(f.ask("GET", "/healthz").body.empty());
  CHECK(f.ask("GET", "/version").body == R"({"version":")" TRACEWAY_VERSION R"("})");
  const auto health = f.ask("GET", "/api/health");
  CHECK(health.status == 200);
  CHECK(health.body.starts_with(R"({"status":"ok","version":")" TRACEWAY_VERSION
                                R"(","uptime_sec":0,"storage_driver":"sqlite","trace_count":)"));
}

TEST_CASE("ops: ready means the writer runs and storage is not degraded") {
  using pipeline::Submit;
  Fixture f;
  CHECK(f.ask("GET", "/readyz").status == 503);
  f.writer.start();
  CHECK(f.ask("GET", "/readyz").body == R"({"status":"ready"})");
  f.telemetry.fail_always(WriteFailureClass::kConnection);
  REQUIRE(f.writer.submit(pipeline::job_of(1), f.tickets.of(1)) == Submit::kAccepted);
  REQUIRE(pipeline::eventually([&] { return f.writer.diagnostics().is_degraded; }));
  const auto degraded = f.ask("GET", "/readyz");
  CHECK(degraded.status == 503);
  CHECK(degraded.body == R"({"status":"not_ready"})");
  CHECK(f.ask("GET", "/healthz").status == 200);
  f.telemetry.heal();
  REQUIRE(f.tickets.wait_for(1).size() == 1);
  CHECK(f.ask("GET", "/readyz").status == 200);
  CHECK(f.writer.drain(std::chrono::seconds(5)).lost_jobs == 0);
  CHECK(f.ask("GET", "/readyz").status == 503);
}

TEST_CASE("ops: the pipeline's diagnostics take either credential and only GET") {
  Fixture f;
  constexpr std::string_view kPath = "/api/diagnostics/trace-pipeline";
  CHECK(f.ask("GET", kPath).status == 401);
  CHECK(f.ask("GET", kPath, "nobody").status == 401);
  const auto too_early = f.ask("GET", kPath, "token-1");
  CHECK(too_early.status == 503);
  CHECK(too_early.body == R"({"error":"trace pipeline diagnostics unavailable"})");
  f.writer.start();
  for (const char* token : {"token-1", "jwt-owner"}) {
    const auto report = f.ask("GET", kPath, token);
    CHECK(report.status == 200);
    CHECK(report.body.starts_with(R"({"schema_version":"trace-pipeline-diagnostics.v1",)"));
    CHECK(report.body.find(R"("queue_capacity":64)") != std::string::npos);
  }
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH"}) {
    const auto refused = f.ask(method, kPath);
    CHECK(refused.status == 405);
    CHECK(refused.field("Allow") == "GET, OPTIONS");
  }
  const auto options = f.ask("OPTIONS", kPath);
  CHECK(options.status == 204);
  CHECK(options.field("Allow") == "GET, OPTIONS");
}

}  // namespace traceway::ops
