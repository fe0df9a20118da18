#include "metrics/metrics.h"

#include "app/services.h"
#include "base/text.h"
#include "http/router.h"
#include "metrics/query.h"
#include "metrics/registry.h"
#include "storage/telemetry_db.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace traceway::metrics {

/// What a user corrects.
struct UpdateRequest {
  std::string name;
  std::string metric_type;
  std::string unit;
  std::string description;
};

/// A row of the registry. Source: dashboard-api 8.3.
struct RegistryEntry {
  std::int64_t id = 0;
  Uuid project_id;
  std::string name;
  std::string metric_type;
  std::string unit;
  std::string description;
  Timestamp created_at;
};

/// A metric that has points.
struct DiscoveredMetric {
  std::string name;
  std::vector<std::string> tag_keys;
  std::optional<std::string> metric_type;
  std::optional<std::string> unit;
};

}  // namespace traceway::metrics

namespace traceway {

template <>
inline constexpr auto fields<metrics::UpdateRequest> =
    std::tuple{field("name", &metrics::UpdateRequest::name),
               field("metric_type", &metrics::UpdateRequest::metric_type),
               field("unit", &metrics::UpdateRequest::unit),
               field("description", &metrics::UpdateRequest::description)};

template <>
inline constexpr auto fields<metrics::RegistryEntry> =
    std::tuple{field("id", &metrics::RegistryEntry::id),
               field("project_id", &metrics::RegistryEntry::project_id),
               field("name", &metrics::RegistryEntry::name),
               field("metric_type", &metrics::RegistryEntry::metric_type),
               field("unit", &metrics::RegistryEntry::unit),
               field("description", &metrics::RegistryEntry::description),
               field("created_at", &metrics::RegistryEntry::created_at)};

template <>
inline constexpr auto fields<metrics::DiscoveredMetric> =
    std::tuple{field("name", &metrics::DiscoveredMetric::name),
               field("tag_keys", &metrics::DiscoveredMetric::tag_keys),
               field("metric_type", &metrics::DiscoveredMetric::metric_type),
               field("unit", &metrics::DiscoveredMetric::unit)};

}  // namespace traceway

