#include "demo/campaign.h"

#include "base/clock.h"
#include "demo/outbox.h"
#include "demo/traffic.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>

namespace traceway::demo {

namespace {

/// Moves an activity into the past, so that nothing of it is still to come at limit_ns.
void end_by(Activity& activity, std::int64_t limit_ns) {
  std::int64_t end_ns = 0;
  for (const Work& work : activity.work) end_ns = std::max(end_ns, work.end_ns());
  for (const Notice& notice : activity.notices) end_ns = std::max(end_ns, notice.at_ns);
  const std::int64_t shift_ns = std::max<std::int64_t>(0, end_ns - limit_ns);
  for (Work& work : activity.work) work.start_ns -= shift_ns;
  for (Notice& notice : activity.notices) notice.at_ns -= shift_ns;
}

/// Sleeps, or wakes up because stop is requested.
void sleep_until(std::int64_t wall_ns, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  const auto length = std::chrono::nanoseconds(wall_ns - SystemClock().now_ns());
  never.wait_for(lock, stop, length, [] { return false; });
}

class Campaign {
 public:
  Campaign(const Plan& plan, Delivery::Target target, const OnProgress& on_progress,
           const std::stop_token& stop)
      : plan_(plan),
        on_progress_(on_progress),
        stop_(stop),
        traffic_(plan.seed, plan.now_ns / kMinuteNs * kMinuteNs),
        delivery_(std::move(target)),
        outbox_(traffic_.timeline(), plan.has_report,
                [this](Upload&& upload) { is_open_ = delivery_.push(std::move(upload), stop_); }) {}

  DeliveryStatus run() {
    backfill();
    if (plan_.rate > 0) keep_going();
    outbox_.flush();
    delivery_.finish(stop_);
    return delivery_.status();
  }

 private:
  [[nodiscard]] bool goes_on() const { return is_open_ && !stop_.stop_requested(); }

  void backfill() {
    const auto length_ns = static_cast<std::int64_t>(plan_.days * static_cast<double>(kDayNs));
    std::int64_t minute_ns = (plan_.now_ns - length_ns) / kMinuteNs * kMinuteNs;
    for (; minute_ns < plan_.now_ns / kMinuteNs * kMinuteNs && goes_on(); minute_ns += kMinuteNs) {
      report(traffic_.minute(minute_ns, plan_.scale), plan_.now_ns);
      on_progress_(delivery_.status(), minute_ns);
    }
    outbox_.flush();
  }

  void keep_going() {
    const SystemClock clock;
    const std::int64_t start_ns = clock.now_ns();
    std::int64_t minute = start_ns / kMinuteNs;
    while (goes_on()) {
      const std::int64_t now_ns = clock.now_ns();
      if (plan_.seconds > 0 && now_ns - start_ns >= plan_.seconds * kSecondNs) return;
      const std::int64_t second_ns = now_ns / kSecondNs * kSecondNs;
      report(traffic_.second(second_ns - kSecondNs, plan_.rate), now_ns);
      if (now_ns / kMinuteNs > minute) {
        report(traffic_.scheduled(minute * kMinuteNs), now_ns);
        minute = now_ns / kMinuteNs;
      }
      outbox_.flush();
      on_progress_(delivery_.status(), now_ns);
      sleep_until(second_ns + kSecondNs, stop_);
    }
  }

  void report(std::vector<Activity> activities, std::int64_t limit_ns) {
    for (Activity& activity : activities) {
      end_by(activity, limit_ns);
      outbox_.add(std::move(activity));
    }
  }

  const Plan plan_;
  const OnProgress& on_progress_;
  const std::stop_token& stop_;
  bool is_open_ = true;
  Traffic traffic_;
  Delivery delivery_;
  Outbox outbox_;
};

}  // namespace

Plan plan_of(const Options& options, std::int64_t now_ns, bool has_report) {
  Plan plan;
  plan.seed = options.seed ? *options.seed : std::random_device()();
  plan.now_ns = now_ns;
  plan.days = options.days.value_or(options.rate ? 0 : 1);
  plan.scale = options.scale;
  plan.rate = options.rate.value_or(0);
  plan.seconds = options.seconds.value_or(0);
  plan.has_report = has_report;
  return plan;
}

DeliveryStatus run_campaign(const Plan& plan, Delivery::Target target,
                            const OnProgress& on_progress, const std::stop_token& stop) {
  return Campaign(plan, std::move(target), on_progress, stop).run();
}

}  // namespace traceway::demo
