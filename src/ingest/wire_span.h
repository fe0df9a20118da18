// What both OTLP encodings are read into before any rule is applied: attributes, events, links, one
// span.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace traceway::ingest {

enum class ValueType : std::uint8_t { kAbsent, kString, kBool, kInt, kDouble, kBytes, kJson };

/// One AnyValue. Text is a view into the request's body or the batch's arena.
struct AttributeValue {
  ValueType type = ValueType::kAbsent;
  /// kString: as sent, not yet repaired. kBytes: raw. kJson (array or key/value list): compact
  /// clean JSON.
  std::string_view text;
  std::int64_t integer = 0;  ///< kInt; kBool as 0 or 1
  double number = 0;         ///< kDouble
};

struct WireAttribute {
  std::string_view key;
  AttributeValue value;
};

using WireAttributes = std::vector<WireAttribute>;

/// A run of WireSpan::nested_attributes.
struct NestedRange {
  std::size_t first = 0;
  std::size_t count = 0;
};

struct WireEvent {
  std::uint64_t time_ns = 0;
  std::string_view name;
  NestedRange attributes;
  std::uint32_t dropped_attributes = 0;
};

struct WireLink {
  std::string_view trace_id;  ///< raw bytes
  std::string_view span_id;   ///< raw bytes
  std::string_view trace_state;
  NestedRange attributes;
  std::uint32_t dropped_attributes = 0;
  std::uint32_t flags = 0;
};

/// One span of the wire. Decoders keep a single one and reuse its vectors.
struct WireSpan {
  std::string_view trace_id;  ///< raw bytes; any length that is not 16 rejects the span
  std::string_view id;        ///< raw bytes
  std::string_view parent;    ///< raw bytes
  std::string_view trace_state;
  std::string_view name;
  std::string_view status_message;
  std::uint64_t start_ns = 0;
  std::uint64_t end_ns = 0;
  std::uint64_t kind = 0;
  std::uint64_t status_code = 0;
  std::uint32_t flags = 0;
  std::uint32_t dropped_attributes = 0;
  std::uint32_t dropped_events = 0;
  std::uint32_t dropped_links = 0;
  WireAttributes attributes;
  std::vector<WireEvent> events;
  std::vector<WireLink> links;
  WireAttributes nested_attributes;  ///< of all events and links

  [[nodiscard]] std::span<const WireAttribute> nested(const NestedRange& range) const {
    return std::span(nested_attributes).subspan(range.first, range.count);
  }

  /// Back to the defaults; the vectors keep their memory.
  void clear() {
    trace_id = id = parent = trace_state = name = status_message = {};
    start_ns = end_ns = kind = status_code = 0;
    flags = dropped_attributes = dropped_events = dropped_links = 0;
    attributes.clear();
    events.clear();
    links.clear();
    nested_attributes.clear();
  }
};

struct WireResource {
  WireAttributes attributes;
  std::uint32_t dropped_attributes = 0;
  std::string_view schema_url;
};

struct WireScope {
  std::string_view name;
  std::string_view version;
  WireAttributes attributes;
  std::uint32_t dropped_attributes = 0;
  std::string_view schema_url;
};

/// AnyValue nesting that is read; deeper values become null. Source: ingest 4.3.
inline constexpr int kMaxValueDepth = 64;

}  // namespace traceway::ingest