namespace traceway::metrics {

namespace {

using http::Request;
using http::Response;

constexpr std::size_t kMaxMetrics = 1000;
constexpr std::size_t kMaxValues = 1000;
constexpr std::size_t kMaxUnitBytes = 512;
constexpr std::size_t kMaxDescriptionBytes = 4096;
constexpr std::int64_t kDiscoverNs = 7LL * 24 * 3600 * 1'000'000'000;

/// What is absent is the last seven days. Errors: kMalformed for a time that is none.
Result<TimeRange> discover_range(const Request& request, std::int64_t now_ns) {
  TimeRange range{now_ns - kDiscoverNs, now_ns};
  for (const auto& [name, bound] : {std::pair("from", &range.from_ns), {"to", &range.to_ns}}) {
    const auto text = request.query_param(name);
    if (!text || text->empty()) continue;
    const auto time = parse_rfc3339(*text);
    if (!time) return fail(ErrorCode::kMalformed, std::string(name) + " is not a time");
    *bound = *time;
  }
  return range;
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

Result<Response> discover(const Request& request, Services& services, Registry& registry) {
  const Uuid& project = request.caller.project;
  const auto range = discover_range(request, services.clock.now_ns());
  if (!range) return fail(range);
  AggregateQuery query{.family = Family::kMetricPoints,
                       .filter = {project, *range, {}},
                       .group_by = {"name", "tag_key"}};
  const auto table = services.telemetry.aggregate(query);
  if (!table) return fail(table);
  const auto registered = registry.all(project);
  if (!registered) return fail(registered);
  std::map<std::string, const RegisteredMetric*> by_name;
  for (const RegisteredMetric& one : *registered) by_name[one.name] = &one;

  std::vector<DiscoveredMetric> metrics;  // rows come by name, then key
  for (const Row& row : table->rows) {
    const std::string name = row.text("name");
    if (metrics.empty() || metrics.back().name != name) {
      if (metrics.size() == kMaxMetrics) break;
      DiscoveredMetric& metric = metrics.emplace_back();
      metric.name = name;
      if (const auto known = by_name.find(name); known != by_name.end()) {
        metric.metric_type = unless_empty(known->second->metric_type);
        metric.unit = unless_empty(known->second->unit);
      }
    }
    if (!row.is_null("tag_key")) metrics.back().tag_keys.push_back(row.text("tag_key"));
  }
  json::Writer out;
  out.begin_object().key("metrics");
  json::write(out, metrics);
  out.end_object();
  return http::json_response(out.take());
}

Result<Response> discover_tags(const Request& request, Services& services) {
  const auto name = request.query_param("name");
  const auto key = request.query_param("key");
  if (!name || name->empty() || !key || key->empty())
    return fail(ErrorCode::kMalformed, "name and key query params are required");
  const std::int64_t now_ns = services.clock.now_ns();
  const std::string column = "tags." + std::string(*key);
  AggregateQuery query{.family = Family::kMetricPoints,
                       .filter = {request.caller.project,
                                  {now_ns - kDiscoverNs, now_ns},
                                  {{"name", Op::kEqual, {std::string(*name)}}}},
                       .group_by = {column}};
  const auto table = services.telemetry.aggregate(query);
  if (!table) return fail(table);
  json::Writer out;
  out.begin_object().key("values").begin_array();
  std::size_t count = 0;
  for (const Row& row : table->rows) {
    const std::string value = row.text(column);
    if (value.empty()) continue;
    if (++count > kMaxValues) break;
    out.value(value);
  }
  out.end_array().end_object();
  return http::json_response(out.take());
}

Result<Response> update(const Request& request, Services& services, Registry& registry) {
  const auto asked = from_json<UpdateRequest>(request.body_text());
  if (!asked) return fail(asked);
  if (asked->name.empty()) return fail(ErrorCode::kMalformed, "Invalid request body", "name");
  constexpr std::string_view kTypes[] = {"", "gauge", "counter", "delta"};
  if (std::ranges::find(kTypes, asked->metric_type) == std::end(kTypes))
    return fail(ErrorCode::kMalformed, "metricType must be 'gauge' or 'counter'");
  if (asked->unit.size() > kMaxUnitBytes || asked->description.size() > kMaxDescriptionBytes)
    return fail(ErrorCode::kInvalid, "Unit or description is too long.");
  registry.settle();
  const auto entry = services.main.write([&](Tx& tx) {
    return run_one<RegistryEntry>(tx, "metrics.update",
                                  {{"project_id", to_value(request.caller.project)},
                                   {"name", to_value(asked->name)},
                                   {"metric_type", to_value(asked->metric_type)},
                                   {"unit", to_value(asked->unit)},
                                   {"description", to_value(asked->description)}});
  });
  if (!entry) return fail(entry);
  if (!*entry) return fail(ErrorCode::kNotFound, "metric not found in registry");
  return http::json_response(to_json(**entry));
}

}  // namespace

void add_metric_routes(http::Router& router, Services& services, Registry& registry) {
  using http::Later;
  using http::Method;
  const auto project_read = http::guard::project_read();
  router.add(Method::kPost, "/api/metrics/query", project_read,
             [&](Request& r, Later&) { return query_metrics(r, services, registry); });
  router.add(Method::kGet, "/api/metrics/discover", project_read,
             [&](Request& r, Later&) { return discover(r, services, registry); });
  router.add(Method::kGet, "/api/metrics/discover/tags", project_read,
             [&](Request& r, Later&) { return discover_tags(r, services); });
  router.add(Method::kPut, "/api/metrics/registry", http::guard::project_write(),
             [&](Request& r, Later&) { return update(r, services, registry); });
}

}  // namespace traceway::metrics
