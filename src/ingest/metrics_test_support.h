// For tests: a metrics request described once, as protobuf and as JSON.
#pragma once

#include "ingest/test_support.h"

#include <optional>

namespace traceway::ingest::test {

struct TestQuantile {
  double quantile = 0;
  double value = 0;
};

struct TestPoint {
  Attributes attributes = {};
  std::optional<double> value = {};
  std::optional<std::int64_t> integer = {};
  std::uint64_t count = 0;
  std::optional<double> sum = {}, min = {}, max = {};
  std::vector<TestQuantile> quantiles = {};
  std::uint64_t time_ns = kStartNs;
  std::uint32_t flags = 0;
};

struct TestMetric {
  enum class Kind {
    kGauge = 5,
    kSum = 7,
    kHistogram = 9,
    kExponentialHistogram = 10,
    kSummary = 11
  };

  std::string name;
  std::string unit = {};
  Kind kind = Kind::kGauge;
  int temporality = 0;
  bool is_monotonic = false;
  std::vector<TestPoint> points = {};
};

struct MetricsResource {
  std::vector<TestMetric> metrics;
  Attributes attributes = {};
};

using MetricsRequest = std::vector<MetricsResource>;

inline MetricsRequest metrics_of(std::vector<TestMetric> metrics, Attributes resource = {}) {
  return {{std::move(metrics), std::move(resource)}};
}

// --- protobuf ---

inline void add_number_members(protozero::pbf_writer& writer, const TestPoint& point) {
  writer.add_fixed64(3, point.time_ns);
  if (point.value) writer.add_double(4, *point.value);
  if (point.integer) writer.add_sfixed64(6, *point.integer);
  add_attributes(writer, 7, point.attributes);
  writer.add_uint32(8, point.flags);
}

inline void add_summary_members(protozero::pbf_writer& writer, const TestPoint& point) {
  writer.add_fixed64(3, point.time_ns);
  writer.add_fixed64(4, point.count);
  if (point.sum) writer.add_double(5, *point.sum);
  for (const TestQuantile& one : point.quantiles) {
    protozero::pbf_writer nested(writer, 6);
    nested.add_double(1, one.quantile);
    nested.add_double(2, one.value);
  }
  add_attributes(writer, 7, point.attributes);
  writer.add_uint32(8, point.flags);
}

inline void add_histogram_members(protozero::pbf_writer& writer, const TestPoint& point,
                                  bool is_exponential) {
  writer.add_fixed64(3, point.time_ns);
  writer.add_fixed64(4, point.count);
  if (point.sum) writer.add_double(5, *point.sum);
  if (is_exponential) {
    writer.add_sint32(6, 20);
    protozero::pbf_writer(writer, 8).add_sint32(1, -17);
  } else {
    const std::uint64_t buckets[] = {1, point.count};
    const double bounds[] = {0.5};
    writer.add_packed_fixed64(6, std::begin(buckets), std::end(buckets));
    writer.add_packed_double(7, std::begin(bounds), std::end(bounds));
  }
  add_attributes(writer, is_exponential ? 1 : 9, point.attributes);
  writer.add_uint32(10, point.flags);
  if (point.min) writer.add_double(is_exponential ? 12 : 11, *point.min);
  if (point.max) writer.add_double(is_exponential ? 13 : 12, *point.max);
}

inline std::string protobuf_of(const TestMetric& metric) {
  using Kind = TestMetric::Kind;
  std::string out;
  protozero::pbf_writer writer(out);
  protozero::pbf_writer data(writer, static_cast<std::uint32_t>(metric.kind));
  for (const TestPoint& point : metric.points) {
    protozero::pbf_writer nested(data, 1);
    if (metric.kind == Kind::kSummary) {
      add_summary_members(nested, point);
    } else if (metric.kind == Kind::kGauge || metric.kind == Kind::kSum) {
      add_number_members(nested, point);
    } else {
      add_histogram_members(nested, point, metric.kind == Kind::kExponentialHistogram);
    }
  }
  if (metric.temporality != 0) data.add_enum(2, metric.temporality);  // after its points
  if (metric.is_monotonic) data.add_bool(3, true);
  data.commit();
  writer.add_string(1, metric.name);
  writer.add_string(2, "description");
  writer.add_string(3, metric.unit);
  return out;
}

inline std::string to_protobuf(const MetricsRequest& request) {
  std::string out;
  protozero::pbf_writer writer(out);
  for (const MetricsResource& resource : request) {
    protozero::pbf_writer group(writer, 1);
    protozero::pbf_writer scope(group, 2);
    for (const TestMetric& metric : resource.metrics) scope.add_message(2, protobuf_of(metric));
    scope.commit();
    protozero::pbf_writer head(group, 1);
    add_attributes(head, 1, resource.attributes);
  }
  return out;
}

// --- JSON ---

inline std::string json_number(double value) {
  const std::string number = text::number_to_text(value);
  if (number == "NaN") return R"("NaN")";
  if (number == "+Inf") return R"("Infinity")";
  return number == "-Inf" ? R"("-Infinity")" : number;
}

inline std::string member(std::string_view name, const std::optional<double>& value) {
  return value ? member(name, json_number(*value)) : std::string();
}

inline std::string json_of(const TestPoint& point) {
  const auto quantile = [](const TestQuantile& one) {
    return object(member("quantile", json_number(one.quantile)) +
                  member("value", json_number(one.value)));
  };
  return object(
      member("attributes", json_of(point.attributes)) + member("asDouble", point.value) +
      (point.integer ? member("asInt", json_string(std::to_string(*point.integer))) : "") +
      member("count", json_string(std::to_string(point.count))) + member("sum", point.sum) +
      member("min", point.min) + member("max", point.max) +
      member("quantileValues", array(point.quantiles, quantile)) +
      member("bucketCounts", std::string(R"(["1","2"])")) +
      member("timeUnixNano", json_string(std::to_string(point.time_ns))) +
      member("flags", point.flags));
}

inline std::string json_of(const TestMetric& metric) {
  using Kind = TestMetric::Kind;
  const std::string_view name = metric.kind == Kind::kGauge       ? "gauge"
                                : metric.kind == Kind::kSum       ? "sum"
                                : metric.kind == Kind::kHistogram ? "histogram"
                                : metric.kind == Kind::kSummary   ? "summary"
                                                                  : "exponentialHistogram";
  const std::string data = object(
      member("dataPoints", array(metric.points, [](const TestPoint& p) { return json_of(p); })) +
      member("aggregationTemporality", std::to_string(metric.temporality)) +
      member("isMonotonic", std::string(metric.is_monotonic ? "true" : "false")));
  return object(member(name, data) + member("name", json_string(metric.name)) +
                member("unit", json_string(metric.unit)));
}

inline std::string to_json(const MetricsRequest& request) {
  return object(member(
      "resourceMetrics", array(request, [](const MetricsResource& r) {
        const std::string scope = object(
            member("metrics", array(r.metrics, [](const TestMetric& m) { return json_of(m); })));
        return object(member("scopeMetrics", '[' + scope + ']') +
                      member("resource", object(member("attributes", json_of(r.attributes)))));
      })));
}

// --- rows ---

/// Every stored member of every metric point, one line a row, then what is told of the metrics.
inline std::string metric_rows_of(const TelemetryBatch& batch) {
  std::string out = "rejected " + std::to_string(batch.rejected) + '\n';
  for (const MetricPoint& point : batch.metric_points) {
    out += std::string(point.name) + '|' + text::number_to_text(point.value) + '|' +
           std::to_string(point.recorded_ns) + '|' + map_of(batch, point.attributes) + '\n';
  }
  for (const MetricDefinition& one : batch.metric_definitions) {
    out += one.name + '|' + std::string(metric_type_name(one.type)) + '|' + one.unit + '\n';
  }
  return out;
}

/// Decodes both encodings, checks that they give equal rows, and returns the protobuf one.
inline TelemetryBatch decode(const MetricsRequest& request) {
  auto from_protobuf = decode_metrics_protobuf(bytes_of(to_protobuf(request)), context());
  auto from_json = decode_metrics_json(bytes_of(to_json(request)), context());
  REQUIRE(from_protobuf);
  REQUIRE(from_json);
  CHECK(metric_rows_of(*from_protobuf) == metric_rows_of(*from_json));
  CHECK(from_protobuf->rejected_reason == from_json->rejected_reason);
  return std::move(*from_protobuf);
}

}  // namespace traceway::ingest::test
