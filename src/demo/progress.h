// How far the demo is, on stderr: one line redrawn on a terminal, a line every few seconds
// elsewhere.
#pragma once

#include "demo/delivery.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace traceway::demo {

/// Not thread-safe.
class Progress {
 public:
  Progress();

  /// Cheap: draws at most a few times per second. at_ns: the time of the events just sent.
  void show(const DeliveryStatus& status, std::int64_t at_ns);
  /// Ends a redrawn line, so that what follows starts at the margin.
  void end();

  [[nodiscard]] double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;

  const bool is_terminal_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_ = start_;
  std::uint64_t drawn_records_ = 0;
  bool has_drawn_ = false;
};

/// What was stored, refused and lost, for people: a line per project and the total.
[[nodiscard]] std::string summary_of(const DeliveryStatus& status,
                                     const std::vector<std::string>& projects, double seconds);

}  // namespace traceway::demo
