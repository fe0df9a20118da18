// Applies the rules of ingest 4.11 and 10 to wire metrics: names, values, tags, definitions. Shared
// by both OTLP encodings, so equal data gives equal rows.
#pragma once

#include "base/result.h"
#include "ingest/attribute_value.h"
#include "ingest/decode_context.h"
#include "ingest/wire_metric.h"
#include "model/batch.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace traceway::ingest {

/// The metric definitions of one batch, each name once. Not thread-safe.
class MetricDefinitions {
 public:
  explicit MetricDefinitions(TelemetryBatch& batch) : batch_(batch) {}

  /// The first definition of a name stays. `name`: a view that lives as long as the batch.
  void add(std::string_view name, MetricType type, std::string_view unit);

 private:
  TelemetryBatch& batch_;
  std::unordered_set<std::string_view> names_;
  std::string_view last_;  ///< points of one metric come one after the other
};

/// Type and unit of a metric that the native SDKs send by that name; a gauge without unit
/// otherwise. Source: dashboard-api 8.3.
[[nodiscard]] std::pair<MetricType, std::string_view> native_metric(std::string_view name);

/// Gives the tags that stand last in the batch a `server_name`, in the place of what they call so.
/// An empty server changes nothing.
void set_server_tag(TelemetryBatch& batch, AttributeRange& tags, std::string_view server);

/// Fills a batch from one request. Calls come in wire order: begin_resource, begin_scope, then per
/// metric begin_metric and add..., end_resource; finish once at the end. Not thread-safe.
class MetricBuilder {
 public:
  MetricBuilder(TelemetryBatch& batch, const DecodeContext& context)
      : batch_(batch), context_(context), definitions_(batch) {}

  void begin_resource(const WireResource& resource);

  /// Scopes leave no trace in metric points.
  void begin_scope(const WireScope&, std::size_t) {}

  void end_resource() {}

  void begin_metric(const WireMetric& metric);
  /// False once the request holds more than it may; decoding should stop and finish() will say so.
  [[nodiscard]] bool add(const WirePoint& wire);
  /// Errors: kTooLarge past 100,000 data points and quantiles or 2,000,000 stored tags.
  [[nodiscard]] Result<void> finish();

 private:
  /// Why a data point gives no rows.
  enum class Refusal : std::uint8_t { kNone, kNoName, kNoValue };

  [[nodiscard]] Refusal refusal_of(const WirePoint& wire) const;
  void read_tags(const WirePoint& wire);
  void add_distribution(const WirePoint& wire);
  void add_quantiles(const WirePoint& wire);
  /// A point of the metric called the current name and `suffix`.
  void emit(std::string_view suffix, double value, MetricType type, std::string_view unit);
  [[nodiscard]] std::string_view name_with(std::string_view suffix);

  TelemetryBatch& batch_;
  const DecodeContext& context_;
  MetricDefinitions definitions_;
  UniqueAttributes unique_;
  std::size_t elements_ = 0;
  std::uint32_t without_name_ = 0;
  std::uint32_t without_value_ = 0;
  bool is_too_large_ = false;

  // Of the current resource, metric and point.
  std::string_view service_name_;
  std::vector<Attribute> resource_tags_;
  WireMetric metric_;
  std::string_view name_, unit_;
  MetricType type_ = MetricType::kGauge;
  std::vector<std::pair<std::string, std::string_view>> suffixed_;  ///< suffix, whole name
  AttributeRange tags_;
  std::int64_t recorded_ns_ = 0;
};

}  // namespace traceway::ingest
