// OTLP metrics from protobuf. Field numbers: ingest 4.3.
#include "ingest/metric_builder.h"
#include "ingest/otlp.h"
#include "ingest/otlp_batch.h"
#include "ingest/otlp_protobuf_reader.h"

namespace traceway::ingest {

namespace {

/// Where the members that differ between the kinds of data points stand; 0: the kind has none.
struct PointFields {
  std::uint32_t attributes = 0;
  std::uint32_t flags = 0;
  std::uint32_t min = 0;
  std::uint32_t max = 0;
};

constexpr std::uint32_t kDataPoints = 1;

PointFields fields_of(MetricKind kind) {
  switch (kind) {
    case MetricKind::kHistogram:
      return {9, 10, 11, 12};
    case MetricKind::kExponentialHistogram:
      return {1, 10, 12, 13};
    case MetricKind::kSummary:
    case MetricKind::kGauge:
    case MetricKind::kSum:
    case MetricKind::kNone:
      break;
  }
  return {7, 8, 0, 0};
}

MetricKind kind_of(std::uint32_t key) {
  switch (key) {
    case bytes_field(5):
      return MetricKind::kGauge;
    case bytes_field(7):
      return MetricKind::kSum;
    case bytes_field(9):
      return MetricKind::kHistogram;
    case bytes_field(10):
      return MetricKind::kExponentialHistogram;
    case bytes_field(11):
      return MetricKind::kSummary;
    default:
      return MetricKind::kNone;
  }
}

/// One request's decoding: what is reused from point to point, and where the values go.
class MetricReader {
 public:
  MetricReader(TelemetryBatch& batch, const DecodeContext& context)
      : reader_(batch.arena), builder_(batch, context) {}

  /// Throws protozero::exception on broken wire data.
  Result<void> read(std::string_view request) {
    reader_.walk(request, builder_,
                 [this](std::string_view message) { return read_metric(message); });
    return builder_.finish();
  }

 private:
  bool read_metric(std::string_view message);
  void read_metric_head(std::string_view message);
  void read_point(std::string_view message);
  /// A member whose place depends on the kind of the metric.
  void read_other(const FieldReader& field);
  void read_quantile(std::string_view message);

  ProtobufReader reader_;
  MetricBuilder builder_;
  WireMetric metric_;
  PointFields places_;
  std::vector<std::string_view> data_;  ///< the messages of the current metric's oneof member
  WirePoint point_;
};

void MetricReader::read_metric_head(std::string_view message) {
  metric_ = {};
  data_.clear();
  FieldReader fields(message);
  while (fields.next()) {
    if (fields.key() == bytes_field(1)) metric_.name = fields.bytes();
    if (fields.key() == bytes_field(3)) metric_.unit = fields.bytes();
    const MetricKind kind = kind_of(fields.key());
    if (kind == MetricKind::kNone) continue;
    if (kind != metric_.kind) data_.clear();  // the last member of a oneof counts
    metric_.kind = kind;
    data_.push_back(fields.bytes());
  }
  places_ = fields_of(metric_.kind);
  const bool has_temporality =
      metric_.kind != MetricKind::kGauge && metric_.kind != MetricKind::kSummary;
  for (const std::string_view data : data_) {
    FieldReader members(data);
    while (has_temporality && members.next()) {
      if (members.key() == varint_field(2)) metric_.temporality = members.number();
      if (members.key() == varint_field(3)) metric_.is_monotonic = members.number() != 0;
    }
  }
}

bool MetricReader::read_metric(std::string_view message) {
  read_metric_head(message);
  builder_.begin_metric(metric_);
  for (const std::string_view data : data_) {
    FieldReader fields(data);
    while (fields.next()) {
      if (fields.key() != bytes_field(kDataPoints)) continue;
      read_point(fields.bytes());
      if (!builder_.add(point_)) return false;
    }
  }
  return true;
}

void MetricReader::read_point(std::string_view message) {
  const bool is_number = metric_.kind == MetricKind::kGauge || metric_.kind == MetricKind::kSum;
  point_.clear();
  FieldReader fields(message);
  while (fields.next()) {
    switch (fields.key()) {
      case fixed64_field(3):
        point_.time_ns = fields.number();
        break;
      case fixed64_field(4):
        if (is_number) {
          point_.value = fields.as_double();
        } else {
          point_.count = fields.number();
        }
        break;
      case fixed64_field(5):
        if (!is_number) point_.sum = fields.as_double();
        break;
      case fixed64_field(6):
        if (is_number) {
          point_.value = static_cast<double>(static_cast<std::int64_t>(fields.number()));
        }
        break;
      default:
        read_other(fields);
    }
  }
  // proto3 leaves a sum of 0 out of a summary, which has no way to be without one.
  if (metric_.kind == MetricKind::kSummary && !point_.sum) point_.sum = 0;
}

void MetricReader::read_other(const FieldReader& field) {
  const std::uint32_t key = field.key();
  if (key == bytes_field(places_.attributes)) {
    reader_.read_attribute(field.bytes(), point_.attributes);
  } else if (key == varint_field(places_.flags)) {
    point_.flags = field.number32();
  } else if (places_.min != 0 && key == fixed64_field(places_.min)) {
    point_.min = field.as_double();
  } else if (places_.max != 0 && key == fixed64_field(places_.max)) {
    point_.max = field.as_double();
  } else if (metric_.kind == MetricKind::kSummary && key == bytes_field(6)) {
    read_quantile(field.bytes());
  }
}

void MetricReader::read_quantile(std::string_view message) {
  WireQuantile quantile;
  FieldReader fields(message);
  while (fields.next()) {
    if (fields.key() == fixed64_field(1)) quantile.quantile = fields.as_double();
    if (fields.key() == fixed64_field(2)) quantile.value = fields.as_double();
  }
  point_.quantiles.push_back(quantile);
}

}  // namespace

Result<TelemetryBatch> decode_metrics_protobuf(std::vector<char>&& body,
                                               const DecodeContext& context) {
  return decode_protobuf<MetricReader>(std::move(body), context, DigestOf::kOtlpMetrics);
}

}  // namespace traceway::ingest
