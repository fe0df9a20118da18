#include "endpoints/chart.h"

#include "api/list_request.h"
#include "app/services.h"
#include "base/json.h"
#include "storage/telemetry_db.h"

#include <algorithm>

namespace traceway::endpoints {

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
  std::string endpoint;
  double value = 0;  // ms
};

struct ChartAnswer {
  std::vector<std::string> endpoints;
  std::vector<Point> series;
};

Measure measure_of(std::string_view metric) {
  if (metric == "p50") return {MeasureKind::kQuantile, "duration", 0.5, {}, "value"};
  if (metric == "p95") return {MeasureKind::kQuantile, "duration", 0.95, {}, "value"};
  if (metric == "p99") return {MeasureKind::kQuantile, "duration", 0.99, {}, "value"};
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
Result<std::vector<std::string>> ranked_names(AggregateQuery query, Services& services) {
  query.order = Order{"value", true};
  query.page = Page{0, kTop};
  auto table = services.telemetry.aggregate(query);
  if (!table) return fail(table);
  std::vector<std::string> names;
  for (const Row& row : table->rows) names.push_back(row.text("endpoint"));
  if (table->total > kTop) names.emplace_back(kOther);
  return names;
}

}  // namespace

}  // namespace traceway::endpoints

namespace traceway {

template <>
inline constexpr auto fields<endpoints::ChartRequest> =
    std::tuple{field("from_date", &endpoints::ChartRequest::from_date),
               field("to_date", &endpoints::ChartRequest::to_date),
               field("metric_type", &endpoints::ChartRequest::metric_type),
               field("interval_minutes", &endpoints::ChartRequest::interval_minutes)};

template <>
inline constexpr auto fields<endpoints::Point> = std::tuple{
    field("timestamp", &endpoints::Point::timestamp),
    field("endpoint", &endpoints::Point::endpoint), field("value", &endpoints::Point::value)};

template <>
inline constexpr auto fields<endpoints::ChartAnswer> =
    std::tuple{field("endpoints", &endpoints::ChartAnswer::endpoints),
               field("series", &endpoints::ChartAnswer::series)};

namespace endpoints {

Result<http::Response> chart(http::Request& request, Services& services) {
  auto asked = from_json<ChartRequest>(request.body_text());
  if (!asked) return fail(asked);
  if (asked->interval_minutes < 1) asked->interval_minutes = 5;
  const TimeRange range = api::range_of(asked->from_date, asked->to_date, services.clock.now_ns());
  if (auto ok = check_bucket_count(range, asked->interval_minutes); !ok) return fail(ok);

  AggregateQuery query{.family = Family::kEndpoints,
                       .filter = {request.caller.project, range, {}},
                       .group_by = {"endpoint"},
                       .measures = {measure_of(asked->metric_type)}};
  auto names = ranked_names(query, services);
  if (!names) return fail(names);

  query.bucket_minutes = asked->interval_minutes;
  query.top = kTop;
  query.top_by = "value";
  query.other_name = kOther;
  auto table = services.telemetry.aggregate(query);
  if (!table) return fail(table);
  ChartAnswer answer{std::move(*names), {}};
  for (const Row& row : table->rows) {
    answer.series.push_back(
        {{row.integer("bucket")}, row.text("endpoint"), row.real("value") / 1e6});
  }
  std::ranges::sort(answer.series, [](const Point& a, const Point& b) {
    return a.timestamp.ns != b.timestamp.ns ? a.timestamp.ns < b.timestamp.ns
                                            : a.endpoint < b.endpoint;
  });
  return http::json_response(to_json(answer));
}

}  // namespace endpoints
}  // namespace traceway
