#include "pipeline/diagnostics.h"

#include <doctest/doctest.h>

namespace traceway::pipeline {

TEST_CASE("diagnostics: utilization is floored, and clamped at both ends") {
  CHECK(utilization_pct(0, 8192) == 0);
  CHECK(utilization_pct(12, 8192) == 0);
  CHECK(utilization_pct(4100, 8192) == 50);
  CHECK(utilization_pct(8191, 8192) == 99);
  CHECK(utilization_pct(8192, 8192) == 100);
  CHECK(utilization_pct(9000, 8192) == 100);
  CHECK(utilization_pct(5, 0) == 0);
}

TEST_CASE("diagnostics: pressure changes at 50, 80 and 100 percent") {
  struct Case {
    int pct;
    const char* name;
  };

  for (const Case& c : {Case{0, "ok"}, Case{49, "ok"}, Case{50, "elevated"}, Case{79, "elevated"},
                        Case{80, "high"}, Case{99, "high"}, Case{100, "saturated"}}) {
    CAPTURE(c.pct);
    CHECK(name_of(pressure_of(c.pct)) == c.name);
  }
}

TEST_CASE("diagnostics: commit time quantiles are within ten percent, and old times fade") {
  DurationHistogram times;
  CHECK(times.quantile_ms(0.5) == 0);
  for (int i = 1; i <= 100; ++i) times.record(i);
  CHECK(times.quantile_ms(0.5) == doctest::Approx(50).epsilon(0.1));
  CHECK(times.quantile_ms(0.99) == doctest::Approx(99).epsilon(0.1));
  for (int i = 0; i < 20'000; ++i) times.record(2);
  CHECK(times.quantile_ms(0.99) == doctest::Approx(2).epsilon(0.1));
  times.record(0);
  times.record(1e12);  // out of range at both ends: the outermost buckets
  CHECK(times.quantile_ms(0) < 0.01);
}

TEST_CASE("diagnostics: the high watermark only rises") {
  Counters counters;
  counters.depth_seen(10);
  counters.depth_seen(3);
  CHECK(counters.high_watermark() == 10);
}

}  // namespace traceway::pipeline
