// What holds for the rows of any request, whatever its bytes.
#pragma once

#include "base/text.h"
#include "ingest/decode_context.h"
#include "model/batch.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace traceway::fuzz {

inline void require(bool claim) {
  if (!claim) std::abort();
}

inline void require_text(std::string_view text, std::size_t max_bytes) {
  require(text.size() <= max_bytes && text::is_clean_utf8(text));
}

inline void require_range(const TelemetryBatch& batch, AttributeRange range) {
  require(range.count <= 1024);
  require(std::size_t{range.first} + range.count <= batch.attributes.size());
}

/// `id_bytes`: how long the protocol's span ids are.
inline void require_span(const TelemetryBatch& batch, const Span& span, std::size_t id_bytes) {
  require(!span.trace.is_zero() && span.id.size == id_bytes);
  require(span.parent.size == 0 || span.parent.size == id_bytes);
  require(span.duration_ns >= 0 && span.status_code <= 2 && span.body_size >= 0);
  require_text(span.name, 2048);
  require_text(span.service_name, 512);
  require_text(span.entity_name, 2048);
  require_text(span.client_ip, 512);
  for (const auto json : {span.resource_json, span.scope_json, span.events_json, span.links_json}) {
    require_text(json, SIZE_MAX);
  }
  require_range(batch, span.attributes);
  require((span.entity == EntityKind::kNone) == span.entity_id.is_zero());
}

inline void require_log(const TelemetryBatch& batch, const LogRecord& row) {
  require(row.span.size == 0 || row.span.size == 8);
  require(row.severity_number <= 24);
  require_text(row.body, 1024 * 1024);
  for (const auto label : {row.severity_text, row.service_name, row.scope_name, row.scope_version})
    require_text(label, 512);
  for (const auto url : {row.resource_schema_url, row.scope_schema_url}) require_text(url, 2048);
  for (const AttributeRange& map : {row.resource_attributes, row.scope_attributes, row.attributes})
    require_range(batch, map);
}

/// Aborts when a decoded batch breaks a promise of ingest 2.
inline void require_rows(const TelemetryBatch& batch, std::size_t id_bytes) {
  for (const Attribute& attribute : batch.attributes) {
    require_text(attribute.key, 256);
    require_text(attribute.value, 256 * 1024);
  }
  for (const Span& span : batch.spans) require_span(batch, span, id_bytes);
  for (const LogRecord& row : batch.logs) require_log(batch, row);
  for (const MetricPoint& point : batch.metric_points) {
    require(!point.name.empty() && std::isfinite(point.value));
    require_text(point.name, 2048 + 32);  // and a suffix
    require_range(batch, point.attributes);
  }
  for (const MetricDefinition& one : batch.metric_definitions) {
    require_text(one.name, 2048 + 32);
    require_text(one.unit, 512);
  }
  for (const Exception& row : batch.exceptions) {
    require_text(row.stack_trace, 1024 * 1024);
    require(row.hash.size() == 16 && !row.id.is_zero());
    require_range(batch, row.attributes);
  }
}

/// Project settings that the first byte picks; the rest is the body.
struct FuzzedRequest {
  ingest::DecodeContext context;
  std::vector<char> body;
};

/// `size` is at least 1.
inline FuzzedRequest fuzzed_request(const std::uint8_t* data, std::size_t size) {
  FuzzedRequest request;
  request.context.project.bytes[0] = 1;
  request.context.received_ns = 1'795'200'000'000'000'000;
  request.context.is_browser_project = (data[0] & 1U) != 0;
  request.context.drops_healthy_healthchecks = (data[0] & 2U) != 0;
  const auto* body = reinterpret_cast<const char*>(data);
  request.body.assign(body + 1, body + size);
  return request;
}

}  // namespace traceway::fuzz
