// What a project has ever sent, kind by kind.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "storage/telemetry_db.h"

#include <optional>
#include <string>
#include <vector>

namespace traceway::overview {

/// One kind of data. Times are those of the data, not of its arrival.
struct Arrival {
  std::string kind;  ///< request, error, task, span, metric, log, session
  std::optional<std::int64_t> first_ns;
  std::optional<std::int64_t> last_ns;
  std::int64_t count = 0;
};

/// All kinds, also those that never came.
[[nodiscard]] Result<std::vector<Arrival>> arrivals_of(TelemetryDb& telemetry, const Uuid& project);

/// The newest of all kinds.
[[nodiscard]] std::optional<std::int64_t> last_arrival(const std::vector<Arrival>& arrivals);

}  // namespace traceway::overview
