#include "sessions/session_end.h"

#include <doctest/doctest.h>

#include <string>

namespace traceway::sessions {

TEST_CASE("session end: segments, closing reports and silence decide") {
  constexpr std::int64_t kMinute = 60'000'000'000;
  constexpr std::int64_t kStart = 1'795'162'530'000'000'000;

  /// Minutes after the start; below 0: absent.
  struct Case {
    const char* name;
    int ended;
    int last_segment;
    int heard;
    int now;
    int end;
    bool is_open;
  };

  for (const Case& one : {
           Case{"just opened", -1, -1, 0, 1, 0, true},
           Case{"opened, and never heard of again", -1, -1, 0, 15, 0, false},
           Case{"segments keep coming", -1, 5, 5, 19, 5, true},
           Case{"segments stopped without a close", -1, 5, 5, 20, 5, false},
           Case{"closed without segments", 7, -1, 8, 8, 7, false},
           Case{"closed within 15 minutes after the last segment", 20, 5, 20, 20, 20, false},
           Case{"closed long after the last segment", 21, 5, 21, 21, 5, false},
           Case{"closed before the last segment ended", 4, 5, 5, 5, 5, false},
           Case{"longer than a session can be", 90, 80, 90, 90, 65, false},
           Case{"still talking after 65 minutes", -1, 64, 64, 65, 64, false},
       }) {
    CAPTURE(std::string(one.name));
    const auto at = [&](int minutes) { return kStart + minutes * kMinute; };
    SessionTimes times{kStart, std::nullopt, std::nullopt, at(one.heard)};
    if (one.ended >= 0) times.ended_ns = at(one.ended);
    if (one.last_segment >= 0) times.last_segment_end = at(one.last_segment);
    const SessionEnd end = end_of(times, at(one.now));
    CHECK(end.end_ns == at(one.end));
    CHECK(end.is_open == one.is_open);
  }
  CHECK(end_of({kStart, kStart - kMinute, std::nullopt, kStart}, kStart).end_ns == kStart);
}

}  // namespace traceway::sessions
