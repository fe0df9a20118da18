#include "storage/sqlite/session_rows.h"

#include "storage/sqlite/exception_rows.h"

#include <algorithm>
#include <span>

namespace traceway::sqlite {

namespace {

Value id_or_null(const Uuid& id) {
  return id.is_zero() ? Value(std::monostate{}) : to_value(id);
}

Value time_or_null(const std::optional<std::int64_t>& time_ns) {
  return time_ns ? Value(*time_ns) : Value(std::monostate{});
}

Result<void> execute(Connection& connection, std::string_view name, const Params& params) {
  auto done = connection.run(query("telemetry", name), params);
  if (!done) return fail(done);
  return {};
}

}  // namespace

std::vector<PreparedSession> prepare_sessions(const TelemetryBatch& batch, Arena& arena) {
  const std::span<const Attribute> all = batch.attributes;
  std::vector<PreparedSession> out;
  out.reserve(batch.sessions.size());
  for (const Session& session : batch.sessions) {
    PreparedSession& made = out.emplace_back();
    made.row = session;
    for (std::string_view* text :
         {&made.row.client_ip, &made.row.app_version, &made.row.server_name})
      *text = arena.copy(*text);
    made.row.attributes = {};
    const auto map = all.subspan(session.attributes.first, session.attributes.count);
    made.attributes_json = arena.copy(map_json(map));
  }
  return out;
}

std::vector<PreparedRecording> prepare_recordings(const TelemetryBatch& batch, Arena& arena) {
  std::vector<PreparedRecording> out;
  out.reserve(batch.recordings.size());
  for (const Recording& recording : batch.recordings) {
    PreparedRecording& made = out.emplace_back();
    made.row = recording;
    made.row.exception_key = made.row.events = made.row.logs = made.row.actions = {};
    made.row.file_path = arena.copy(recording.file_path);
  }
  return out;
}

Result<void> write_session(Connection& connection, const Uuid& project, std::int64_t received_ns,
                           const PreparedSession& session) {
  const Session& row = session.row;
  const std::int64_t duration =
      std::max<std::int64_t>(row.ended_ns.value_or(0) - row.started_ns, 0);
  return execute(connection, "recordings.upsert_session",
                 {{"project_id", to_value(project)},
                  {"id", to_value(row.id)},
                  {"started_at", row.started_ns},
                  {"ended_at", time_or_null(row.ended_ns)},
                  {"duration", row.ended_ns ? duration : 0},
                  {"client_ip", to_value(row.client_ip)},
                  {"attributes", to_value(session.attributes_json)},
                  {"has_attributes", std::int64_t{row.has_attributes}},
                  {"app_version", to_value(row.app_version)},
                  {"server_name", to_value(row.server_name)},
                  {"trace_id", id_or_null(row.trace)},
                  {"heard_at", received_ns}});
}

Result<void> write_recording(Connection& connection, const Uuid& project, std::int64_t received_ns,
                             const PreparedRecording& recording) {
  const Recording& row = recording.row;
  auto done = execute(connection, "recordings.upsert",
                      {{"project_id", to_value(project)},
                       {"id", to_value(row.id)},
                       {"exception_id", id_or_null(row.exception)},
                       {"session_id", id_or_null(row.session)},
                       {"segment_index", row.segment_index},
                       {"file_path", to_value(row.file_path)},
                       {"file_bytes", row.file_bytes},
                       {"recorded_at", received_ns},
                       {"started_at", time_or_null(row.started_ns)},
                       {"ended_at", time_or_null(row.ended_ns)}});
  if (!done || row.session.is_zero()) return done;
  return execute(connection, "recordings.note_segment",
                 {{"project_id", to_value(project)},
                  {"session_id", to_value(row.session)},
                  {"recorded_at", received_ns},
                  {"ended_at", time_or_null(row.ended_ns)}});
}

}  // namespace traceway::sqlite
