#include "metrics/query.h"

#include "api/buckets.h"
#include "app/services.h"
#include "metrics/registry.h"
#include "storage/telemetry_db.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace traceway::metrics {

namespace {

constexpr std::size_t kMaxQueries = 20;
constexpr std::size_t kMaxFilters = 10;
constexpr int kMaxGroups = 100;
constexpr std::int64_t kMaxBuckets = 2000;
constexpr int kMaxIntervalMinutes = 10'080;
constexpr std::int64_t kMaxRangeNs = 400LL * 24 * 3600 * 1'000'000'000;
constexpr std::string_view kUngrouped = "__all__";
constexpr std::string_view kEmptyGroup = "(empty)";

}  // namespace

/// One of the series asked for.
struct MetricQuery {
  std::string name;
  std::string aggregation;
  RawJson tag_filters;
  std::string group_by;
};

struct QueryRequest {
  std::optional<Timestamp> from;
  std::optional<Timestamp> to;
  int interval_minutes = 0;
  std::vector<MetricQuery> queries;
};

}  // namespace traceway::metrics

namespace traceway {

template <>
inline constexpr auto fields<metrics::MetricQuery> =
    std::tuple{field("name", &metrics::MetricQuery::name),
               field("aggregation", &metrics::MetricQuery::aggregation),
               field("tag_filters", &metrics::MetricQuery::tag_filters),
               field("group_by", &metrics::MetricQuery::group_by)};

template <>
inline constexpr auto fields<metrics::QueryRequest> =
    std::tuple{field("from", &metrics::QueryRequest::from), field("to", &metrics::QueryRequest::to),
               field("interval_minutes", &metrics::QueryRequest::interval_minutes),
               field("queries", &metrics::QueryRequest::queries)};

}  // namespace traceway

