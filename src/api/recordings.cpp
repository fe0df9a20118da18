#include "api/recordings.h"

#include "base/json_ranges.h"
#include "base/log.h"

namespace traceway::api {

namespace {

/// Of one file: what a report may hold at most by default.
constexpr std::size_t kMaxFileBytes = 64U << 20U;

/// Empty when there is no readable file.
std::string contents_of(const BlobStore& blobs, const std::string& path) {
  auto text = blobs.get(path, kMaxFileBytes);
  if (!text) {
    log::warn("api", "a recording cannot be read",
              {{"file", path}, {"reason", text.error().detail}});
    return {};
  }
  return std::move(*text).value_or(std::string());
}

/// What stands between the brackets of an array; empty for anything else.
std::string_view inside_of(std::string_view array) {
  const std::size_t begin = json::skip_blanks(array, 0);
  if (begin >= array.size() || array[begin] != '[') return {};
  const std::size_t first = json::skip_blanks(array, begin + 1);
  const std::size_t end = array.rfind(']');
  return end == std::string_view::npos || end <= first ? std::string_view()
                                                       : array.substr(first, end - first);
}

void append(std::string& list, std::string_view array) {
  const std::string_view more = inside_of(array);
  if (more.empty()) return;
  if (!list.empty()) list += ',';
  list += more;
}

}  // namespace

Result<std::optional<RecordingRow>> recording_of_exception(TelemetryDb& telemetry,
                                                           const Uuid& project,
                                                           const Uuid& exception) {
  auto rows = telemetry.run("recordings.of_exception", {{"project_id", to_value(project)},
                                                        {"exception_id", to_value(exception)}});
  if (!rows) return fail(rows);
  if (rows->empty()) return std::optional<RecordingRow>{};
  return std::optional(from_row<RecordingRow>(rows->front()));
}

Result<RawJson> events_of_exception(TelemetryDb& telemetry, const BlobStore& blobs,
                                    const Uuid& project, const Uuid& exception) {
  auto row = recording_of_exception(telemetry, project, exception);
  if (!row) return fail(row);
  if (!*row) return RawJson{};
  const std::string contents = contents_of(blobs, (*row)->file_path);
  const std::string_view events = json::member_text(contents, "events");
  return RawJson{events.starts_with('[') ? std::string(events) : std::string()};
}

bool JoinedRecording::add(const RecordingRow& row) {
  const std::string contents = contents_of(blobs_, row.file_path);
  if (contents.empty()) return false;
  json::for_each_member_text(contents, [&](std::string_view name, std::string_view value) {
    if (name == "events") append(events_, value);
    if (name == "logs") append(logs_, value);
    if (name == "actions") append(actions_, value);
  });
  if (!started_at_) started_at_ = row.started_at;
  if (row.ended_at) ended_at_ = row.ended_at;
  return true;
}

void JoinedRecording::write(json::Writer& out) const {
  out.key("events").value(RawJson{'[' + events_ + ']'});
  if (!logs_.empty()) out.key("logs").value(RawJson{'[' + logs_ + ']'});
  if (!actions_.empty()) out.key("actions").value(RawJson{'[' + actions_ + ']'});
  if (started_at_) out.key("startedAt").value(*started_at_);
  if (ended_at_) out.key("endedAt").value(*ended_at_);
}

}  // namespace traceway::api
