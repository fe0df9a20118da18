#include "sessions/session_end.h"

#include <algorithm>

namespace traceway::sessions {

namespace {

constexpr std::int64_t kMinuteNs = 60'000'000'000;
constexpr std::int64_t kIdleNs = 15 * kMinuteNs;     // the SDK ends a session after that
constexpr std::int64_t kLongestNs = 65 * kMinuteNs;  // it ends one after 60 minutes

}  // namespace

SessionEnd end_of(const SessionTimes& times, std::int64_t now_ns) {
  const std::int64_t last =
      times.last_segment_end.value_or(times.ended_ns.value_or(times.heard_ns));
  const bool is_closing =
      times.ended_ns && *times.ended_ns > last && *times.ended_ns - last <= kIdleNs;
  const std::int64_t end = is_closing ? *times.ended_ns : last;
  const std::int64_t latest = times.started_ns + kLongestNs;
  const bool is_open = !times.ended_ns && now_ns - times.heard_ns < kIdleNs &&
                       now_ns - times.started_ns < kLongestNs;
  return {std::clamp(end, times.started_ns, latest), is_open};
}

}  // namespace traceway::sessions
