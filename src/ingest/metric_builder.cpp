#include "ingest/metric_builder.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace traceway::ingest {

namespace {

constexpr std::uint32_t kNoRecordedValue = 1;
constexpr std::uint64_t kDelta = 1;
constexpr std::string_view kServerTag = "server_name";
constexpr std::string_view kCountUnit = "count";

/// Resource attributes that become tags; others would multiply the series.
constexpr std::array<std::string_view, 18> kResourceTags = {"process.pid",
                                                            "process.executable.name",
                                                            "process.command_line",
                                                            "process.owner",
                                                            "container.name",
                                                            "container.image.name",
                                                            "k8s.pod.name",
                                                            "k8s.namespace.name",
                                                            "k8s.node.name",
                                                            "k8s.deployment.name",
                                                            "k8s.container.name",
                                                            "k8s.cluster.name",
                                                            "postgresql.database.name",
                                                            "host.name",
                                                            "host.id",
                                                            "host.arch",
                                                            "os.type",
                                                            "cloud.region"};

MetricType type_of(const WireMetric& metric) {
  if (metric.kind != MetricKind::kSum || !metric.is_monotonic) return MetricType::kGauge;
  return metric.temporality == kDelta ? MetricType::kDelta : MetricType::kCounter;
}

bool is_finite(const std::optional<double>& value) {
  return !value || std::isfinite(*value);
}

/// `.p50`, `.p99.9`; 0.57 times 100 is not 57 in binary, so it is rounded to millionths.
std::string suffix_of(double quantile) {
  if (quantile == 0) return ".min";
  if (quantile == 1) return ".max";
  return ".p" + text::number_to_text(std::round(quantile * 1e8) / 1e6);
}

}  // namespace

void MetricDefinitions::add(std::string_view name, MetricType type, std::string_view unit) {
  if (name.data() == last_.data() && name.size() == last_.size()) return;
  last_ = name;
  if (!names_.insert(name).second) return;
  batch_.metric_definitions.push_back({std::string(name), type, std::string(unit)});
}

std::pair<MetricType, std::string_view> native_metric(std::string_view name) {
  struct Native {
    std::string_view name;
    MetricType type;
    std::string_view unit;
  };

  static constexpr Native kNative[] = {{"cpu.used_pcnt", MetricType::kGauge, "%"},
                                       {"mem.used", MetricType::kGauge, "MB"},
                                       {"mem.total", MetricType::kGauge, "MB"},
                                       {"go.go_routines", MetricType::kGauge, kCountUnit},
                                       {"go.heap_objects", MetricType::kGauge, kCountUnit},
                                       {"go.num_gc", MetricType::kCounter, kCountUnit},
                                       {"go.gc_pause", MetricType::kCounter, "ns"}};
  const auto known = std::ranges::find(kNative, name, &Native::name);
  if (known == std::end(kNative)) return {MetricType::kGauge, {}};
  return {known->type, known->unit};
}

void set_server_tag(TelemetryBatch& batch, AttributeRange& tags, std::string_view server) {
  if (server.empty()) return;
  const std::span own = std::span(batch.attributes).subspan(tags.first, tags.count);
  const auto known = std::ranges::find(own, kServerTag, &Attribute::key);
  if (known != own.end()) {
    known->value = server;
  } else if (tags.count >= kMaxAttributes) {  // a full map gives its last tag up
    own.back() = {kServerTag, server};
  } else {
    if (tags.count == 0) tags.first = static_cast<std::uint32_t>(batch.attributes.size());
    batch.attributes.push_back({kServerTag, server});
    ++tags.count;
  }
}

void MetricBuilder::begin_resource(const WireResource& resource) {
  Arena& arena = batch_.arena;
  service_name_ = stored_text(text_of(resource.attributes, "service.name"), kMaxLabelBytes, arena);
  resource_tags_.clear();
  for (const auto& entry : unique_.of(resource.attributes, arena)) {
    if (std::ranges::find(kResourceTags, entry.key) == kResourceTags.end()) continue;
    resource_tags_.push_back({entry.key, to_text(*entry.value, arena)});
  }
}

void MetricBuilder::begin_metric(const WireMetric& metric) {
  metric_ = metric;
  name_ = stored_text(metric.name, kMaxNameBytes, batch_.arena);
  unit_ = stored_text(metric.unit, kMaxLabelBytes, batch_.arena);
  type_ = type_of(metric);
  suffixed_.clear();
}

