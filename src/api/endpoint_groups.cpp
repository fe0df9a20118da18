#include "api/endpoint_groups.h"

#include "api/impact.h"
#include "api/measures.h"

#include <algorithm>
#include <array>

namespace traceway::api {

namespace {

constexpr std::int64_t kSatisfiedNs = 750 * kNsPerMs;
constexpr std::int64_t kTolerableNs = 1500 * kNsPerMs;

EndpointStats to_group(const Row& row) {
  EndpointStats out;
  out.endpoint = row.text("endpoint");
  out.count = row.integer("count");
  out.p50_duration = row.integer("p50_duration");
  out.p95_duration = row.integer("p95_duration");
  out.p99_duration = row.integer("p99_duration");
  out.avg_duration = row.integer("avg_duration");
  out.last_seen.ns = row.integer("last_seen");
  out.server_errors = row.integer("server_errors");
  Impact impact = impact_of({.endpoint = out.endpoint,
                             .rows = out.count,
                             .satisfied = row.integer("satisfied"),
                             .tolerable = row.integer("tolerable"),
                             .client_errors = row.integer("client_errors"),
                             .server_errors = out.server_errors,
                             .p99_ms = to_ms(row.real("p99_duration")),
                             .offset_ms = 0,
                             .is_stream = row.integer("streams") * 2 > out.count});
  out.impact = impact.score;
  out.impact_reason = std::move(impact.reason);
  return out;
}

}  // namespace

AggregateQuery endpoint_groups_query(Filter filter) {
  const Predicate has_not_failed = where("status_code", Op::kLess, 500);
  AggregateQuery query{
      .family = Family::kEndpoints, .filter = std::move(filter), .group_by = {"endpoint"}};
  query.measures = {
      count_of_rows(),
      duration_quantile(0.5, "p50_duration"),
      duration_quantile(0.95, "p95_duration"),
      duration_quantile(0.99, "p99_duration"),
      {MeasureKind::kMean, "duration", 0, {}, "avg_duration"},
      {MeasureKind::kLastSeen, {}, 0, {}, "last_seen"},
      count_where({where("duration", Op::kLessEqual, kSatisfiedNs), has_not_failed}, "satisfied"),
      count_where({where("duration", Op::kGreater, kSatisfiedNs),
                   where("duration", Op::kLessEqual, kTolerableNs), has_not_failed},
                  "tolerable"),
      count_where({where("status_code", Op::kGreaterEqual, 400), has_not_failed}, "client_errors"),
      server_errors(),
      count_where({where("is_stream", Op::kEqual, 1)}, "streams")};
  return query;
}

std::vector<EndpointStats> to_endpoint_groups(const Rows& rows) {
  std::vector<EndpointStats> out;
  out.reserve(rows.size());
  for (const Row& row : rows) out.push_back(to_group(row));
  return out;
}

bool is_endpoint_group_order(std::string_view column) {
  constexpr std::array<std::string_view, 6> kStored = {
      "count", "p50_duration", "p95_duration", "p99_duration", "avg_duration", "last_seen"};
  return std::ranges::find(kStored, column) != kStored.end();
}

void order_by_impact(std::vector<EndpointStats>& groups, bool is_ascending) {
  std::ranges::sort(groups, [&](const EndpointStats& a, const EndpointStats& b) {
    if (a.impact != b.impact) return is_ascending ? a.impact < b.impact : a.impact > b.impact;
    if (a.count != b.count) return a.count > b.count;  // among equals the busier one matters more
    return a.endpoint < b.endpoint;
  });
}

}  // namespace traceway::api
