#include "demo/timeline.h"

#include <cmath>
#include <numbers>

namespace traceway::demo {

namespace {

/// Something that comes back: first `before_anchor_ns` ago, then (and before) every `period_ns`.
struct Recurring {
  std::int64_t before_anchor_ns = 0;
  std::int64_t period_ns = 1;
  std::int64_t length_ns = 0;
};

constexpr Recurring kSlowDatabase{5 * kHourNs, 23 * kHourNs, 40 * kMinuteNs};
constexpr Recurring kProviderOutage{14 * kHourNs, 37 * kHourNs, 25 * kMinuteNs};
constexpr Recurring kOrdersRelease{9 * kHourNs + 20 * kMinuteNs, 22 * kHourNs, 30 * kMinuteNs};

struct Release {
  std::int64_t major = 1;
  std::int64_t minor = 0;  ///< of the release before the anchor
  Recurring when;
};

constexpr Release kReleases[] = {
    {4, 131, {16 * kHourNs, 31 * kHourNs}},  // gateway
    {2, 114, kOrdersRelease},                // orders
    {7, 38, {20 * kHourNs, 71 * kHourNs}},   // payments
    {1, 59, {33 * kHourNs, 59 * kHourNs}},   // warehouse
    {3, 42, {28 * kHourNs, 95 * kHourNs}},   // backoffice
    {1, 97, {11 * kHourNs, 43 * kHourNs}},   // worker
    {4, 131, {16 * kHourNs, 31 * kHourNs}},  // storefront: released with the gateway
};
static_assert(std::size(kReleases) == static_cast<std::size_t>(ServiceId::kCount));

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

/// How often it has started since the time before the anchor, and how long ago the last one did.
struct Phase {
  std::int64_t round = 0;
  std::int64_t since_ns = 0;
};

Phase phase_of(const Recurring& what, std::int64_t since_anchor_ns) {
  const std::int64_t since_first = since_anchor_ns + what.before_anchor_ns;
  const std::int64_t round = floor_div(since_first, what.period_ns);
  return {round, since_first - round * what.period_ns};
}

bool is_on(const Recurring& what, std::int64_t since_anchor_ns) {
  return phase_of(what, since_anchor_ns).since_ns < what.length_ns;
}

/// Hours of the day, with a fraction.
double hour_of(std::int64_t at_ns) {
  return static_cast<double>(at_ns % kDayNs) / static_cast<double>(kHourNs);
}

/// 0 Monday to 6 Sunday; 1970 began on a Thursday.
std::int64_t weekday_of(std::int64_t at_ns) {
  return (at_ns / kDayNs + 3) % 7;
}

/// 1 at `hour`, falling off on both sides, across midnight.
double bump(double at_hour, double hour, double width) {
  const double distance = std::remainder(at_hour - hour, 24.0);
  return std::exp(-distance * distance / (2 * width * width));
}

}  // namespace

double Timeline::shoppers(std::int64_t at_ns) const {
  constexpr double kOfWeekday[] = {1.05, 0.98, 0.96, 1.0, 1.04, 0.86, 1.11};
  constexpr double kMean = 0.862;  // of the floor and the two bumps over a day
  const double hour = hour_of(at_ns);
  const double day = 0.25 + 1.0 * bump(hour, 12.5, 3.0) + 1.3 * bump(hour, 19.5, 2.2);
  return day / kMean * kOfWeekday[weekday_of(at_ns)];
}

double Timeline::staff(std::int64_t at_ns) const {
  const double hour = hour_of(at_ns);
  const bool is_weekend = weekday_of(at_ns) >= 5;
  const double day = bump(hour, 10.0, 1.8) + bump(hour, 14.5, 1.8);
  return (0.065 + 3.35 * day) * (is_weekend ? 0.15 : 1.0);
}

bool Timeline::is_database_slow(std::int64_t at_ns) const {
  return is_on(kSlowDatabase, at_ns - anchor_ns_);
}

bool Timeline::is_provider_down(std::int64_t at_ns) const {
  return is_on(kProviderOutage, at_ns - anchor_ns_);
}

bool Timeline::is_release_broken(std::int64_t at_ns) const {
  return is_on(kOrdersRelease, at_ns - anchor_ns_);
}

std::int64_t Timeline::since_release(ServiceId service, std::int64_t at_ns) const {
  return phase_of(kReleases[static_cast<std::size_t>(service)].when, at_ns - anchor_ns_).since_ns;
}

std::string Timeline::version(ServiceId service, std::int64_t at_ns) const {
  const Release& release = kReleases[static_cast<std::size_t>(service)];
  const Phase phase = phase_of(release.when, at_ns - anchor_ns_);
  const std::int64_t minor = release.minor + phase.round;
  const bool is_fixed = release.when.length_ns > 0 && phase.since_ns >= release.when.length_ns;
  return std::to_string(release.major) + '.' + std::to_string(minor) + (is_fixed ? ".1" : ".0");
}

}  // namespace traceway::demo
