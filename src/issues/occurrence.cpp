#include "issues/occurrence.h"

#include "model/exception.h"

#include <array>

namespace traceway::issues {

namespace {

struct Run {
  Uuid id;
  EntityKind kind = EntityKind::kNone;
  std::string name;
};

constexpr std::size_t kNativeIdBytes = 16;

/// The entity of that id, or of that trace, among endpoints or tasks; the kind that was stored
/// first.
Result<std::optional<Run>> find_run(TelemetryDb& telemetry, const Key& key, bool is_task) {
  struct Place {
    Family family;
    EntityKind kind;
    std::string_view name;
  };

  constexpr std::array<Place, 2> kPlaces = {
      Place{Family::kEndpoints, EntityKind::kEndpoint, "endpoint"},
      Place{Family::kTasks, EntityKind::kTask, "task_name"}};
  for (const std::size_t at : {is_task ? 1U : 0U, is_task ? 0U : 1U}) {
    const Place& place = kPlaces[at];
    auto rows = telemetry.lookup(place.family, key);
    if (!rows) return fail(rows);
    if (!rows->empty()) {
      const Row& row = rows->front();
      return std::optional(Run{row.uuid("id"), place.kind, row.text(place.name)});
    }
  }
  return std::optional<Run>{};
}

/// The run an exception happened in. A native exception names it; one of a span belongs to the
/// entity on that span, failing that to the first entity of the trace. Source: ingest 9.3.
Result<std::optional<Run>> run_of(TelemetryDb& telemetry, const Uuid& project, const Row& row) {
  const std::string span = row.blob("span_id");
  const bool is_task = row.text("trace_type") == trace_type_name(EntityKind::kTask);
  const std::int64_t recorded = row.integer("recorded_at");
  if (span.size() == kNativeIdBytes) {
    const Uuid id = uuid_from_bytes(span);
    auto run = find_run(telemetry, {project, id, recorded}, is_task);
    if (!run || (*run && (*run)->id == id)) return run;
    // The run itself may come with a later frame, or never.
    return std::optional(Run{id, is_task ? EntityKind::kTask : EntityKind::kEndpoint, {}});
  }
  const Uuid trace = row.uuid("trace_id");
  if (trace.is_zero()) return std::optional<Run>{};
  if (!span.empty()) {
    const Uuid own = derived_entity_id(project, trace, span_id_from_bytes(span));
    auto run = find_run(telemetry, {project, own, recorded}, is_task);
    if (!run || *run) return run;
  }
  return find_run(telemetry, {project, trace, recorded}, is_task);
}

std::optional<Uuid> distributed_trace_of(const Row& row, const std::optional<Run>& run) {
  const Uuid linked = row.uuid("linked_trace_id");
  if (!linked.is_zero()) return linked;
  const Uuid trace = row.uuid("trace_id");
  if (trace.is_zero() || (run && trace == run->id)) return std::nullopt;
  return trace;
}

}  // namespace

Result<Occurrence> to_occurrence(TelemetryDb& telemetry, const Uuid& project, const Row& row) {
  auto run = run_of(telemetry, project, row);
  if (!run) return fail(run);
  Occurrence out;
  out.id = row.uuid("id");
  out.project_id = project;
  out.trace_type = row.text("trace_type");
  if (*run) {
    out.trace_id.text = '"' + to_string((*run)->id) + '"';
    out.trace_type = trace_type_name((*run)->kind);
    out.span_name = (*run)->name;
  }
  out.exception_hash = row.text("exception_hash");
  out.stack_trace = row.text("stack_trace");
  out.recorded_at.ns = row.integer("recorded_at");
  const std::string attributes = row.text("attributes");
  if (attributes != "{}") out.attributes.text = attributes;
  out.app_version = row.text("app_version");
  out.server_name = row.text("server_name");
  out.is_message = row.integer("is_message") != 0;
  out.distributed_trace_id = distributed_trace_of(row, *run);
  if (const Uuid session = row.uuid("session_id"); !session.is_zero()) out.session_id = session;
  return out;
}

}  // namespace traceway::issues
