#include "overview/words.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace traceway::overview {

namespace {

constexpr const char* kThinSpace = "\u2009";

struct Unit {
  double scale;
  const char* name;
};

std::string printed(const char* format, double value) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, value);
  return buffer.data();
}

std::string three_digits(double value) {
  if (value >= 99.95) return printed("%.0f", value);
  return value >= 9.995 ? printed("%.1f", value) : printed("%.2f", value);
}

/// 310 instead of 310.0, 2.5 instead of 2.50.
std::string without_zeros(std::string digits) {
  if (digits.find('.') == std::string::npos) return digits;
  while (digits.ends_with('0')) digits.pop_back();
  if (digits.ends_with('.')) digits.pop_back();
  return digits;
}

std::string with_unit(const std::string& digits, const char* unit) {
  return digits + kThinSpace + unit;
}

std::string long_duration(std::int64_t seconds) {
  constexpr std::int64_t kHour = 3600;
  if (seconds < kHour) {
    std::string out = with_unit(std::to_string(seconds / 60), "m");
    if (seconds % 60 != 0) out += " " + with_unit(std::to_string(seconds % 60), "s");
    return out;
  }
  const std::int64_t minutes = (seconds + 30) / 60;
  const std::string rest = std::to_string(minutes % 60);
  return with_unit(std::to_string(minutes / 60), "h") + " " +
         with_unit(rest.size() < 2 ? "0" + rest : rest, "m");
}

}  // namespace

std::string duration_words(std::int64_t ns) {
  constexpr Unit kUnits[] = {{1, "ns"}, {1e3, "\u00b5s"}, {1e6, "ms"}};
  for (const Unit& unit : kUnits) {
    const double value = static_cast<double>(ns) / unit.scale;
    if (value < 999.5) return with_unit(without_zeros(three_digits(value)), unit.name);
  }
  const double seconds = static_cast<double>(ns) / 1e9;
  if (seconds < 60) return with_unit(without_zeros(three_digits(seconds)), "s");
  return long_duration(static_cast<std::int64_t>(std::llround(seconds)));
}

std::string count_words(std::int64_t count) {
  if (count < 1000) return std::to_string(count);
  if (count < 10'000) {
    std::string digits = std::to_string(count);
    return digits.insert(1, ",");
  }
  constexpr Unit kUnits[] = {{1e3, "k"}, {1e6, "M"}};
  for (const Unit& unit : kUnits) {
    const double value = static_cast<double>(count) / unit.scale;
    if (value < 999.5) return with_unit(three_digits(value), unit.name);
  }
  return with_unit(three_digits(static_cast<double>(count) / 1e9), "G");
}

std::string percent_words(double percent) {
  if (percent > 0 && percent < 0.05) return with_unit("<0.1", "%");
  return with_unit(printed("%.1f", percent), "%");
}

std::string count_of(std::int64_t count, const std::string& noun) {
  return count_words(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace traceway::overview
