// Sessions and recordings of a batch as rows, and the statements that store them.
#pragma once

#include "base/bytes.h"
#include "model/batch.h"
#include "storage/sqlite/connection.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace traceway::sqlite {

/// One report of a session. Views into the arena it was made with.
struct PreparedSession {
  Session row;  ///< its texts live in the arena; `attributes` is not used
  std::string_view attributes_json;
};

/// One file's row. Its contents are stored already and not part of it.
struct PreparedRecording {
  Recording row;  ///< `file_path` lives in the arena; the other texts are not used
};

/// In the batch's order. Pure CPU, any thread.
[[nodiscard]] std::vector<PreparedSession> prepare_sessions(const TelemetryBatch& batch,
                                                            Arena& arena);
[[nodiscard]] std::vector<PreparedRecording> prepare_recordings(const TelemetryBatch& batch,
                                                                Arena& arena);

/// Inserts, or completes the row that is there; inside the caller's transaction. Source:
/// ingest 7.3, 7.4.
[[nodiscard]] Result<void> write_session(Connection& connection, const Uuid& project,
                                         std::int64_t received_ns, const PreparedSession& session);
[[nodiscard]] Result<void> write_recording(Connection& connection, const Uuid& project,
                                           std::int64_t received_ns,
                                           const PreparedRecording& recording);

}  // namespace traceway::sqlite
