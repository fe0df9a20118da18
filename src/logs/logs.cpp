#include "logs/logs.h"

#include "api/buckets.h"
#include "api/list_request.h"
#include "api/measures.h"
#include "app/services.h"
#include "base/text.h"
#include "http/router.h"
#include "logs/log_filter.h"
#include "storage/telemetry_db.h"

#include <array>
#include <chrono>
#include <map>

namespace traceway::logs {

namespace {

using http::Request;
using http::Response;

/// How long a list counts on once its page is complete: reading every body of a month to say "of
/// 1,234,567" is not worth waiting for.
constexpr std::chrono::milliseconds kCountWithin{300};

/// dashboard-api 13.
struct LogRecordView {
  Uuid id;
  Uuid project_id;
  Timestamp timestamp;
  std::optional<Timestamp> observed_timestamp;
  std::string trace_id;
  std::string span_id;
  std::int64_t trace_flags = 0;
  std::string severity_text;
  std::int64_t severity_number = 0;
  std::string service_name;
  std::string body;
  std::string resource_schema_url;
  RawJson resource_attributes;
  std::string scope_schema_url;
  std::string scope_name;
  std::string scope_version;
  RawJson scope_attributes;
  RawJson log_attributes;
};

struct LogPageInfo : api::PageInfo {
  std::optional<bool> is_total_lower_bound;  ///< true: there are at least that many
};

/// Records of one bucket of time, by class of severity.
struct LogBucket {
  Timestamp timestamp;
  std::int64_t total = 0;
  std::int64_t unknown = 0;
  std::int64_t trace = 0;
  std::int64_t debug = 0;
  std::int64_t info = 0;
  std::int64_t warn = 0;
  std::int64_t error = 0;
  std::int64_t fatal = 0;
};

struct Histogram {
  int interval_minutes = 0;
  std::int64_t total = 0;
  std::vector<LogBucket> buckets;
};

struct FacetValue {
  std::string value;
  std::int64_t count = 0;
};

struct Facets {
  std::vector<FacetValue> severities;
  std::vector<FacetValue> services;
  std::vector<FacetValue> scopes;
};

}  // namespace

}  // namespace traceway::logs

namespace traceway {

template <>
inline constexpr auto fields<logs::LogRecordView> =
    std::tuple{field("id", &logs::LogRecordView::id),
               field("project_id", &logs::LogRecordView::project_id),
               field("timestamp", &logs::LogRecordView::timestamp),
               field("observed_timestamp", &logs::LogRecordView::observed_timestamp),
               field("trace_id", &logs::LogRecordView::trace_id),
               field("span_id", &logs::LogRecordView::span_id),
               field("trace_flags", &logs::LogRecordView::trace_flags),
               field("severity_text", &logs::LogRecordView::severity_text),
               field("severity_number", &logs::LogRecordView::severity_number),
               field("service_name", &logs::LogRecordView::service_name),
               field("body", &logs::LogRecordView::body),
               field("resource_schema_url", &logs::LogRecordView::resource_schema_url),
               field("resource_attributes", &logs::LogRecordView::resource_attributes),
               field("scope_schema_url", &logs::LogRecordView::scope_schema_url),
               field("scope_name", &logs::LogRecordView::scope_name),
               field("scope_version", &logs::LogRecordView::scope_version),
               field("scope_attributes", &logs::LogRecordView::scope_attributes),
               field("log_attributes", &logs::LogRecordView::log_attributes)};

template <>
inline constexpr auto fields<logs::LogPageInfo> = std::tuple_cat(
    fields<api::PageInfo>,
    std::tuple{field("is_total_lower_bound", &logs::LogPageInfo::is_total_lower_bound)});

template <>
inline constexpr auto fields<logs::LogBucket> = std::tuple{
    field("timestamp", &logs::LogBucket::timestamp), field("total", &logs::LogBucket::total),
    field("unknown", &logs::LogBucket::unknown),     field("trace", &logs::LogBucket::trace),
    field("debug", &logs::LogBucket::debug),         field("info", &logs::LogBucket::info),
    field("warn", &logs::LogBucket::warn),           field("error", &logs::LogBucket::error),
    field("fatal", &logs::LogBucket::fatal)};

template <>
inline constexpr auto fields<logs::Histogram> = std::tuple{
    field("interval_minutes", &logs::Histogram::interval_minutes),
    field("total", &logs::Histogram::total), field("buckets", &logs::Histogram::buckets)};

template <>
inline constexpr auto fields<logs::FacetValue> =
    std::tuple{field("value", &logs::FacetValue::value), field("count", &logs::FacetValue::count)};

template <>
inline constexpr auto fields<logs::Facets> =
    std::tuple{field("severities", &logs::Facets::severities),
               field("services", &logs::Facets::services), field("scopes", &logs::Facets::scopes)};

}  // namespace traceway

