// Asks the store what the rules of attention.h compare, and since when it is so.
#pragma once

#include "api/endpoint_groups.h"
#include "api/task_groups.h"
#include "base/result.h"
#include "overview/attention.h"
#include "overview/figures.h"
#include "storage/telemetry_db.h"

#include <optional>
#include <span>
#include <vector>

namespace traceway::overview {

/// What an overview knows already when it asks for its sentences.
struct Known {
  Uuid project;
  Window window;
  std::int64_t now_ns = 0;
  std::optional<std::int64_t> last_event_ns;
  const api::FailedRuns& failed;
  std::span<const api::EndpointStats> endpoints;  ///< of the current range
  std::span<const Release> releases;
};

/// The most severe of `others` (issues) and of what endpoints, tasks and silence have to say.
[[nodiscard]] Result<std::vector<Attention>> unusual(TelemetryDb& telemetry, const Known& known,
                                                     std::vector<Attention> others);

}  // namespace traceway::overview
