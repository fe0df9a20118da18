#include "api/exception_run.h"

#include "model/exception.h"

#include <array>
#include <unordered_map>

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

EntityKind kind_of(std::string_view type) {
  for (const EntityKind kind : {EntityKind::kEndpoint, EntityKind::kTask, EntityKind::kAiTrace}) {
    if (type == trace_type_name(kind)) return kind;
  }
  return EntityKind::kNone;
}

/// The endpoint or task on the span or on the nearest one above it. Parents may form a circle.
std::optional<ExceptionRun> nearest_run(const Rows& spans, std::string id) {
  std::unordered_map<std::string, const Row*> by_id;
  for (const Row& span : spans) by_id.emplace(span.blob("span_id"), &span);
  for (std::size_t steps = 0; steps <= spans.size(); ++steps) {
    const auto found = by_id.find(id);
    if (found == by_id.end()) return std::nullopt;
    const Row& span = *found->second;
    const EntityKind kind = kind_of(span.text("entity_type"));
    if (kind == EntityKind::kEndpoint || kind == EntityKind::kTask) {
      return ExceptionRun{span.uuid("entity_id"), kind, span.text("entity_name")};
    }
    id = span.blob("parent_span_id");
  }
  return std::nullopt;
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
  const Key trace{project, row.uuid("trace_id"), recorded};
  if (trace.id.is_zero()) return std::optional<ExceptionRun>{};
  if (span.empty()) return find_run(telemetry, trace, is_task);
  const Uuid own = derived_entity_id(project, trace.id, span_id_from_bytes(span));
  auto run = find_run(telemetry, {project, own, recorded}, is_task);
  if (!run || *run) return run;
  auto spans = telemetry.lookup(Family::kSpans, trace);
  if (!spans) return fail(spans);
  return nearest_run(*spans, span);
}

}  // namespace traceway::api
