// One log record as every decoder yields it and the store keeps it.
#pragma once

#include "base/id.h"
#include "model/span.h"

#include <cstdint>
#include <string_view>

namespace traceway {

/// All text is clean UTF-8, cut to the limits of ingest 2.3, and views into the batch that owns the
/// record. It has no id: the store numbers the records of a project. Source: ingest 4.12.
struct LogRecord {
  std::int64_t timestamp_ns = 0;  ///< repaired, ns since 1970 UTC
  std::int64_t observed_ns = 0;   ///< when the collector saw it; 0 = not said
  TraceId trace;                  ///< zero for none
  SpanId span;                    ///< empty for none
  std::uint8_t trace_flags = 0;
  std::uint8_t severity_number = 0;  ///< 0..24, 0 = unknown
  std::string_view severity_text;    ///< upper case
  std::string_view service_name;
  std::string_view body;
  std::string_view scope_name;
  std::string_view scope_version;
  std::string_view resource_schema_url;
  std::string_view scope_schema_url;
  AttributeRange resource_attributes;  ///< the same range for every record of one resource
  AttributeRange scope_attributes;     ///< the same range for every record of one scope
  AttributeRange attributes;
};

}  // namespace traceway