MetricBuilder::Refusal MetricBuilder::refusal_of(const WirePoint& wire) const {
  if (name_.empty()) return Refusal::kNoName;
  const bool is_number = metric_.kind == MetricKind::kGauge || metric_.kind == MetricKind::kSum;
  if (is_number) {
    return wire.value && std::isfinite(*wire.value) ? Refusal::kNone : Refusal::kNoValue;
  }
  const bool is_whole = is_finite(wire.sum) && is_finite(wire.min) && is_finite(wire.max);
  return is_whole ? Refusal::kNone : Refusal::kNoValue;
}

bool MetricBuilder::add(const WirePoint& wire) {
  elements_ += 1 + wire.quantiles.size();
  if (elements_ > kMaxElements || batch_.attributes.size() > kMaxStoredAttributes) {
    is_too_large_ = true;
  }
  if (is_too_large_) return false;
  if ((wire.flags & kNoRecordedValue) != 0) return true;
  const Refusal refusal = refusal_of(wire);
  if (refusal == Refusal::kNoName) ++without_name_;
  if (refusal == Refusal::kNoValue) ++without_value_;
  if (refusal != Refusal::kNone) return true;
  recorded_ns_ = repaired_time(wire.time_ns, context_.received_ns);
  read_tags(wire);
  if (wire.value) {
    emit({}, *wire.value, type_, unit_);
  } else {
    add_distribution(wire);
  }
  return true;
}

void MetricBuilder::read_tags(const WirePoint& wire) {
  tags_ = append_map(batch_, unique_.of(wire.attributes, batch_.arena), {});
  const std::uint32_t own = tags_.count;
  const auto is_own = [&](std::string_view key) {
    const auto first = batch_.attributes.begin() + tags_.first;
    return std::any_of(first, first + own, [&](const Attribute& tag) { return tag.key == key; });
  };
  for (const Attribute& tag : resource_tags_) {
    if (tags_.count >= kMaxAttributes) break;
    if (is_own(tag.key)) continue;
    batch_.attributes.push_back(tag);
    ++tags_.count;
  }
  set_server_tag(batch_, tags_, service_name_);
}

/// Histograms of both kinds and summaries. How many there were of a delta export adds up, of a
/// cumulative one it grows.
void MetricBuilder::add_distribution(const WirePoint& wire) {
  if (wire.count > 0 && wire.sum) {
    emit(".avg", *wire.sum / static_cast<double>(wire.count), MetricType::kGauge, unit_);
  }
  const bool is_delta = metric_.kind != MetricKind::kSummary && metric_.temporality == kDelta;
  emit(".count", static_cast<double>(wire.count),
       is_delta ? MetricType::kDelta : MetricType::kCounter, kCountUnit);
  if (wire.min) emit(".min", *wire.min, MetricType::kGauge, unit_);
  if (wire.max) emit(".max", *wire.max, MetricType::kGauge, unit_);
  add_quantiles(wire);
}

void MetricBuilder::add_quantiles(const WirePoint& wire) {
  for (const WireQuantile& one : wire.quantiles) {
    // A summary that saw nothing lately says NaN: no value, as if it had not been sent.
    if (!(one.quantile >= 0 && one.quantile <= 1) || !std::isfinite(one.value)) continue;
    emit(suffix_of(one.quantile), one.value, MetricType::kGauge, unit_);
  }
}

std::string_view MetricBuilder::name_with(std::string_view suffix) {
  if (suffix.empty()) return name_;
  for (const auto& [known, name] : suffixed_) {
    if (known == suffix) return name;
  }
  constexpr std::size_t kMostRemembered = 64;  // of one metric: summaries choose their quantiles
  const std::string_view name = batch_.arena.copy(std::string(name_).append(suffix));
  if (suffixed_.size() < kMostRemembered) suffixed_.emplace_back(suffix, name);
  return name;
}

void MetricBuilder::emit(std::string_view suffix, double value, MetricType type,
                         std::string_view unit) {
  const std::string_view name = name_with(suffix);
  definitions_.add(name, type, unit);
  batch_.metric_points.push_back({name, value, recorded_ns_, tags_});
}

Result<void> MetricBuilder::finish() {
  if (is_too_large_) return fail(ErrorCode::kTooLarge, "too many elements in one request");
  batch_.rejected = without_name_ + without_value_;
  if (without_name_ > 0) {
    batch_.rejected_reason = std::to_string(without_name_) + " data points need a metric name";
  }
  if (without_value_ > 0) {
    if (!batch_.rejected_reason.empty()) batch_.rejected_reason += "; ";
    batch_.rejected_reason += std::to_string(without_value_) + " data points need a finite value";
  }
  return {};
}

}  // namespace traceway::ingest
