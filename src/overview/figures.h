// The overview's tiles and traffic: a range beside the equal range before it.
#pragma once

#include "api/task_groups.h"
#include "base/json.h"
#include "base/result.h"
#include "storage/telemetry_db.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::overview {

/// What one overview looks at. Bounds are inclusive and after 1970.
struct Window {
  TimeRange current;
  TimeRange previous;  ///< as long, ending just before
  int bucket_minutes = 0;
};

/// Absent or malformed bounds: the 24 h before now. Source: dashboard-api 1.5, 7.2.
[[nodiscard]] Window window_of(std::optional<std::string_view> from,
                               std::optional<std::string_view> to, std::int64_t now_ns);

/// One figure of both ranges and its course over the current one, a value a bucket; empty where
/// nothing was measured.
struct Tile {
  std::optional<double> current;
  std::optional<double> previous;
  std::vector<std::optional<double>> trend;
};

struct TrafficPoint {
  Timestamp timestamp;
  std::int64_t ok = 0;  ///< status below 400
  std::int64_t client_errors = 0;
  std::int64_t server_errors = 0;
};

struct Figures {
  Tile requests;
  Tile error_rate;  ///< percent
  Tile p95_ms;
  Tile apdex;
  Tile task_failure_rate;             ///< percent
  std::vector<TrafficPoint> traffic;  ///< buckets with requests only
};

/// failed: of both ranges.
[[nodiscard]] Result<Figures> figures_of(TelemetryDb& telemetry, const Uuid& project,
                                         const Window& window, const api::FailedRuns& failed);

struct Release {
  std::string version;
  Timestamp first_seen;
};

/// Versions whose first span lies in the current range and none in the one before, oldest first,
/// the newest kMostReleases.
inline constexpr std::size_t kMostReleases = 50;
[[nodiscard]] Result<std::vector<Release>> releases_of(TelemetryDb& telemetry, const Uuid& project,
                                                       const Window& window);

void write(json::Writer& out, const Tile& tile);

}  // namespace traceway::overview

namespace traceway {

template <>
inline constexpr auto fields<overview::TrafficPoint> =
    std::tuple{field("timestamp", &overview::TrafficPoint::timestamp),
               field("ok", &overview::TrafficPoint::ok),
               field("client_errors", &overview::TrafficPoint::client_errors),
               field("server_errors", &overview::TrafficPoint::server_errors)};

template <>
inline constexpr auto fields<overview::Release> =
    std::tuple{field("version", &overview::Release::version),
               field("first_seen", &overview::Release::first_seen)};

}  // namespace traceway