namespace traceway::metrics {

namespace {

using Filters = std::vector<Predicate>;

tl::unexpected<Error> malformed(std::string_view detail) {
  return fail(ErrorCode::kMalformed, "Invalid request body", std::string(detail));
}

Result<QueryRequest> parse_request(std::string_view body) {
  auto asked = from_json<QueryRequest>(body);
  if (!asked) return asked;
  const auto is_time = [](const std::optional<Timestamp>& time) {
    return time && time->ns != INT64_MIN;
  };
  if (!is_time(asked->from) || !is_time(asked->to)) return malformed("from and to");
  if (asked->queries.empty()) return malformed("queries");
  for (const MetricQuery& query : asked->queries) {
    if (query.name.empty()) return malformed("name");
  }
  return asked;
}

/// The bucket length, once everything is within its limits.
Result<int> interval_of(const QueryRequest& asked) {
  const TimeRange range{asked.from->ns, asked.to->ns};
  if (range.to_ns <= range.from_ns)
    return fail(ErrorCode::kInvalid, "The end of the range must be after its start.");
  if (asked.queries.size() > kMaxQueries)
    return fail(ErrorCode::kInvalid, "At most 20 queries can be asked at once.");
  if (range.from_ns < range.to_ns - kMaxRangeNs || range.to_ns < INT64_MIN + kMaxRangeNs)
    return fail(ErrorCode::kInvalid, "The range must not be longer than 400 days.");
  if (asked.interval_minutes > kMaxIntervalMinutes)
    return fail(ErrorCode::kInvalid, "intervalMinutes must be at most 10080.");
  const int interval =
      asked.interval_minutes > 0 ? asked.interval_minutes : api::metric_bucket_minutes(range);
  if ((range.to_ns - range.from_ns) / (interval * api::kNsPerMinute) > kMaxBuckets) {
    return fail(ErrorCode::kInvalid,
                "The range has more than 2000 buckets. Choose a longer interval.");
  }
  return interval;
}

Result<Filters> filters_of(const MetricQuery& query) {
  Filters out = {{"name", Op::kEqual, {query.name}}};
  if (query.tag_filters.text.empty()) return out;
  const auto tags = json::Value::parse(query.tag_filters.text);
  if (!tags || (!tags->is_object() && !tags->is_null())) return malformed("tagFilters");
  const auto keys = tags->keys();
  if (keys.size() > kMaxFilters)
    return fail(ErrorCode::kInvalid, "At most 10 tag filters can be used in one query.");
  for (const std::string& key : keys) {
    auto value = tags->at(key).as_string();
    if (!value) return malformed("tagFilters");
    out.push_back({"tags." + key, Op::kEqual, {std::move(*value)}});
  }
  return out;
}

/// The measure behind an aggregation's name. What a delta metric counts is its rate already.
MeasureKind measure_of(std::string_view aggregation, const std::optional<RegisteredMetric>& known) {
  constexpr std::pair<std::string_view, MeasureKind> kAggregations[] = {
      {"min", MeasureKind::kMin},     {"max", MeasureKind::kMax},   {"sum", MeasureKind::kSum},
      {"count", MeasureKind::kCount}, {"last", MeasureKind::kLast}, {"rate", MeasureKind::kRate}};
  for (const auto& [name, kind] : kAggregations) {
    if (name != aggregation) continue;
    const bool is_delta = known && known->metric_type == metric_type_name(MetricType::kDelta);
    return kind == MeasureKind::kRate && is_delta ? MeasureKind::kSum : kind;
  }
  return MeasureKind::kMean;
}

std::string series_name(const Row& row, const AggregateQuery& query) {
  if (query.group_by.empty() || row.is_null(query.group_by[0])) return std::string(kUngrouped);
  std::string name = row.text(query.group_by[0]);
  return name.empty() ? std::string(kEmptyGroup) : name;
}

/// `[{timestamp, value}...]` per series, by name. `divisor`: what every value is divided by.
void write_series(json::Writer& out, const Table& table, const AggregateQuery& query,
                  double divisor) {
  std::map<std::string, std::vector<const Row*>> series;
  for (const Row& row : table.rows) series[series_name(row, query)].push_back(&row);
  out.key("series").begin_object();
  for (const auto& [name, rows] : series) {
    out.key(name).begin_array();
    for (const Row* row : rows) {
      out.begin_object().key("timestamp").value(Timestamp{row->integer("bucket")});
      out.key("value").value(row->real("value") / divisor).end_object();
    }
    out.end_array();
  }
  out.end_object();
}

Result<void> write_result(json::Writer& out, const MetricQuery& asked, AggregateQuery query,
                          Services& services, Registry& registry) {
  const auto known = registry.find(query.filter.project, asked.name);
  if (!known) return fail(known);
  auto filters = filters_of(asked);
  if (!filters) return fail(filters);
  query.filter.predicates = std::move(*filters);
  const MeasureKind kind = measure_of(asked.aggregation, *known);
  query.measures = {{kind, "value", 0, {}, "value"}, {MeasureKind::kCount, {}, 0, {}, "points"}};
  if (!asked.group_by.empty()) {
    query.group_by = {"tags." + asked.group_by};
    query.top = kMaxGroups;
    query.top_by = "points";
    query.other_name = {};  // left out
  }
  const auto table = services.telemetry.aggregate(query);
  if (!table) return fail(table);
  const bool is_summed_rate = asked.aggregation == "rate" && kind == MeasureKind::kSum;
  out.begin_object().key("name").value(asked.name);
  out.key("unit").value(asked.aggregation == "count" ? "count"
                        : *known                     ? std::string_view((*known)->unit)
                                                     : std::string_view());
  write_series(out, *table, query, is_summed_rate ? query.bucket_minutes * 60.0 : 1.0);
  out.end_object();
  return {};
}

}  // namespace

Result<http::Response> query_metrics(const http::Request& request, Services& services,
                                     Registry& registry) {
  const auto asked = parse_request(request.body_text());
  if (!asked) return fail(asked);
  const auto interval = interval_of(*asked);
  if (!interval) return fail(interval);
  AggregateQuery query{.family = Family::kMetricPoints,
                       .filter = {request.caller.project, {asked->from->ns, asked->to->ns}, {}},
                       .bucket_minutes = *interval};
  json::Writer out;
  out.begin_object().key("results").begin_array();
  for (const MetricQuery& one : asked->queries) {
    if (auto done = write_result(out, one, query, services, registry); !done) return fail(done);
  }
  out.end_array().end_object();
  return http::json_response(out.take());
}

}  // namespace traceway::metrics
