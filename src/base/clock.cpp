#include "base/clock.h"

#include <cstdio>

namespace traceway {

namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kSecondsPerDay = 86'400;

/// Days since 1970-01-01 of a proleptic Gregorian date. Source: Howard Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms", days_from_civil.
std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

struct Date {
  std::int64_t year;
  int month;
  int day;
};

/// The inverse: civil_from_days of the same source.
Date civil_from_days(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_index = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * month_index + 2) / 5 + 1);
  const int month = static_cast<int>(month_index < 10 ? month_index + 3 : month_index - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

bool is_leap(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

/// Reads fixed-width digits and separators from the front of a text.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool digits(std::size_t count, int& to) {
    if (rest_.size() < count) return false;
    to = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return false;
      to = to * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return true;
  }

  bool any_of(std::string_view allowed) {
    if (rest_.empty() || allowed.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// 1–9 digits after a dot as nanoseconds; absent is 0.
  bool fraction(std::int64_t& ns) {
    ns = 0;
    if (rest_.empty() || (rest_.front() != '.' && rest_.front() != ',')) return true;
    rest_.remove_prefix(1);
    int count = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      if (count < 9) ns = ns * 10 + (rest_.front() - '0');
      ++count;
      rest_.remove_prefix(1);
    }
    if (count == 0 || count > 9) return false;
    for (; count < 9; ++count) ns *= 10;
    return true;
  }

  [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  [[nodiscard]] bool is_done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool read_offset(Cursor& cursor, std::int64_t& offset_s) {
  offset_s = 0;
  if (cursor.any_of("Zz")) return true;
  const bool is_negative = cursor.peek() == '-';
  int hours = 0;
  int minutes = 0;
  if (!cursor.any_of("+-") || !cursor.digits(2, hours) || !cursor.any_of(":") ||
      !cursor.digits(2, minutes) || hours > 23 || minutes > 59) {
    return false;
  }
  offset_s = (hours * 60LL + minutes) * 60;
  if (is_negative) offset_s = -offset_s;
  return true;
}

}  // namespace

std::string to_rfc3339(std::int64_t time_ns) {
  std::int64_t seconds = time_ns / kNsPerSecond;
  std::int64_t ns = time_ns % kNsPerSecond;
  if (ns < 0) {
    ns += kNsPerSecond;
    --seconds;
  }
  std::int64_t days = seconds / kSecondsPerDay;
  std::int64_t rest = seconds % kSecondsPerDay;
  if (rest < 0) {
    rest += kSecondsPerDay;
    --days;
  }
  const Date date = civil_from_days(days);
  char buffer[48];
  int length = std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02dT%02d:%02d:%02d",
                             static_cast<int>(date.year), date.month, date.day,
                             static_cast<int>(rest / 3600), static_cast<int>(rest / 60 % 60),
                             static_cast<int>(rest % 60));
  if (ns != 0) {
    length += std::snprintf(buffer + length, sizeof buffer - static_cast<std::size_t>(length),
                            ".%09d", static_cast<int>(ns));
    while (buffer[length - 1] == '0') --length;
  }
  buffer[length++] = 'Z';
  return {buffer, static_cast<std::size_t>(length)};
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  Cursor cursor(text);
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t ns = 0;
  std::int64_t offset_s = 0;
  const bool is_shaped = cursor.digits(4, year) && cursor.any_of("-") && cursor.digits(2, month) &&
                         cursor.any_of("-") && cursor.digits(2, day) && cursor.any_of("Tt ") &&
                         cursor.digits(2, hour) && cursor.any_of(":") && cursor.digits(2, minute) &&
                         cursor.any_of(":") && cursor.digits(2, second) && cursor.fraction(ns) &&
                         read_offset(cursor, offset_s) && cursor.is_done();
  // Second 60 is a leap second; it reads as the first second of the next minute.
  if (!is_shaped || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) ||
      hour > 23 || minute > 59 || second > 60) {
    return std::nullopt;
  }
  const std::int64_t seconds = days_from_civil(year, month, day) * kSecondsPerDay + hour * 3600LL +
                               minute * 60LL + second - offset_s;
  if (seconds >= INT64_MAX / kNsPerSecond) return INT64_MAX;
  if (seconds <= INT64_MIN / kNsPerSecond) return INT64_MIN;
  return seconds * kNsPerSecond + ns;
}

}  // namespace traceway
