// Who does what when: the requests and tasks of one minute.
#pragma once

#include "demo/activity.h"
#include "demo/random.h"
#include "demo/timeline.h"

#include <cstdint>
#include <vector>

namespace traceway::demo {

/// A pure function of seed, anchor and time. Immutable; any thread.
class Traffic {
 public:
  Traffic(std::uint64_t seed, std::int64_t anchor_ns);

  /// Everything that begins in the minute that starts at minute_ns. scale: 1 is about 19,000
  /// requests a day.
  [[nodiscard]] std::vector<Activity> minute(std::int64_t minute_ns, double scale) const;
  /// Requests that begin in the second that starts at second_ns, whatever the hour.
  [[nodiscard]] std::vector<Activity> second(std::int64_t second_ns, double mean_requests) const;
  /// The tasks that are due in the minute.
  [[nodiscard]] std::vector<Activity> scheduled(std::int64_t minute_ns) const;

  [[nodiscard]] const Timeline& timeline() const { return timeline_; }

 private:
  [[nodiscard]] Activity request(Random& random, std::int64_t start_ns, double staff_share) const;

  std::uint64_t seed_;
  Timeline timeline_;
  Zipf shop_;
  Zipf staff_;
  Zipf users_;
  Zipf browsers_;
};

}  // namespace traceway::demo
