// Repeatable chance: the same seed gives the same numbers on every machine, which the standard
// library's distributions do not promise.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace traceway::demo {

/// SplitMix64. Good enough for pictures of traffic, useless for secrets. Not thread-safe.
class Random {
 public:
  /// Streams of one seed are independent of each other.
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0);

  [[nodiscard]] std::uint64_t next();
  /// In [0, 1).
  [[nodiscard]] double unit();
  [[nodiscard]] bool chance(double probability);
  /// In [0, limit); limit > 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t limit);
  /// Mean 0, standard deviation 1.
  [[nodiscard]] double normal();
  /// median > 0; sigma is the standard deviation of the logarithm.
  [[nodiscard]] double log_normal(double median, double sigma);
  /// How many of independent events happen where `mean` are expected; 0 for mean <= 0.
  [[nodiscard]] std::uint64_t poisson(double mean);
  /// Lower-case hex digits.
  [[nodiscard]] std::string hex(std::size_t digits);

  template <class T>
  [[nodiscard]] const T& pick(std::span<const T> list) {
    return list[below(list.size())];
  }

 private:
  std::uint64_t state_;
};

/// Rank k of n is drawn in proportion to 1 / (k + 1)^exponent: a few are asked for all the time,
/// most hardly ever. Immutable; any thread.
class Zipf {
 public:
  Zipf(std::size_t count, double exponent);
  [[nodiscard]] std::size_t draw(Random& random) const;

 private:
  std::vector<double> cumulative_;  // ends with 1
};

}  // namespace traceway::demo
