// Requests by route: how often, how fast, how much each route hurts.
#pragma once

#include "api/list_request.h"
#include "base/json.h"
#include "storage/telemetry_db.h"

#include <string>
#include <string_view>
#include <vector>

namespace traceway::api {

/// One route. Durations in ns. Source: dashboard-api 10.3.
struct EndpointStats {
  std::string endpoint;
  std::int64_t count = 0;
  std::int64_t p50_duration = 0;
  std::int64_t p95_duration = 0;
  std::int64_t p99_duration = 0;
  std::int64_t avg_duration = 0;
  Timestamp last_seen;
  double impact = 0;
  std::string impact_reason;
  std::int64_t server_errors = 0;  ///< status >= 500; not part of the JSON
};

/// Asks for everything to_endpoint_groups() reads; the caller adds order and page.
[[nodiscard]] AggregateQuery endpoint_groups_query(Filter filter);

[[nodiscard]] std::vector<EndpointStats> to_endpoint_groups(const Rows& rows);

/// Can the store order groups by that column?
[[nodiscard]] bool is_endpoint_group_order(std::string_view column);

/// Impact is no column of the store: it is computed for every group, then ordered here. Groups are
/// few (distinct routes), rows are many.
void order_by_impact(std::vector<EndpointStats>& groups, bool is_ascending);

}  // namespace traceway::api

namespace traceway {

template <>
inline constexpr auto fields<api::EndpointStats> =
    std::tuple{field("endpoint", &api::EndpointStats::endpoint),
               field("count", &api::EndpointStats::count),
               field("p50_duration", &api::EndpointStats::p50_duration),
               field("p95_duration", &api::EndpointStats::p95_duration),
               field("p99_duration", &api::EndpointStats::p99_duration),
               field("avg_duration", &api::EndpointStats::avg_duration),
               field("last_seen", &api::EndpointStats::last_seen),
               field("impact", &api::EndpointStats::impact),
               field("impact_reason", &api::EndpointStats::impact_reason)};

}  // namespace traceway
