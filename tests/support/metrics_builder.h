// Metric exports for tests, as OTLP protobuf.
#pragma once

#include "support/otlp_builder.h"

#include <cstdint>
#include <string>
#include <vector>

namespace traceway::test {

struct OtlpPoint {
  std::uint64_t time_ns = 0;
  double value = 0;  ///< of a histogram: sum, min and max of its one value
  OtlpAttributes attributes = {};
};

enum class OtlpMetricKind : std::uint8_t {
  kGauge,
  kCounter,   ///< monotonic sum, cumulative
  kDelta,     ///< monotonic sum, delta
  kHistogram  ///< cumulative
};

struct OtlpMetric {
  std::string name;
  std::string unit = {};
  OtlpMetricKind kind = OtlpMetricKind::kGauge;
  std::vector<OtlpPoint> points = {};
};

/// One ResourceMetrics with one ScopeMetrics.
struct OtlpMetrics {
  OtlpAttributes resource = {{"service.name", std::string("shop")}};
  std::vector<OtlpMetric> metrics = {};
};

/// ExportMetricsServiceRequest.
[[nodiscard]] std::string to_protobuf(const OtlpMetrics& wanted);

}  // namespace traceway::test
