// The row shapes of the endpoints routes and how stored rows become them.
#pragma once

#include "base/json.h"
#include "storage/row.h"

#include <optional>
#include <string>
#include <vector>

namespace traceway::endpoints {

/// dashboard-api 10.1. Durations in ns.
struct Endpoint {
  Uuid id;
  Uuid project_id;
  std::string endpoint;
  std::int64_t duration = 0;
  Timestamp recorded_at;
  std::int64_t status_code = 0;
  std::int64_t body_size = 0;
  std::string client_ip;
  RawJson attributes;
  std::string app_version;
  std::string server_name;
  std::optional<Uuid> distributed_trace_id;
  std::optional<std::string> span_id;
  std::optional<std::string> parent_span_id;
  bool is_stream = false;
  bool is_root = false;
};

/// One group of POST /endpoints/grouped. Durations in ns.
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
};

/// The figures above one endpoint's list. Durations in ms.
struct Stats {
  std::int64_t count = 0;
  double avg_duration = 0;
  double median_duration = 0;
  double p95_duration = 0;
  double p99_duration = 0;
  double apdex = 0;
  double error_rate = 0;
  double throughput = 0;
};

/// A stored row of the endpoint family as the API shows it.
[[nodiscard]] Endpoint to_endpoint(const Row& row, const Uuid& project);

[[nodiscard]] std::vector<Endpoint> to_endpoints(const Rows& rows, const Uuid& project);

/// `{}` reads as null, as the API shows attribute maps of rows.
[[nodiscard]] RawJson map_or_null(std::string json);

/// The span id of a stored column (8 or 16 bytes) in the API's dashed form; empty optional for
/// none.
[[nodiscard]] std::optional<std::string> dashed_span_id(const Row& row, std::string_view column);

}  // namespace traceway::endpoints

namespace traceway {

template <>
inline constexpr auto fields<endpoints::Endpoint> =
    std::tuple{field("id", &endpoints::Endpoint::id),
               field("project_id", &endpoints::Endpoint::project_id),
               field("endpoint", &endpoints::Endpoint::endpoint),
               field("duration", &endpoints::Endpoint::duration),
               field("recorded_at", &endpoints::Endpoint::recorded_at),
               field("status_code", &endpoints::Endpoint::status_code),
               field("body_size", &endpoints::Endpoint::body_size),
               field("client_ip", &endpoints::Endpoint::client_ip, "clientIP"),
               field("attributes", &endpoints::Endpoint::attributes),
               field("app_version", &endpoints::Endpoint::app_version),
               field("server_name", &endpoints::Endpoint::server_name),
               field("distributed_trace_id", &endpoints::Endpoint::distributed_trace_id),
               field("span_id", &endpoints::Endpoint::span_id),
               field("parent_span_id", &endpoints::Endpoint::parent_span_id),
               field("is_stream", &endpoints::Endpoint::is_stream),
               field("is_root", &endpoints::Endpoint::is_root)};

template <>
inline constexpr auto fields<endpoints::EndpointStats> =
    std::tuple{field("endpoint", &endpoints::EndpointStats::endpoint),
               field("count", &endpoints::EndpointStats::count),
               field("p50_duration", &endpoints::EndpointStats::p50_duration),
               field("p95_duration", &endpoints::EndpointStats::p95_duration),
               field("p99_duration", &endpoints::EndpointStats::p99_duration),
               field("avg_duration", &endpoints::EndpointStats::avg_duration),
               field("last_seen", &endpoints::EndpointStats::last_seen),
               field("impact", &endpoints::EndpointStats::impact),
               field("impact_reason", &endpoints::EndpointStats::impact_reason)};

template <>
inline constexpr auto fields<endpoints::Stats> =
    std::tuple{field("count", &endpoints::Stats::count),
               field("avg_duration", &endpoints::Stats::avg_duration),
               field("median_duration", &endpoints::Stats::median_duration),
               field("p95_duration", &endpoints::Stats::p95_duration),
               field("p99_duration", &endpoints::Stats::p99_duration),
               field("apdex", &endpoints::Stats::apdex),
               field("error_rate", &endpoints::Stats::error_rate),
               field("throughput", &endpoints::Stats::throughput)};

}  // namespace traceway