namespace traceway::logs {

namespace {

LogRecordView to_view(const Row& row, const Uuid& project) {
  auto out = from_row<LogRecordView>(row);
  out.id = numbered_id(project, static_cast<std::uint64_t>(row.integer("number")));
  out.project_id = project;
  out.trace_id = text::to_hex(row.blob("trace_id"));
  out.span_id = text::to_hex(row.blob("span_id"));
  return out;
}

/// A column a list may be ordered by; by time unless asked for another one.
std::string order_column(std::string_view asked) {
  const bool is_known = asked == "severity_number" || asked == "service_name";
  return std::string(is_known ? asked : "timestamp");
}

Result<Response> list(const Request& request, Services& services) {
  const auto asked = parse_logs_request(request.body_text());
  if (!asked) return fail(asked);
  if (auto ok = api::check_pagination(asked->pagination); !ok) return fail(ok);
  const Uuid& project = request.caller.project;
  auto filter = filter_of(*asked, project, services.clock.now_ns());
  if (!filter) return fail(filter);
  const ListQuery query{Family::kLogs,
                        std::move(*filter),
                        {order_column(asked->order_by), asked->sort_direction != "asc"},
                        {asked->pagination->offset(), asked->pagination->page_size},
                        kCountWithin};
  const auto table = services.telemetry.list(query);
  if (!table) return fail(table);
  std::vector<LogRecordView> records;
  records.reserve(table->rows.size());
  for (const Row& row : table->rows) records.push_back(to_view(row, project));
  LogPageInfo info{api::page_info(*asked->pagination, table->total), std::nullopt};
  if (!table->is_total_exact) info.is_total_lower_bound = true;
  return api::page_response(records, info);
}

/// Where a bucket counts a class of severity (0 none .. 6 fatal).
std::int64_t& count_of(LogBucket& bucket, std::int64_t severity_class) {
  constexpr std::array kMembers = {&LogBucket::unknown, &LogBucket::trace, &LogBucket::debug,
                                   &LogBucket::info,    &LogBucket::warn,  &LogBucket::error,
                                   &LogBucket::fatal};
  return bucket.*kMembers[static_cast<std::size_t>(severity_class) % kMembers.size()];
}

Result<Response> histogram(const Request& request, Services& services) {
  const auto asked = parse_logs_request(request.body_text());
  if (!asked) return fail(asked);
  auto filter = filter_of(*asked, request.caller.project, services.clock.now_ns());
  if (!filter) return fail(filter);
  Histogram out;
  out.interval_minutes = api::bucket_minutes_for(filter->range);
  AggregateQuery query{.family = Family::kLogs,
                       .filter = std::move(*filter),
                       .group_by = {"severity_class"},
                       .bucket_minutes = out.interval_minutes};
  query.measures = {{MeasureKind::kCount, {}, 0, {}, "count"}};
  const auto table = services.telemetry.aggregate(query);
  if (!table) return fail(table);
  std::map<std::int64_t, LogBucket> buckets;
  for (const Row& row : table->rows) {
    LogBucket& bucket = buckets[row.integer("bucket")];
    const std::int64_t count = row.integer("count");
    count_of(bucket, row.integer("severity_class")) = count;
    bucket.total += count;
    out.total += count;
  }
  for (auto& [start, bucket] : buckets) {
    bucket.timestamp = {start};
    out.buckets.push_back(bucket);
  }
  return http::json_response(to_json(out));
}

std::string shown(const Row& row, const std::string& column) {
  constexpr std::array<std::string_view, 7> kClasses = {"",     "trace", "debug", "info",
                                                        "warn", "error", "fatal"};
  if (column != "severity_class") return row.text(column);
  return std::string(kClasses[static_cast<std::size_t>(row.integer(column)) % kClasses.size()]);
}

Result<std::vector<FacetValue>> facet(const Filter& filter, const std::string& column,
                                      TelemetryDb& telemetry) {
  constexpr std::int64_t kMostValues = 50;
  AggregateQuery query{.family = Family::kLogs, .filter = filter, .group_by = {column}};
  query.measures = {{MeasureKind::kCount, {}, 0, {}, "count"}};
  query.order = Order{"count", true};
  query.page = Page{0, kMostValues};
  const auto table = telemetry.aggregate(query);
  if (!table) return fail(table);
  std::vector<FacetValue> out;
  for (const Row& row : table->rows) out.push_back({shown(row, column), row.integer("count")});
  return out;
}

Result<Response> facets(const Request& request, Services& services) {
  const auto asked = parse_logs_request(request.body_text());
  if (!asked) return fail(asked);
  const auto filter = filter_of(*asked, request.caller.project, services.clock.now_ns());
  if (!filter) return fail(filter);
  Facets out;
  for (const auto& [column, member] :
       {std::pair("severity_class", &Facets::severities),
        std::pair("service_name", &Facets::services), std::pair("scope_name", &Facets::scopes)}) {
    auto values = facet(*filter, column, services.telemetry);
    if (!values) return fail(values);
    out.*member = std::move(*values);
  }
  return http::json_response(to_json(out));
}

Result<Response> one_record(const Request& request, Services& services) {
  const Uuid& project = request.caller.project;
  const auto id = parse_uuid(request.path_param("logId"));
  if (!id) return fail(ErrorCode::kMalformed, "invalid logId");
  if (!number_of(project, *id)) return fail(ErrorCode::kNotFound, "Log record not found");
  const auto rows = services.telemetry.lookup(Family::kLogs, {project, *id, std::nullopt});
  if (!rows) return fail(rows);
  if (rows->empty()) return fail(ErrorCode::kNotFound, "Log record not found");
  return http::json_response(to_json(to_view(rows->front(), project)));
}

}  // namespace

void add_log_routes(http::Router& router, Services& services) {
  using http::Later;
  using http::Method;
  const auto project_read = http::guard::project_read();
  router.add(Method::kPost, "/api/logs", project_read,
             [&services](Request& r, Later&) { return list(r, services); });
  router.add(Method::kPost, "/api/logs/histogram", project_read,
             [&services](Request& r, Later&) { return histogram(r, services); });
  router.add(Method::kPost, "/api/logs/facets", project_read,
             [&services](Request& r, Later&) { return facets(r, services); });
  router.add(Method::kGet, "/api/logs/:logId", project_read,
             [&services](Request& r, Later&) { return one_record(r, services); });
}

}  // namespace traceway::logs
