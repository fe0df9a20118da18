#include "ops/ops.h"

#include "app/config.h"
#include "app/services.h"
#include "base/json.h"
#include "base/log.h"
#include "embed/version.h"
#include "http/router.h"
#include "ops/pipeline_report.h"
#include "pipeline/writer.h"
#include "storage/main_db.h"
#include "storage/telemetry_db.h"

#include <chrono>
#include <memory>
#include <mutex>

namespace traceway::ops {

namespace {

using http::Request;
using http::Response;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kTraceCountAge{5};

// --- GET /health, /healthz, /version ---

Response plain_text(std::string body) {
  Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

Result<Response> health(Request&, http::Later&) {
  return plain_text("OK");
}

Result<Response> alive(Request&, http::Later&) {
  return plain_text("");
}

Result<Response> version(Request&, http::Later&) {
  json::Writer out;
  out.begin_object().key("version").value(kVersion).end_object();
  return http::json_response(out.take());
}

// --- GET /readyz ---

Result<Response> readiness(Services& services) {
  const pipeline::Diagnostics writer = services.writer.diagnostics();
  const bool is_ready = writer.is_running && !writer.is_degraded && services.main.is_healthy() &&
                        services.telemetry.is_healthy();
  json::Writer out;
  out.begin_object().key("status").value(is_ready ? "ready" : "not_ready").end_object();
  return http::json_response(out.take(), is_ready ? 200 : 503);
}

// --- GET /api/health ---

/// How many requests and tasks are stored, asked of the database at most every five seconds. Any
/// thread.
class TraceCount {
 public:
  explicit TraceCount(TelemetryDb& telemetry) : telemetry_(telemetry) {}

  [[nodiscard]] std::int64_t get() {
    const std::lock_guard lock(mutex_);
    const auto now = SteadyClock::now();
    if (is_known_ && now - asked_at_ < kTraceCountAge) return count_;
    asked_at_ = now;
    is_known_ = true;
    if (auto rows = telemetry_.run("ops.trace_count", {}); rows && !rows->empty()) {
      count_ = rows->front().integer("trace_count");
    } else if (!rows) {
      log::warn("ops", "traces could not be counted", {{"detail", rows.error().detail}});
    }
    return count_;
  }

 private:
  TelemetryDb& telemetry_;
  std::mutex mutex_;  // guards all below
  SteadyClock::time_point asked_at_;
  bool is_known_ = false;
  std::int64_t count_ = 0;
};

Result<Response> api_health(Services& services, TraceCount& traces,
                            SteadyClock::time_point started_at) {
  const auto uptime =
      std::chrono::duration_cast<std::chrono::seconds>(SteadyClock::now() - started_at);
  json::Writer out;
  out.begin_object();
  out.key("status").value("ok");
  out.key("version").value(kVersion);
  out.key("uptime_sec").value(static_cast<std::int64_t>(uptime.count()));
  out.key("storage_driver").value("sqlite");
  out.key("trace_count").value(traces.get());
  out.key("db_size_bytes").value(services.telemetry.file_bytes());
  out.end_object();
  return http::json_response(out.take());
}

// --- GET /api/diagnostics/trace-pipeline ---

Result<Response> trace_pipeline(Services& services) {
  const pipeline::Diagnostics now = services.writer.diagnostics();
  if (!now.is_running) {
    return fail(ErrorCode::kUnavailable, "trace pipeline diagnostics unavailable");
  }
  return http::json_response(
      pipeline_report(now, {services.clock.now_ns(), services.telemetry.wal_bytes(),
                            services.config.durability, services.config.ack}));
}

}  // namespace

void add_ops_routes(http::Router& router, Services& services) {
  using http::Method;
  const auto started_at = SteadyClock::now();
  const auto traces = std::make_shared<TraceCount>(services.telemetry);

  router.add(Method::kGet, "/health", http::guard::open(), health);
  router.add(Method::kGet, "/healthz", http::guard::open(), alive);
  router.add(Method::kGet, "/version", http::guard::open(), version);
  router.add(Method::kGet, "/readyz", http::guard::open(),
             [&services](Request&, http::Later&) { return readiness(services); });
  router.add(Method::kGet, "/api/health", http::guard::open(),
             [&services, traces, started_at](Request&, http::Later&) {
               return api_health(services, *traces, started_at);
             });
  http::RouteOptions diagnostics;
  diagnostics.allow = "GET, OPTIONS";
  router.add(
      Method::kGet, "/api/diagnostics/trace-pipeline", http::guard::user_or_project_token(),
      [&services](Request&, http::Later&) { return trace_pipeline(services); }, diagnostics);
}

}  // namespace traceway::ops
