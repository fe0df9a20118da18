#include "overview/figures.h"

#include "api/buckets.h"
#include "api/measures.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

namespace traceway::overview {

namespace {

constexpr std::int64_t kDayNs = 86'400'000'000'000;
/// Far enough from the ends of int64 that a range and the equal one before it can be told.
constexpr std::int64_t kLatestNs = 4'000'000'000'000'000'000;

using Figure = std::function<std::optional<double>(const Row&)>;

/// The whole of both ranges, and the current one bucket by bucket.
struct Measured {
  Row current;
  Row previous;
  Rows buckets;
};

Result<Measured> measure(TelemetryDb& telemetry, AggregateQuery query, const Window& window) {
  query.filter.range = window.current;
  auto current = telemetry.aggregate(query);
  if (!current) return fail(current);
  query.filter.range = window.previous;
  auto previous = telemetry.aggregate(query);
  if (!previous) return fail(previous);
  query.filter.range = window.current;
  query.bucket_minutes = window.bucket_minutes;
  auto buckets = telemetry.aggregate(query);
  if (!buckets) return fail(buckets);
  return Measured{std::move(current->rows.at(0)), std::move(previous->rows.at(0)),
                  std::move(buckets->rows)};
}

Tile tile_of(const Measured& measured, const Window& window, const Figure& figure,
             std::optional<double> without_rows) {
  std::unordered_map<std::int64_t, const Row*> by_start;
  for (const Row& row : measured.buckets) by_start.emplace(row.integer("bucket"), &row);
  Tile tile{figure(measured.current), figure(measured.previous), {}};
  if (window.current.from_ns > window.current.to_ns) return tile;
  const std::int64_t step = window.bucket_minutes * api::kNsPerMinute;
  for (std::int64_t start = api::bucket_start(window.current.from_ns, window.bucket_minutes);
       start <= window.current.to_ns; start += step) {
    const auto row = by_start.find(start);
    tile.trend.push_back(row == by_start.end() ? without_rows : figure(*row->second));
  }
  return tile;
}

/// A figure that needs rows to be taken from.
Figure of_rows(std::function<double(const Row&)> figure) {
  return [figure = std::move(figure)](const Row& row) -> std::optional<double> {
    if (row.integer("count") == 0) return std::nullopt;
    return figure(row);
  };
}

AggregateQuery request_query(const Uuid& project) {
  AggregateQuery query{.family = Family::kEndpoints, .filter = {project, {}, {}}};
  query.measures = api::apdex_counts();
  query.measures.push_back(api::count_of_rows());
  query.measures.push_back(api::server_errors());
  query.measures.push_back(api::count_where({api::where("status_code", Op::kGreaterEqual, 400),
                                             api::where("status_code", Op::kLess, 500)},
                                            "client_errors"));
  query.measures.push_back(api::duration_quantile(0.95, "p95"));
  return query;
}

TrafficPoint to_traffic(const Row& row) {
  TrafficPoint out{{row.integer("bucket")}};
  out.client_errors = row.integer("client_errors");
  out.server_errors = row.integer("server_errors");
  out.ok = row.integer("count") - out.client_errors - out.server_errors;
  return out;
}

std::optional<std::int64_t> time_of(std::optional<std::string_view> text) {
  const auto time = text ? parse_rfc3339(*text) : std::nullopt;
  if (!time || *time < 0) return std::nullopt;
  return std::min(*time, kLatestNs);
}

}  // namespace

Window window_of(std::optional<std::string_view> from, std::optional<std::string_view> to,
                 std::int64_t now_ns) {
  Window out;
  out.current.to_ns = time_of(to).value_or(now_ns);
  out.current.from_ns = time_of(from).value_or(out.current.to_ns - kDayNs);
  const std::int64_t length =
      std::max<std::int64_t>(out.current.to_ns - out.current.from_ns + 1, 0);
  out.previous = {out.current.from_ns - length, out.current.from_ns - 1};
  out.bucket_minutes = api::bucket_minutes_for(out.current);
  return out;
}

Result<Figures> figures_of(TelemetryDb& telemetry, const Uuid& project, const Window& window,
                           const api::FailedRuns& failed) {
  const auto requests = measure(telemetry, request_query(project), window);
  if (!requests) return fail(requests);
  AggregateQuery task_query{.family = Family::kTasks, .filter = {project, {}, {}}};
  task_query.measures = {api::count_of_rows(), failed.measure()};
  const auto runs = measure(telemetry, std::move(task_query), window);
  if (!runs) return fail(runs);

  const auto count = [](const Row& row) -> std::optional<double> { return row.real("count"); };
  const auto error_rate =
      of_rows([](const Row& row) { return 100 * row.real("server_errors") / row.real("count"); });
  const auto p95 = of_rows([](const Row& row) { return api::to_ms(row.real("p95")); });
  const auto apdex = of_rows([](const Row& row) {
    return (row.real("satisfied") + row.real("tolerable") / 2) / row.real("count");
  });
  const auto failure_rate =
      of_rows([](const Row& row) { return 100 * row.real("failures") / row.real("count"); });
  Figures out;
  out.requests = tile_of(*requests, window, count, 0);
  out.error_rate = tile_of(*requests, window, error_rate, std::nullopt);
  out.p95_ms = tile_of(*requests, window, p95, std::nullopt);
  out.apdex = tile_of(*requests, window, apdex, std::nullopt);
  out.task_failure_rate = tile_of(*runs, window, failure_rate, std::nullopt);
  for (const Row& row : requests->buckets) out.traffic.push_back(to_traffic(row));
  return out;
}

Result<std::vector<Release>> releases_of(TelemetryDb& telemetry, const Uuid& project,
                                         const Window& window) {
  AggregateQuery query{.family = Family::kSpans,
                       .filter = {project, {window.previous.from_ns, window.current.to_ns}, {}},
                       .group_by = {"app_version"},
                       .measures = {{MeasureKind::kFirstSeen, {}, 0, {}, "first_seen"}},
                       .order = Order{"first_seen", true}};
  query.filter.predicates.push_back({"app_version", Op::kNotEqual, {std::string()}});
  query.page = Page{0, static_cast<std::int64_t>(kMostReleases)};
  const auto table = telemetry.aggregate(query);
  if (!table) return fail(table);
  std::vector<Release> out;
  for (const Row& row : table->rows) {
    const std::int64_t first_seen = row.integer("first_seen");
    if (first_seen >= window.current.from_ns)
      out.push_back({row.text("app_version"), {first_seen}});
  }
  std::ranges::reverse(out);
  return out;
}

void write(json::Writer& out, const Tile& tile) {
  out.begin_object().key("current");
  json::write(out, tile.current);
  out.key("previous");
  json::write(out, tile.previous);
  out.key("trend");
  json::write(out, tile.trend);
  out.end_object();
}

}  // namespace traceway::overview
