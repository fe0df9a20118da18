// A run of the demo: the past first, then the present as it goes by.
#pragma once

#include "demo/access.h"
#include "demo/delivery.h"
#include "demo/options.h"

#include <cstdint>
#include <functional>
#include <stop_token>

namespace traceway::demo {

/// The plan of one run, with every default filled in.
struct Plan {
  std::uint64_t seed = 0;
  std::int64_t now_ns = 0;  ///< where the past ends
  double days = 0;
  double scale = 1;
  double rate = 0;           ///< requests per second afterwards
  std::int64_t seconds = 0;  ///< of the present; 0: until stopped
  bool has_report = true;    ///< the server takes native reports
};

[[nodiscard]] Plan plan_of(const Options& options, std::int64_t now_ns, bool has_report);

/// Called every now and then with the time of the events just sent, ns since 1970 UTC.
using OnProgress = std::function<void(const DeliveryStatus&, std::int64_t)>;

/// Reports it all; returns when done, failed, or a moment after stop was requested.
[[nodiscard]] DeliveryStatus run_campaign(const Plan& plan, Delivery::Target target,
                                          const OnProgress& on_progress,
                                          const std::stop_token& stop);

}  // namespace traceway::demo
