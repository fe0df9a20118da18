// What is known about a project's metrics beside their points, as ingest sees it: the metrics slice
// keeps it.
#pragma once

#include "base/id.h"
#include "model/metric_point.h"

#include <span>

namespace traceway {

/// Registers metrics by the first point of their name. Source: dashboard-api 8.3.
class MetricRegistry {
 public:
  virtual ~MetricRegistry() = default;
  /// Points of these metrics were stored: names that are new become known soon after. Any thread;
  /// memory only, never fails, never waits for a database.
  virtual void note(const Uuid& project, std::span<const MetricDefinition> definitions) = 0;
};

}  // namespace traceway
