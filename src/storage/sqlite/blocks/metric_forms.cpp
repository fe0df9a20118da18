#include "storage/sqlite/blocks/metric_forms.h"

#include "storage/sqlite/blocks/packed_column.h"
#include "storage/sqlite/blocks/wire.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::array<double, kMaxDecimals + 1> kPowersOfTen = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
/// Whole numbers below have a double of their own.
constexpr double kExact = 9'007'199'254'740'992.0;

/// The whole number whose quotient by that power of ten is `value`, bit for bit. -0 has none.
std::optional<std::int64_t> decimal_of(double value, unsigned decimals) {
  const double scaled = value * kPowersOfTen[decimals];
  if (!(std::abs(scaled) < kExact)) return std::nullopt;
  const auto number = static_cast<std::int64_t>(std::nearbyint(scaled));
  const double back = static_cast<double>(number) / kPowersOfTen[decimals];
  if (std::bit_cast<std::uint64_t>(back) != std::bit_cast<std::uint64_t>(value))
    return std::nullopt;
  return number;
}

/// Bits that a packed column of these takes per number.
unsigned width_of(std::span<const std::int64_t> numbers) {
  if (numbers.empty()) return 0;
  const auto [smallest, largest] = std::ranges::minmax_element(numbers);
  return static_cast<unsigned>(
      std::bit_width(static_cast<std::uint64_t>(*largest) - static_cast<std::uint64_t>(*smallest)));
}

}  // namespace

void to_decimals(std::span<const std::int64_t> numbers, unsigned decimals,
                 std::vector<double>& to) {
  const double power = kPowersOfTen[decimals];
  for (std::size_t i = 0; i < numbers.size(); ++i) to[i] = static_cast<double>(numbers[i]) / power;
}

bool ValueWriter::find_decimals(std::span<const double> values) {
  decimals_ = 0;
  for (const double value : values) {
    while (!decimal_of(value, decimals_)) {
      if (++decimals_ > kMaxDecimals) return false;
    }
  }
  numbers_.clear();
  for (const double value : values) {
    const auto number = decimal_of(value, decimals_);
    if (!number) return false;  // too large with as many decimals as another value needs
    numbers_.push_back(*number);
  }
  return true;
}

void ValueWriter::write_bits(std::span<const double> values, std::string& out) {
  differences_.clear();
  std::uint64_t all = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const std::uint64_t changed =
        std::bit_cast<std::uint64_t>(values[i]) ^ std::bit_cast<std::uint64_t>(values[i - 1]);
    all |= changed;
    differences_.push_back(static_cast<std::int64_t>(changed));
  }
  const auto shift = static_cast<unsigned>(all == 0 ? 0 : std::countr_zero(all));
  for (std::int64_t& one : differences_)
    one = static_cast<std::int64_t>(static_cast<std::uint64_t>(one) >> shift);
  out.push_back(static_cast<char>(kBitsForm));
  put_fixed(out, std::bit_cast<std::uint64_t>(values[0]));
  out.push_back(static_cast<char>(shift));
  put_packed(out, differences_);
}

void ValueWriter::write(std::span<const double> values, std::string& out) {
  if (!find_decimals(values)) return write_bits(values, out);
  differences_.clear();
  for (std::size_t i = 1; i < numbers_.size(); ++i)
    differences_.push_back(numbers_[i] - numbers_[i - 1]);
  if (width_of(differences_) < width_of(numbers_)) {
    out.push_back(static_cast<char>(kDifferencesForm + decimals_));
    put_signed(out, numbers_[0]);
    return put_packed(out, differences_);
  }
  out.push_back(static_cast<char>(decimals_));
  put_packed(out, numbers_);
}

}  // namespace traceway::sqlite::blocks
