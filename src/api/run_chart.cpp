#include "api/run_chart.h"

#include "api/measures.h"

#include <algorithm>

namespace traceway::api {

namespace {

constexpr int kTop = 5;
constexpr std::string_view kOther = "Other";
constexpr std::int64_t kMaxBuckets = 2000;
constexpr std::int64_t kNsPerMinute = 60'000'000'000;

struct ChartRequest {
  std::optional<Timestamp> from_date;
  std::optional<Timestamp> to_date;
  std::string metric_type;
  int interval_minutes = 0;
};

struct Point {
  Timestamp timestamp;
  std::string name;
  double value = 0;  // ms
};

Measure measure_of(std::string_view metric) {
  if (metric == "p50") return duration_quantile(0.5, "value");
  if (metric == "p95") return duration_quantile(0.95, "value");
  if (metric == "p99") return duration_quantile(0.99, "value");
  return {MeasureKind::kSum, "duration", 0, {}, "value"};
}

/// A start before 1970 means "everything": no client can draw that, so the bound is left to what is
/// asked of the rest.
Result<void> check_bucket_count(const TimeRange& range, int interval_minutes) {
  if (range.from_ns >= range.to_ns) return {};
  const double buckets = (static_cast<double>(range.to_ns) - static_cast<double>(range.from_ns)) /
                         static_cast<double>(kNsPerMinute * interval_minutes);
  if (buckets <= static_cast<double>(kMaxBuckets)) return {};
  return fail(
      ErrorCode::kInvalid,
      "Too many points: choose a longer interval or a shorter range (at most 2000 intervals)");
}

/// The names in rank order, `Other` last when there are more.
Result<std::vector<std::string>> ranked_names(AggregateQuery query, TelemetryDb& telemetry) {
  query.order = Order{"value", true};
  query.page = Page{0, kTop};
  auto table = telemetry.aggregate(query);
  if (!table) return fail(table);
  std::vector<std::string> names;
  for (const Row& row : table->rows) names.push_back(row.text(query.group_by.front()));
  if (table->total > kTop) names.emplace_back(kOther);
  return names;
}

std::string chart_json(const RunKind& kind, const std::vector<std::string>& names,
                       const std::vector<Point>& series) {
  json::Writer out;
  out.begin_object().key(std::string(kind.noun) + "s");
  json::write(out, names);
  out.key("series").begin_array();
  for (const Point& point : series) {
    out.begin_object().key("timestamp").value(point.timestamp);
    out.key(kind.noun).value(point.name).key("value").value(point.value).end_object();
  }
  out.end_array().end_object();
  return out.take();
}

}  // namespace

}  // namespace traceway::api

namespace traceway {

template <>
inline constexpr auto fields<api::ChartRequest> =
    std::tuple{field("from_date", &api::ChartRequest::from_date),
               field("to_date", &api::ChartRequest::to_date),
               field("metric_type", &api::ChartRequest::metric_type),
               field("interval_minutes", &api::ChartRequest::interval_minutes)};

namespace api {

Result<http::Response> run_chart(const http::Request& request, const RunKind& kind,
                                 TelemetryDb& telemetry, std::int64_t now_ns) {
  auto asked = from_json<ChartRequest>(request.body_text());
  if (!asked) return fail(asked);
  if (asked->interval_minutes < 1) asked->interval_minutes = 5;
  const TimeRange range = range_of(asked->from_date, asked->to_date, now_ns);
  if (auto ok = check_bucket_count(range, asked->interval_minutes); !ok) return fail(ok);

  const std::string name(kind.name_column);
  AggregateQuery query{.family = kind.family,
                       .filter = {request.caller.project, range, {}},
                       .group_by = {name},
                       .measures = {measure_of(asked->metric_type)}};
  const auto names = ranked_names(query, telemetry);
  if (!names) return fail(names);

  query.bucket_minutes = asked->interval_minutes;
  query.top = kTop;
  query.top_by = "value";
  query.other_name = kOther;
  const auto table = telemetry.aggregate(query);
  if (!table) return fail(table);
  std::vector<Point> series;
  for (const Row& row : table->rows)
    series.push_back({{row.integer("bucket")}, row.text(name), to_ms(row.real("value"))});
  std::ranges::sort(series, [](const Point& a, const Point& b) {
    return a.timestamp.ns != b.timestamp.ns ? a.timestamp.ns < b.timestamp.ns : a.name < b.name;
  });
  return http::json_response(chart_json(kind, *names, series));
}

}  // namespace api
}  // namespace traceway
