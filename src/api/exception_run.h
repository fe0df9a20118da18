// The run an exception happened in: which endpoint or task. Source: ingest 9.3.
#pragma once

#include "base/id.h"
#include "base/result.h"
#include "model/span.h"
#include "storage/telemetry_db.h"

#include <optional>
#include <string>

namespace traceway::api {

struct ExceptionRun {
  Uuid id;
  EntityKind kind = EntityKind::kNone;
  std::string name;  ///< "GET /users/:id", a task's name; empty while the run has not come in
};

/// Of a stored exception (trace_id, span_id, trace_type, recorded_at), looked up among endpoints
/// and tasks: a native exception names its run; one of a span belongs to the entity on that span,
/// failing that to the one on the nearest span above it; one that names no span to the first entity
/// of its trace. Empty without a known run. Errors: those of the store.
[[nodiscard]] Result<std::optional<ExceptionRun>> run_of_exception(TelemetryDb& telemetry,
                                                                   const Uuid& project,
                                                                   const Row& row);

}  // namespace traceway::api
