// What both OTLP encodings are read into before the rules of metrics are applied.
#pragma once

#include "ingest/wire_span.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace traceway::ingest {

/// The member of Metric's oneof.
enum class MetricKind : std::uint8_t {
  kNone,
  kGauge,
  kSum,
  kHistogram,
  kExponentialHistogram,
  kSummary
};

/// A metric without its points.
struct WireMetric {
  std::string_view name;
  std::string_view unit;
  MetricKind kind = MetricKind::kNone;
  std::uint64_t temporality = 0;  ///< 0 unspecified, 1 delta, 2 cumulative
  bool is_monotonic = false;
};

struct WireQuantile {
  double quantile = 0;
  double value = 0;
};

/// One data point of any kind. Decoders keep a single one and reuse its vectors.
struct WirePoint {
  WireAttributes attributes;
  std::uint64_t time_ns = 0;
  std::uint32_t flags = 0;
  std::optional<double> value;  ///< gauge and sum; integers as doubles
  std::uint64_t count = 0;      ///< the others
  std::optional<double> sum;
  std::optional<double> min;
  std::optional<double> max;
  std::vector<WireQuantile> quantiles;  ///< summary

  /// Back to the defaults; the vectors keep their memory.
  void clear() {
    attributes.clear();
    time_ns = count = 0;
    flags = 0;
    value = sum = min = max = std::nullopt;
    quantiles.clear();
  }
};

}  // namespace traceway::ingest
