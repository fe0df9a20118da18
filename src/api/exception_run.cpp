#include "api/exception_run.h"

#include "model/exception.h"

#include <array>

namespace traceway::api {

namespace {

constexpr std::size_t kNativeIdBytes = 16;

/// The entity of that id, or of that trace, among endpoints or tasks; the kind that was stored
/// first.
Result<std::optional<ExceptionRun>> find_run(TelemetryDb& telemetry, const Key& key, bool is_task) {
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
      return std::optional(ExceptionRun{row.uuid("id"), place.kind, row.text(place.name)});
    }
  }
  return std::optional<ExceptionRun>{};
}

}  // namespace

Result<std::optional<ExceptionRun>> run_of_exception(TelemetryDb& telemetry, const Uuid& project,
                                                     const Row& row) {
  const std::string span = row.blob("span_id");
  const bool is_task = row.text("trace_type") == trace_type_name(EntityKind::kTask);
  const std::int64_t recorded = row.integer("recorded_at");
  if (span.size() == kNativeIdBytes) {
    const Uuid id = uuid_from_bytes(span);
    auto run = find_run(telemetry, {project, id, recorded}, is_task);
    if (!run || (*run && (*run)->id == id)) return run;
    // The run itself may come with a later frame, or never.
    return std::optional(ExceptionRun{id, is_task ? EntityKind::kTask : EntityKind::kEndpoint, {}});
  }
  const Uuid trace = row.uuid("trace_id");
  if (trace.is_zero()) return std::optional<ExceptionRun>{};
  if (!span.empty()) {
    const Uuid own = derived_entity_id(project, trace, span_id_from_bytes(span));
    auto run = find_run(telemetry, {project, own, recorded}, is_task);
    if (!run || *run) return run;
  }
  return find_run(telemetry, {project, trace, recorded}, is_task);
}

}  // namespace traceway::api
