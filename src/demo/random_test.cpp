#include "demo/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace traceway::demo {

TEST_CASE("demo random: a seed repeats, another seed or stream does not") {
  Random a(42);
  Random same(42);
  Random other(43);
  Random stream(42, 1);
  const std::uint64_t first = a.next();
  CHECK(first == same.next());
  CHECK(first != other.next());
  CHECK(first != stream.next());
  CHECK(a.hex(12) == same.hex(12));
}

TEST_CASE("demo random: the first number of a seed is the same on every machine") {
  // A change here makes every printed seed worthless.
  CHECK(Random(42).next() == 14'769'503'741'126'384'973ULL);
  Random random(7, 3);
  double sum = 0;
  for (int i = 0; i < 20'000; ++i) sum += random.unit();
  CHECK(sum / 20'000 == doctest::Approx(0.5).epsilon(0.02));
}

TEST_CASE("demo random: log-normal durations have their median and their spread") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    Random random(seed);
    std::vector<double> drawn;
    for (int i = 0; i < 20'001; ++i) drawn.push_back(random.log_normal(80, 0.5));
    std::ranges::sort(drawn);
    CHECK(drawn[10'000] == doctest::Approx(80).epsilon(0.03));
    // The 84.13th percentile lies one sigma above the median, on the logarithm's scale.
    CHECK(std::log(drawn[16'827] / drawn[10'000]) == doctest::Approx(0.5).epsilon(0.06));
    CHECK(drawn.front() > 0);
  }
}

TEST_CASE("demo random: as many events happen as are expected, few and many") {
  for (const double mean : {0.4, 12.0, 400.0}) {
    Random random(5);
    double sum = 0;
    double squares = 0;
    constexpr int kDraws = 20'000;
    for (int i = 0; i < kDraws; ++i) {
      const auto events = static_cast<double>(random.poisson(mean));
      sum += events;
      squares += (events - mean) * (events - mean);
    }
    CHECK(sum / kDraws == doctest::Approx(mean).epsilon(0.03));
    CHECK(squares / kDraws == doctest::Approx(mean).epsilon(0.06));
  }
  CHECK(Random(1).poisson(0) == 0);
}

TEST_CASE("demo random: Zipf draws every rank, each in proportion to its place") {
  const Zipf zipf(12, 1.0);
  Random random(9);
  std::vector<double> counts(12);
  for (int i = 0; i < 120'000; ++i) ++counts[zipf.draw(random)];
  CHECK(std::ranges::is_sorted(counts, std::greater<>()));
  for (std::size_t rank = 0; rank < counts.size(); ++rank) {
    CHECK(counts[0] / counts[rank] == doctest::Approx(static_cast<double>(rank + 1)).epsilon(0.08));
  }
}

}  // namespace traceway::demo
