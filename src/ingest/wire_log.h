// One log record of the wire, before any rule is applied.
#pragma once

#include "ingest/wire_span.h"

#include <cstdint>
#include <string_view>

namespace traceway::ingest {

/// Decoders keep a single one and reuse its vector.
struct WireLog {
  std::string_view trace_id;  ///< raw bytes
  std::string_view span_id;   ///< raw bytes
  std::string_view severity_text;
  std::string_view event_name;
  std::uint64_t time_ns = 0;
  std::uint64_t observed_ns = 0;
  std::uint64_t severity_number = 0;
  std::uint32_t flags = 0;
  AttributeValue body;
  WireAttributes attributes;

  /// Back to the defaults; the vector keeps its memory.
  void clear() {
    trace_id = span_id = severity_text = event_name = {};
    time_ns = observed_ns = severity_number = 0;
    flags = 0;
    body = {};
    attributes.clear();
  }
};

}  // namespace traceway::ingest
