#include "overview/overview.h"

#include "api/endpoint_groups.h"
#include "api/measures.h"
#include "app/services.h"
#include "http/rejections.h"
#include "http/router.h"
#include "overview/arrivals.h"
#include "overview/figures.h"
#include "overview/issues.h"
#include "overview/unusual.h"
#include "storage/telemetry_db.h"

namespace traceway::overview {

namespace {

using http::Request;
using http::Response;

constexpr std::int64_t kDayNs = 86'400'000'000'000;

// --- POST /stats ---

/// A figure of the last 24 h beside the 24 h before.
struct Change {
  double current = 0;
  double previous = 0;

  [[nodiscard]] double percent() const {
    return previous == 0 ? 0 : 100 * (current - previous) / previous;
  }
};

void write_change(json::Writer& out, std::string_view name, const Change& change) {
  out.key(name).begin_object();
  out.key("current").value(change.current);
  out.key("previous").value(change.previous);
  out.key("percentChange").value(change.percent());
  out.end_object();
}

Result<double> requests_between(TelemetryDb& telemetry, const Uuid& project,
                                const TimeRange& range) {
  const auto table = telemetry.aggregate({.family = Family::kEndpoints,
                                          .filter = {project, range, {}},
                                          .measures = {api::count_of_rows()}});
  if (!table) return fail(table);
  return table->rows.at(0).real("count");
}

Result<double> exceptions_between(TelemetryDb& telemetry, const Uuid& project,
                                  const TimeRange& range) {
  const auto rows =
      telemetry.run("overview.exceptions_between", {{"project_id", to_value(project)},
                                                    {"from_time", to_value(range.from_ns)},
                                                    {"to_time", to_value(range.to_ns)}});
  if (!rows) return fail(rows);
  return rows->at(0).real("count");
}

Result<double> mean_of_metric(TelemetryDb& telemetry, const Uuid& project, const TimeRange& range,
                              std::string_view name) {
  const auto table =
      telemetry.aggregate({.family = Family::kMetricPoints,
                           .filter = {project, range, {{"name", Op::kEqual, {std::string(name)}}}},
                           .measures = {{MeasureKind::kMean, "value", 0, {}, "mean"}}});
  if (!table) return fail(table);
  return table->rows.at(0).real("mean");
}

Result<double> memory_between(TelemetryDb& telemetry, const Uuid& project, const TimeRange& range) {
  return mean_of_metric(telemetry, project, range, "mem.used");
}

Result<double> cpu_between(TelemetryDb& telemetry, const Uuid& project, const TimeRange& range) {
  return mean_of_metric(telemetry, project, range, "cpu.used_pcnt");
}

template <class Count>
Result<Change> change_of(Count count, TelemetryDb& telemetry, const Uuid& project,
                         std::int64_t now_ns) {
  const auto current = count(telemetry, project, TimeRange{now_ns - kDayNs, now_ns});
  if (!current) return fail(current);
  const auto previous =
      count(telemetry, project, TimeRange{now_ns - 2 * kDayNs, now_ns - kDayNs - 1});
  if (!previous) return fail(previous);
  return Change{*current, *previous};
}

Result<Response> stats(const Request& request, Services& services) {
  constexpr std::pair<const char*, decltype(&requests_between)> kFigures[] = {
      {"requests", requests_between},
      {"exceptions", exceptions_between},
      {"memoryUsage", memory_between},
      {"cpuUsage", cpu_between}};
  json::Writer out;
  out.begin_object();
  for (const auto& [name, figure] : kFigures) {
    const auto change =
        change_of(figure, services.telemetry, request.caller.project, services.clock.now_ns());
    if (!change) return fail(change);
    write_change(out, name, *change);
  }
  out.end_object();
  return http::json_response(out.take());
}

// --- GET /dashboard/overview ---

/// Everything the page shows, asked before the first byte is written.
struct Overview {
  std::vector<Arrival> arrivals;
  std::vector<api::ExceptionGroup> issues;
  std::vector<api::EndpointStats> worst_endpoints;
  Figures figures;
  std::vector<Release> releases;
  std::vector<Attention> attention;
};

Result<Overview> overview_of(TelemetryDb& telemetry, const Uuid& project, const Window& window,
                             std::int64_t now_ns) {
  constexpr api::Pagination kWorst{1, 10};
  Overview out;
  auto arrivals = arrivals_of(telemetry, project);
  if (!arrivals) return fail(arrivals);
  out.arrivals = std::move(*arrivals);
  const auto issues = recent_issues(telemetry, project, window);
  if (!issues) return fail(issues);
  for (std::size_t i = 0; i < std::min(issues->size(), kMostIssues); ++i) {
    out.issues.push_back((*issues)[i].group);
  }
  const auto failed =
      api::FailedRuns::find(telemetry, project, {window.previous.from_ns, window.current.to_ns});
  if (!failed) return fail(failed);
  const auto groups =
      telemetry.aggregate(api::endpoint_groups_query({project, window.current, {}}));
  if (!groups) return fail(groups);
  out.worst_endpoints = api::to_endpoint_groups(groups->rows);
  auto figures = figures_of(telemetry, project, window, *failed);
  if (!figures) return fail(figures);
  out.figures = std::move(*figures);
  auto releases = releases_of(telemetry, project, window);
  if (!releases) return fail(releases);
  out.releases = std::move(*releases);
  const Known known{
      project,     window, now_ns, last_arrival(out.arrivals), *failed, out.worst_endpoints,
      out.releases};
  auto attention = unusual(telemetry, known, issue_attention(*issues));
  if (!attention) return fail(attention);
  out.attention = std::move(*attention);
  api::order_by_impact(out.worst_endpoints, false);
  api::keep_page(out.worst_endpoints, kWorst);
  return out;
}

void write_attention(json::Writer& out, const Attention& about) {
  out.begin_object();
  out.key("kind").value(name_of(about.kind));
  out.key("severity").value(about.severity);
  out.key("title").value(about.title);
  out.key("detail").value(about.detail);
  out.key("since").value(about.since);
  out.key("entity").begin_object();
  out.key("type").value(about.entity.type);
  out.key("id").value(about.entity.id);
  out.end_object().end_object();
}

void write_tiles(json::Writer& out, const Figures& figures) {
  const std::pair<const char*, const Tile*> tiles[] = {
      {"requests", &figures.requests},
      {"errorRate", &figures.error_rate},
      {"p95Ms", &figures.p95_ms},
      {"apdex", &figures.apdex},
      {"taskFailureRate", &figures.task_failure_rate}};
  out.begin_object();
  for (const auto& [name, tile] : tiles) {
    out.key(name);
    write(out, *tile);
  }
  out.end_object();
}

void write_time(json::Writer& out, const std::optional<std::int64_t>& time_ns) {
  if (time_ns) {
    out.value(Timestamp{*time_ns});
  } else {
    out.null();
  }
}

std::string overview_json(const Overview& overview, const Window& window) {
  const auto last = last_arrival(overview.arrivals);
  json::Writer out;
  out.begin_object();
  out.key("recentIssues");
  json::write(out, overview.issues);
  out.key("worstEndpoints");
  json::write(out, overview.worst_endpoints);
  out.key("hasData").value(last.has_value());
  out.key("attention").begin_array();
  for (const Attention& about : overview.attention) write_attention(out, about);
  out.end_array();
  out.key("tiles");
  write_tiles(out, overview.figures);
  out.key("traffic").begin_object();
  out.key("bucketMinutes").value(window.bucket_minutes);
  out.key("points");
  json::write(out, overview.figures.traffic);
  out.end_object();
  out.key("releases");
  json::write(out, overview.releases);
  out.key("lastEventAt");
  write_time(out, last);
  out.end_object();
  return out.take();
}

Result<Response> dashboard_overview(const Request& request, Services& services) {
  const std::int64_t now_ns = services.clock.now_ns();
  const Window window =
      window_of(request.query_param("fromDate"), request.query_param("toDate"), now_ns);
  const auto overview = overview_of(services.telemetry, request.caller.project, window, now_ns);
  if (!overview) return fail(overview);
  return http::json_response(overview_json(*overview, window));
}

// --- GET /connection/status ---

Result<Response> connection_status(const Request& request, Services& services) {
  const Uuid& project = request.caller.project;
  const auto arrivals = arrivals_of(services.telemetry, project);
  if (!arrivals) return fail(arrivals);
  json::Writer out;
  out.begin_object().key("kinds").begin_array();
  for (const Arrival& one : *arrivals) {
    out.begin_object().key("kind").value(one.kind).key("firstAt");
    write_time(out, one.first_ns);
    out.key("lastAt");
    write_time(out, one.last_ns);
    out.key("count").value(one.count).end_object();
  }
  out.end_array().key("rejections").begin_array();
  for (const http::Rejection& one : services.rejections.of(project)) {
    out.begin_object();
    out.key("at").value(Timestamp{one.at_ns}).key("status").value(one.status);
    out.key("route").value(one.route).key("reason").value(one.reason).end_object();
  }
  out.end_array().end_object();
  return http::json_response(out.take());
}

}  // namespace

void add_overview_routes(http::Router& router, Services& services) {
  using http::Later;
  using http::Method;
  const auto project_read = http::guard::project_read();
  router.add(Method::kPost, "/api/stats", project_read,
             [&services](Request& r, Later&) { return stats(r, services); });
  router.add(Method::kGet, "/api/dashboard/overview", project_read,
             [&services](Request& r, Later&) { return dashboard_overview(r, services); });
  router.add(Method::kGet, "/api/connection/status", project_read,
             [&services](Request& r, Later&) { return connection_status(r, services); });
}

}  // namespace traceway::overview
