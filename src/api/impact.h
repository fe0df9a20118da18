// The impact score: how much an endpoint hurts its users, and why, in words.
#pragma once

#include <cstdint>
#include <string>

namespace traceway::api {

/// What the store counted for one endpoint and range. Thresholds: 750 ms and 1,500 ms plus the
/// endpoint's offset.
struct ImpactInput {
  std::string endpoint;
  std::int64_t rows = 0;
  std::int64_t satisfied = 0;      ///< duration <= 750 ms + offset and status < 500
  std::int64_t tolerable = 0;      ///< up to 1,500 ms + offset and status < 500
  std::int64_t client_errors = 0;  ///< 400 <= status < 500
  std::int64_t server_errors = 0;  ///< status >= 500
  double p99_ms = 0;
  double offset_ms = 0;
  bool is_stream = false;  ///< streaming endpoints are not judged by latency
};

struct Impact {
  double score = 0;  ///< 0…1; >= 0.75 critical, >= 0.5 high, >= 0.25 medium
  std::string reason;
};

/// Pure. Source: dashboard-api 10.9.
[[nodiscard]] Impact impact_of(const ImpactInput& input);

}  // namespace traceway::api
