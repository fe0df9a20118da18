// One span as every decoder yields it and the store keeps it; an endpoint or task is its root
// span's row.
#pragma once

#include "base/id.h"

#include <cstdint>
#include <string_view>

namespace traceway {

/// OpenTelemetry's span kind, numbers as on the wire.
enum class SpanKind : std::uint8_t {
  kUnspecified,
  kInternal,
  kServer,
  kClient,
  kProducer,
  kConsumer
};

/// What a span was promoted to. Source: ingest 4.7.
enum class EntityKind : std::uint8_t { kNone, kEndpoint, kTask, kAiTrace };

/// One key with its value in the string form of ingest 2.4. Views into the batch.
struct Attribute {
  std::string_view key;
  std::string_view value;
};

/// A run of TelemetryBatch::attributes.
struct AttributeRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

/// All text is clean UTF-8, cut to the limits of ingest 2.3, and views into the batch that owns the
/// span.
struct Span {
  TraceId trace;
  SpanId id;
  SpanId parent;          ///< empty for a root
  std::string_view name;  ///< as sent
  SpanKind kind = SpanKind::kUnspecified;
  std::uint8_t status_code = 0;  ///< 0 unset, 1 ok, 2 error
  std::string_view status_message;
  std::int64_t start_ns = 0;     ///< recorded_at: repaired start, ns since 1970 UTC (ingest 2.2)
  std::int64_t duration_ns = 0;  ///< never negative
  std::uint64_t source_start_ns = 0;  ///< exact value on the wire
  std::uint64_t source_end_ns = 0;    ///< exact value on the wire
  std::string_view service_name;      ///< also server name of the entity
  std::string_view service_version;   ///< app version
  std::string_view scope_name;
  std::string_view scope_version;
  std::string_view trace_state;
  std::uint32_t flags = 0;
  std::uint32_t dropped_attributes = 0;
  std::uint32_t dropped_events = 0;
  std::uint32_t dropped_links = 0;
  std::string_view resource_schema_url;
  std::string_view scope_schema_url;
  AttributeRange attributes;  ///< without exception.stacktrace
  std::string_view
      resource_json;  ///< JSON object, typed values; the same view for every span of one resource
  std::string_view
      scope_json;  ///< JSON object, typed values; the same view for every span of one scope
  std::string_view events_json;  ///< JSON array, empty view for none
  std::string_view links_json;   ///< JSON array, empty view for none

  // What follows is set when the span was promoted (entity != kNone). Source: ingest 4.8.
  EntityKind entity = EntityKind::kNone;
  Uuid entity_id;  ///< derived_entity_id() for OTLP, the run id for the native protocol
  std::string_view entity_name;   ///< "GET /users/:id", a task name, "UNMATCHED"
  std::uint16_t http_status = 0;  ///< endpoints; 0 = unknown
  std::int64_t body_size = 0;     ///< endpoints; response bytes
  std::string_view client_ip;     ///< endpoints
  TraceId linked_trace;           ///< zero for none
  bool is_stream = false;
};

}  // namespace traceway
