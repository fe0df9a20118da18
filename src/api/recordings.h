// What recordings hold, read back from their files and put together. Source: dashboard-api 12.3,
// 16.1.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "storage/blobs.h"
#include "storage/telemetry_db.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace traceway::api {

/// A stored recording's row. Of times that the client did not send there are none.
struct RecordingRow {
  std::string file_path;
  std::int64_t segment_index = 0;
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> ended_at;
  Timestamp recorded_at;  ///< when this server received it
  std::int64_t file_bytes = 0;
};

/// The recording of one exception, the newest if there are several. Errors: those of the store.
[[nodiscard]] Result<std::optional<RecordingRow>> recording_of_exception(TelemetryDb& telemetry,
                                                                         const Uuid& project,
                                                                         const Uuid& exception);

/// The list of events of an exception's recording, as the client sent it; empty text when there is
/// none or its file cannot be read. Errors: those of the store.
[[nodiscard]] Result<RawJson> events_of_exception(TelemetryDb& telemetry, const BlobStore& blobs,
                                                  const Uuid& project, const Uuid& exception);

/// Joins the contents of recordings in the order of adding: their events, console lines and
/// actions, each as it stands.
class JoinedRecording {
 public:
  explicit JoinedRecording(const BlobStore& blobs) : blobs_(blobs) {}

  /// False when the file is gone or cannot be read: it is left out.
  bool add(const RecordingRow& row);

  [[nodiscard]] std::size_t bytes() const {
    return events_.size() + logs_.size() + actions_.size();
  }

  /// The members of `{"events":[],"logs":[],"actions":[],"startedAt":"…","endedAt":"…"}`; logs,
  /// actions and times only where there are some. The object is the caller's.
  void write(json::Writer& out) const;

 private:
  const BlobStore& blobs_;
  std::string events_;
  std::string logs_;
  std::string actions_;
  std::optional<Timestamp> started_at_;
  std::optional<Timestamp> ended_at_;
};

}  // namespace traceway::api

namespace traceway {

template <>
inline constexpr auto fields<api::RecordingRow> =
    std::tuple{field("file_path", &api::RecordingRow::file_path),
               field("segment_index", &api::RecordingRow::segment_index),
               field("started_at", &api::RecordingRow::started_at),
               field("ended_at", &api::RecordingRow::ended_at),
               field("recorded_at", &api::RecordingRow::recorded_at),
               field("file_bytes", &api::RecordingRow::file_bytes)};

}  // namespace traceway
