// One value of a metric as stored, and what is told about a metric beside its values.
#pragma once

#include "model/span.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace traceway {

/// What readers may do with a metric's values. Source: ingest 4.11, dashboard-api 8.3.
enum class MetricType : std::uint8_t {
  kGauge,    ///< a level: averages
  kCounter,  ///< a total that only grows: differences between neighbours of one series
  kDelta     ///< what was added since the point before: sums
};

/// As the registry stores and shows it.
[[nodiscard]] constexpr std::string_view metric_type_name(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kDelta:
      return "delta";
    case MetricType::kGauge:
      break;
  }
  return "gauge";
}

/// Views into the batch that owns it. Points of one name with equal tags, in whatever order these
/// stand, are one series.
struct MetricPoint {
  std::string_view name;  ///< clean UTF-8, never empty, at most 2 KiB and a suffix
  double value = 0;       ///< finite, in the unit the client uses
  std::int64_t recorded_ns = 0;
  AttributeRange attributes;  ///< its tags
};

/// What the first point of a name says about the metric; the registry keeps it.
struct MetricDefinition {
  std::string name;
  MetricType type = MetricType::kGauge;
  std::string unit;  ///< "" when unknown
};

}  // namespace traceway
