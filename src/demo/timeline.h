// When things are busy, broken or released. Everything recurs, so that any window of a day shows
// each story, and a live run meets them again.
#pragma once

#include "demo/activity.h"

#include <cstdint>
#include <string>

namespace traceway::demo {

inline constexpr std::int64_t kSecondNs = 1'000'000'000;
inline constexpr std::int64_t kMinuteNs = 60 * kSecondNs;
inline constexpr std::int64_t kHourNs = 60 * kMinuteNs;
inline constexpr std::int64_t kDayNs = 24 * kHourNs;

/// Immutable; any thread. Times in ns since 1970 UTC.
class Timeline {
 public:
  /// anchor_ns: the moment the stories are placed around, usually now.
  explicit Timeline(std::int64_t anchor_ns) : anchor_ns_(anchor_ns) {}

  /// Shoppers compared with the mean of a week: nights are quiet, evenings are not, Sunday is.
  [[nodiscard]] double shoppers(std::int64_t at_ns) const;
  /// Staff compared with the mean of a week: office hours.
  [[nodiscard]] double staff(std::int64_t at_ns) const;

  /// For 40 minutes the database of `orders` answers slowly.
  [[nodiscard]] bool is_database_slow(std::int64_t at_ns) const;
  /// For 25 minutes the payment provider does not answer.
  [[nodiscard]] bool is_provider_down(std::int64_t at_ns) const;
  /// For 30 minutes a release of `orders` panics on orders without a voucher, until the fix.
  [[nodiscard]] bool is_release_broken(std::int64_t at_ns) const;

  /// Since the release that runs was brought out, in ns.
  [[nodiscard]] std::int64_t since_release(ServiceId service, std::int64_t at_ns) const;
  /// The release that runs.
  [[nodiscard]] std::string version(ServiceId service, std::int64_t at_ns) const;

 private:
  std::int64_t anchor_ns_;
};

}  // namespace traceway::demo
