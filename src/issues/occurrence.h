// One occurrence of an issue as the API shows it, with the run it happened in.
#pragma once

#include "api/stack_frames.h"
#include "base/json.h"
#include "base/result.h"
#include "storage/telemetry_db.h"

#include <optional>
#include <string>
#include <vector>

namespace traceway::issues {

/// dashboard-api 12.1. What is absent is left out: a list of events has no stack texts.
struct Occurrence {
  Uuid id;
  Uuid project_id;
  RawJson trace_id;        ///< id of the run, an endpoint or a task, as text; null without one
  std::string trace_type;  ///< "endpoint", "task", "ai_trace", "" without a known owner
  std::string exception_hash;
  std::optional<std::string> stack_trace;
  Timestamp recorded_at;
  RawJson attributes;  ///< null when there are none
  std::string app_version;
  std::string server_name;
  bool is_message = false;
  std::optional<Uuid> distributed_trace_id;
  std::optional<Uuid> session_id;
  std::string span_name;  ///< route or task of the run, empty when unknown
  std::string type;
  std::string message;
  std::optional<std::vector<api::StackFrame>> frames;
  std::optional<std::vector<api::StackError>> causes;  ///< outermost first
};

/// How much of an occurrence is shown.
enum class OccurrenceParts : std::uint8_t { kAll, kWithoutStack };

/// A stored exception with its run, which is looked up. Errors: those of the store.
[[nodiscard]] Result<Occurrence> to_occurrence(TelemetryDb& telemetry, const Uuid& project,
                                               const Row& row, OccurrenceParts parts);

/// The occurrences of these rows, in this order. Errors: those of the store.
[[nodiscard]] Result<std::vector<Occurrence>> occurrences_of(TelemetryDb& telemetry,
                                                             const Uuid& project,
                                                             const std::vector<std::int64_t>& rows,
                                                             OccurrenceParts parts);

}  // namespace traceway::issues

namespace traceway {

template <>
inline constexpr auto fields<issues::Occurrence> =
    std::tuple{field("id", &issues::Occurrence::id),
               field("project_id", &issues::Occurrence::project_id),
               field("trace_id", &issues::Occurrence::trace_id),
               field("trace_type", &issues::Occurrence::trace_type),
               field("exception_hash", &issues::Occurrence::exception_hash),
               field("stack_trace", &issues::Occurrence::stack_trace),
               field("recorded_at", &issues::Occurrence::recorded_at),
               field("attributes", &issues::Occurrence::attributes),
               field("app_version", &issues::Occurrence::app_version),
               field("server_name", &issues::Occurrence::server_name),
               field("is_message", &issues::Occurrence::is_message),
               field("distributed_trace_id", &issues::Occurrence::distributed_trace_id),
               field("session_id", &issues::Occurrence::session_id),
               field("span_name", &issues::Occurrence::span_name),
               field("type", &issues::Occurrence::type),
               field("message", &issues::Occurrence::message),
               field("frames", &issues::Occurrence::frames),
               field("causes", &issues::Occurrence::causes)};

}  // namespace traceway
