#include "endpoints/rows.h"

namespace traceway::endpoints {

namespace {

/// Native runs have 16-byte span ids and share a trace only when a distributed id was sent; OTLP
/// rows always have one.
std::optional<Uuid> distributed_trace_of(const Row& row, const Uuid& id) {
  const Uuid linked = row.uuid("linked_trace_id");
  if (!linked.is_zero()) return linked;
  const Uuid trace = row.uuid("trace_id");
  if (trace.is_zero() || trace == id) return std::nullopt;
  return trace;
}

}  // namespace

RawJson map_or_null(std::string json) {
  if (json == "{}") return {};
  return {std::move(json)};
}

std::optional<std::string> dashed_span_id(const Row& row, std::string_view column) {
  const SpanId id = span_id_from_bytes(row.blob(column));
  if (id.is_empty()) return std::nullopt;
  return to_dashed(id);
}

Endpoint to_endpoint(const Row& row, const Uuid& project) {
  Endpoint out;
  out.id = row.uuid("id");
  out.project_id = project;
  out.endpoint = row.text("endpoint");
  out.duration = row.integer("duration");
  out.recorded_at.ns = row.integer("recorded_at");
  out.status_code = row.integer("status_code");
  out.body_size = row.integer("body_size");
  out.client_ip = row.text("client_ip");
  out.attributes = map_or_null(row.text("attributes"));
  out.app_version = row.text("app_version");
  out.server_name = row.text("server_name");
  out.distributed_trace_id = distributed_trace_of(row, out.id);
  out.span_id = dashed_span_id(row, "span_id");
  out.parent_span_id = dashed_span_id(row, "parent_span_id");
  out.is_stream = row.integer("is_stream") != 0;
  out.is_root = row.integer("is_root") != 0;
  return out;
}

std::vector<Endpoint> to_endpoints(const Rows& rows, const Uuid& project) {
  std::vector<Endpoint> out;
  out.reserve(rows.size());
  for (const Row& row : rows) out.push_back(to_endpoint(row, project));
  return out;
}

}  // namespace traceway::endpoints
