// How the numbers of one series are written: as decimals where all of them are, else as the bits in
// which neighbours differ. Shared by both sides of metric chunks (metric_chunk.h draws the layout).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace traceway::sqlite::blocks {

inline constexpr std::uint8_t kDifferencesForm = 16;
inline constexpr std::uint8_t kBitsForm = 32;
/// Ten to the power of a form below kDifferencesForm.
inline constexpr unsigned kMaxDecimals = 15;

/// Units of time differences, in ns: exporters count in whole seconds, milliseconds, microseconds.
inline constexpr std::array<std::int64_t, 4> kTimeUnits = {1, 1'000, 1'000'000, 1'000'000'000};

/// Modulo 2^64: the differences of any two times and the sums of any two differences fit, and
/// damaged bytes overflow nothing.
[[nodiscard]] constexpr std::int64_t wrapping_sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

[[nodiscard]] constexpr std::int64_t wrapping_difference(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

[[nodiscard]] constexpr std::int64_t wrapping_product(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

/// numbers[i] / 10^decimals. Correctly rounded, so a decimal comes back as the double it was.
void to_decimals(std::span<const std::int64_t> numbers, unsigned decimals, std::vector<double>& to);

/// Writes the values of series after series in the shortest form; keeps its buffers.
class ValueWriter {
 public:
  void write(std::span<const double> values, std::string& out);

 private:
  /// True with numbers_ filled and decimals_ set when every value is a decimal.
  [[nodiscard]] bool find_decimals(std::span<const double> values);
  void write_bits(std::span<const double> values, std::string& out);

  unsigned decimals_ = 0;
  std::vector<std::int64_t> numbers_;
  std::vector<std::int64_t> differences_;
};

}  // namespace traceway::sqlite::blocks
