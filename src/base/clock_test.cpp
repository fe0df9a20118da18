#include "base/clock.h"

#include <doctest/doctest.h>

namespace traceway {

TEST_CASE("clock: times print as RFC 3339 with trailing zeros trimmed") {
  CHECK(to_rfc3339(0) == "1970-01-01T00:00:00Z");
  CHECK(to_rfc3339(1'770'114'030'123'456'000) == "2026-02-03T10:20:30.123456Z");
  CHECK(to_rfc3339(-1) == "1969-12-31T23:59:59.999999999Z");
  CHECK(to_rfc3339(INT64_MAX) == "2262-04-11T23:47:16.854775807Z");
}

TEST_CASE("clock: every accepted spelling reads to the same instant") {
  const std::int64_t expected = 1'770'114'030'500'000'000;
  for (const char* text : {"2026-02-03T10:20:30.5Z", "2026-02-03 10:20:30.500z",
                           "2026-02-03t11:50:30.5+01:30", "2026-02-03T02:20:30.500000000-08:00"}) {
    CAPTURE(text);
    CHECK(parse_rfc3339(text) == expected);
  }
}

TEST_CASE("clock: what is no time reads as absent") {
  for (const char* text : {"", "2026-02-03", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
                           "2026-02-03T24:00:00Z", "2026-02-03T10:20:30", "2026-02-03T10:20:30.Z",
                           "2026-02-03T10:20:30.1234567890Z", "2026-02-03T10:20:30Zx"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}

TEST_CASE("clock: times that nanoseconds cannot hold clamp") {
  CHECK(parse_rfc3339("0001-01-01T00:00:00Z") == INT64_MIN);
  CHECK(parse_rfc3339("9999-12-31T23:59:59Z") == INT64_MAX);
}

}  // namespace traceway
