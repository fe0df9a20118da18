#include "ingest/recordings.h"

#include "app/services.h"
#include "base/log.h"
#include "base/text.h"
#include "storage/blobs.h"
#include "storage/telemetry_db.h"

#include <string>
#include <string_view>
#include <vector>

namespace traceway::ingest {

namespace {

enum class Fate : std::uint8_t { kStored, kUnlinked, kRefused };

std::string key_of(const Uuid& project, const Recording& recording) {
  const std::string folder = "recordings/" + to_string(project) + '/';
  if (recording.session.is_zero()) return folder + to_string(recording.exception) + ".json";
  return folder + "sessions/" + to_string(recording.session) + '/' +
         std::to_string(recording.segment_index) + ".json";
}

/// What stands before the events in the file.
std::string beginning_of(const Recording& recording) {
  std::string out = "{";
  if (!recording.exception_key.empty()) {
    out += R"("exceptionId":)";
    text::append_json_string(out, recording.exception_key);
    out += ',';
  }
  if (!recording.session.is_zero()) {
    out += R"("sessionId":")" + to_string(recording.session) + R"(","segmentIndex":)" +
           std::to_string(recording.segment_index) + ',';
  }
  return out + R"("events":)";
}

/// What stands after the actions.
std::string end_of(const Recording& recording) {
  std::string out;
  if (recording.started_ns) out += R"(,"startedAt":")" + to_rfc3339(*recording.started_ns) + '"';
  if (recording.ended_ns) out += R"(,"endedAt":")" + to_rfc3339(*recording.ended_ns) + '"';
  return out + '}';
}

Result<std::int64_t> write_file(BlobStore& blobs, const std::string& key,
                                const Recording& recording) {
  const std::string beginning = beginning_of(recording);
  const std::string end = end_of(recording);
  std::vector<std::string_view> pieces = {beginning,
                                          recording.events.empty() ? "[]" : recording.events};
  if (!recording.logs.empty()) pieces.insert(pieces.end(), {R"(,"logs":)", recording.logs});
  if (!recording.actions.empty())
    pieces.insert(pieces.end(), {R"(,"actions":)", recording.actions});
  pieces.emplace_back(end);
  return blobs.put(key, pieces);
}

/// A recording may come later than the exception that announced it.
Result<Uuid> stored_exception(TelemetryDb& telemetry, const Uuid& project, std::string_view key) {
  auto rows =
      telemetry.run("recordings.exception_of_key",
                    {{"project_id", to_value(project)}, {"session_recording_id", to_value(key)}});
  if (!rows) return fail(rows);
  return rows->empty() ? Uuid{} : rows->front().uuid("id");
}

Result<Fate> store(TelemetryBatch& batch, Recording& recording, Services& services) {
  if (recording.exception.is_zero() && !recording.exception_key.empty()) {
    auto found = stored_exception(services.telemetry, batch.project, recording.exception_key);
    if (!found) return fail(found);
    recording.exception = *found;
  }
  if (recording.exception.is_zero() && recording.session.is_zero()) return Fate::kUnlinked;
  const std::string key = key_of(batch.project, recording);
  const auto written = write_file(services.blobs, key, recording);
  if (!written) {
    log::error("ingest", "a recording could not be stored", {{"reason", written.error().detail}});
    return Fate::kRefused;
  }
  recording.file_path = batch.arena.copy(key);
  recording.file_bytes = *written;
  return Fate::kStored;
}

}  // namespace

Result<std::uint32_t> store_recordings(TelemetryBatch& batch, Services& services) {
  std::uint32_t refused = 0;
  std::vector<Recording> kept;
  std::size_t next = 0;
  for (BatchPart& part : batch.parts) {
    const std::size_t end = next + part.recordings;
    for (; next < end; ++next) {
      const auto fate = store(batch, batch.recordings[next], services);
      if (!fate) return fail(fate);
      if (*fate == Fate::kRefused) ++refused;
      if (*fate == Fate::kStored) {
        kept.push_back(batch.recordings[next]);
      } else {
        --part.recordings;
      }
    }
  }
  batch.recordings = std::move(kept);
  batch.body = {};
  return refused;
}

}  // namespace traceway::ingest
