// OTLP metrics from JSON. Source: ingest 4.4.
#include "ingest/metric_builder.h"
#include "ingest/otlp.h"
#include "ingest/otlp_batch.h"
#include "ingest/otlp_json_reader.h"

namespace traceway::ingest {

namespace {

using json_scalars::Element;
using json_scalars::read_double;
using json_scalars::read_enum;
using json_scalars::read_integer;
using json_scalars::read_text;
using json_scalars::read_unsigned;

constexpr JsonLists kLists{{"resourceMetrics", "resource_metrics"},
                           {"scopeMetrics", "scope_metrics"},
                           {"metrics", "metrics"}};
constexpr JsonName kExponentialHistogram{"exponentialHistogram", "exponential_histogram"};
constexpr JsonName kDataPoints{"dataPoints", "data_points"};
constexpr JsonName kAggregationTemporality{"aggregationTemporality", "aggregation_temporality"};
constexpr JsonName kIsMonotonic{"isMonotonic", "is_monotonic"};
constexpr JsonName kAsDouble{"asDouble", "as_double"};
constexpr JsonName kAsInt{"asInt", "as_int"};
constexpr JsonName kQuantileValues{"quantileValues", "quantile_values"};
constexpr std::string_view kTemporalities[] = {"AGGREGATION_TEMPORALITY_UNSPECIFIED",
                                               "AGGREGATION_TEMPORALITY_DELTA",
                                               "AGGREGATION_TEMPORALITY_CUMULATIVE"};

MetricKind kind_of(std::string_view key) {
  if (key == "gauge") return MetricKind::kGauge;
  if (key == "sum") return MetricKind::kSum;
  if (key == "histogram") return MetricKind::kHistogram;
  if (kExponentialHistogram == key) {
    return MetricKind::kExponentialHistogram;
  }
  return key == "summary" ? MetricKind::kSummary : MetricKind::kNone;
}

bool read_number(const Element& from, std::optional<double>& to) {
  return read_double(from, to.emplace());
}

/// One request's decoding. Every read_ returns false for a wrong JSON type, which makes the request
/// malformed.
class MetricReader {
 public:
  MetricReader(TelemetryBatch& batch, const DecodeContext& context)
      : arena_(batch.arena), reader_(batch.arena, kLists), builder_(batch, context) {}

  Result<void> read(const Element& request) {
    const bool is_read =
        reader_.walk(request, builder_, [this](const Element& item) { return read_metric(item); });
    if (!is_read && is_within_limits_) return fail(ErrorCode::kMalformed, "invalid JSON request");
    return builder_.finish();
  }

 private:
  bool read_metric(const Element& from);
  bool read_data_head(const Element& from);
  bool read_data_points(const Element& from);
  bool read_point(const Element& from);
  bool read_number_member(std::string_view key, const Element& value);
  bool read_distribution_member(std::string_view key, const Element& value);
  bool read_quantile(const Element& from);

  Arena& arena_;
  JsonReader reader_;
  MetricBuilder builder_;
  WireMetric metric_;
  WirePoint point_;
  bool is_within_limits_ = true;
};

bool MetricReader::read_metric(const Element& from) {
  metric_ = {};
  Element data;
  const bool has_head = for_each_member(from, [&](std::string_view key, const Element& value) {
    if (key == "name") return read_text(value, metric_.name, arena_);
    if (key == "unit") return read_text(value, metric_.unit, arena_);
    if (const MetricKind kind = kind_of(key); kind != MetricKind::kNone) {
      metric_.kind = kind;
      data = value;
    }
    return true;
  });
  if (!has_head) return false;
  if (metric_.kind == MetricKind::kNone) return true;
  if (!read_data_head(data)) return false;
  builder_.begin_metric(metric_);
  return for_each_member(data, [&](std::string_view key, const Element& value) {
    return kDataPoints != key || read_data_points(value);
  });
}

bool MetricReader::read_data_head(const Element& from) {
  return for_each_member(from, [&](std::string_view key, const Element& value) {
    if (kAggregationTemporality == key) {
      return read_enum(value, metric_.temporality, kTemporalities);
    }
    if (kIsMonotonic == key) {
      return value.get(metric_.is_monotonic) == simdjson::SUCCESS;
    }
    return true;
  });
}

bool MetricReader::read_data_points(const Element& from) {
  return for_each_item(from, [&](const Element& item) {
    if (!read_point(item)) return false;
    is_within_limits_ = builder_.add(point_);
    return is_within_limits_;
  });
}

bool MetricReader::read_point(const Element& from) {
  const bool is_number = metric_.kind == MetricKind::kGauge || metric_.kind == MetricKind::kSum;
  point_.clear();
  const bool is_read = for_each_member(from, [&](std::string_view key, const Element& value) {
    if (key == "attributes") return reader_.read_attributes(value, point_.attributes);
    if (kTime == key) return read_unsigned(value, point_.time_ns);
    if (key == "flags") return read_unsigned(value, point_.flags);
    return is_number ? read_number_member(key, value) : read_distribution_member(key, value);
  });
  // As in protobuf, where a sum of 0 is left out.
  if (metric_.kind == MetricKind::kSummary && !point_.sum) point_.sum = 0;
  return is_read;
}

bool MetricReader::read_number_member(std::string_view key, const Element& value) {
  if (kAsDouble == key) return read_number(value, point_.value);
  if (kAsInt == key) {
    std::int64_t number = 0;
    if (!read_integer(value, number)) return false;
    point_.value = static_cast<double>(number);
  }
  return true;
}

bool MetricReader::read_distribution_member(std::string_view key, const Element& value) {
  if (key == "count") return read_unsigned(value, point_.count);
  if (key == "sum") return read_number(value, point_.sum);
  const bool is_summary = metric_.kind == MetricKind::kSummary;
  if (key == "min" && !is_summary) return read_number(value, point_.min);
  if (key == "max" && !is_summary) return read_number(value, point_.max);
  if (is_summary && kQuantileValues == key) {
    return for_each_item(value, [&](const Element& item) { return read_quantile(item); });
  }
  return true;
}

bool MetricReader::read_quantile(const Element& from) {
  WireQuantile& quantile = point_.quantiles.emplace_back();
  return for_each_member(from, [&](std::string_view key, const Element& value) {
    if (key == "quantile") return read_double(value, quantile.quantile);
    if (key == "value") return read_double(value, quantile.value);
    return true;
  });
}

}  // namespace

Result<TelemetryBatch> decode_metrics_json(std::vector<char>&& body, const DecodeContext& context) {
  return decode_json<MetricReader>(std::move(body), context, DigestOf::kOtlpMetrics);
}

}  // namespace traceway::ingest
