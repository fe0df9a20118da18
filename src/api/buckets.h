// Lengths of time buckets, so that a range of any length is a drawable number of points.
#pragma once

#include "storage/telemetry_db.h"

#include <algorithm>
#include <cstdint>

namespace traceway::api {

inline constexpr std::int64_t kNsPerMinute = 60'000'000'000;

/// Minutes of a bucket for a range whose bounds are in order. Past some months longer than the
/// specification's, so that there are at most 500 buckets. Source: dashboard-api 1.7.
[[nodiscard]] inline int bucket_minutes_for(const TimeRange& range) {
  const double minutes = (static_cast<double>(range.to_ns) - static_cast<double>(range.from_ns)) /
                         static_cast<double>(kNsPerMinute);
  if (minutes < 2 * 60) return 1;
  if (minutes < 12 * 60) return 5;
  if (minutes < 48 * 60) return 15;
  if (minutes < 168 * 60) return 60;
  int bucket = 240;
  while (minutes / bucket > 500) bucket *= 2;
  return bucket;
}

/// The table of dashboard-api 1.7 as it stands, for the routes whose own limits bound the buckets.
[[nodiscard]] inline int metric_bucket_minutes(const TimeRange& range) {
  return std::min(bucket_minutes_for(range), 240);
}

/// Start of the bucket that holds a time since 1970.
[[nodiscard]] inline std::int64_t bucket_start(std::int64_t time_ns, int minutes) {
  return time_ns - time_ns % (minutes * kNsPerMinute);
}

}  // namespace traceway::api
