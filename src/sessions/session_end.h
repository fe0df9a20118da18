// When a session ended, which its reports alone do not say. Source: ingest 7.3.
#pragma once

#include <cstdint>
#include <optional>

namespace traceway::sessions {

/// What is stored of a session's time. All ns since 1970 UTC.
struct SessionTimes {
  std::int64_t started_ns = 0;
  std::optional<std::int64_t> ended_ns;          ///< of its closing report
  std::optional<std::int64_t> last_segment_end;  ///< of its recordings
  std::int64_t heard_ns = 0;                     ///< when this server last heard of it
};

struct SessionEnd {
  std::int64_t end_ns = 0;  ///< of an open session: as far as it is known
  bool is_open = false;
};

/// With segments, the end is that of the last one; a closing report counts only within 15 minutes
/// after it. Nothing counts beyond 65 minutes after the start. A session that was not closed is
/// open until nothing has been heard of it for 15 minutes. Pure.
[[nodiscard]] SessionEnd end_of(const SessionTimes& times, std::int64_t now_ns);

}  // namespace traceway::sessions
