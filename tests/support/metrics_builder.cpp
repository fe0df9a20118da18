#include "support/metrics_builder.h"

#include <protozero/pbf_writer.hpp>

namespace traceway::test {

namespace {

using protozero::pbf_writer;

/// Field numbers of ingest 4.3.
std::string point_bytes(const OtlpMetric& metric, const OtlpPoint& point) {
  std::string out;
  pbf_writer writer(out);
  writer.add_fixed64(3, point.time_ns);
  if (metric.kind == OtlpMetricKind::kHistogram) {
    writer.add_fixed64(4, 1);
    writer.add_double(5, point.value);
    out += attribute_fields(9, point.attributes);
    writer.add_double(11, point.value);
    writer.add_double(12, point.value);
  } else {
    writer.add_double(4, point.value);
    out += attribute_fields(7, point.attributes);
  }
  return out;
}

std::string metric_bytes(const OtlpMetric& metric) {
  std::string data;
  pbf_writer data_writer(data);
  for (const OtlpPoint& point : metric.points)
    data_writer.add_message(1, point_bytes(metric, point));
  constexpr int kDeltaTemporality = 1;
  constexpr int kCumulative = 2;
  if (metric.kind != OtlpMetricKind::kGauge) {
    data_writer.add_enum(2,
                         metric.kind == OtlpMetricKind::kDelta ? kDeltaTemporality : kCumulative);
  }
  const bool is_sum =
      metric.kind == OtlpMetricKind::kCounter || metric.kind == OtlpMetricKind::kDelta;
  if (is_sum) data_writer.add_bool(3, true);
  std::string out;
  pbf_writer writer(out);
  writer.add_string(1, metric.name);
  writer.add_string(3, metric.unit);
  writer.add_message(metric.kind == OtlpMetricKind::kHistogram ? 9 : is_sum ? 7 : 5, data);
  return out;
}

}  // namespace

std::string to_protobuf(const OtlpMetrics& wanted) {
  std::vector<std::string> items;
  for (const OtlpMetric& metric : wanted.metrics) items.push_back(metric_bytes(metric));
  return export_request(wanted.resource, {}, items);
}

}  // namespace traceway::test
