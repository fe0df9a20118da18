#include "demo/traffic.h"

#include "demo/company.h"
#include "demo/story.h"

#include <string>
#include <utility>

namespace traceway::demo {

namespace {

constexpr double kShoppersPerMinute = 13;  // mean of a week
constexpr double kStaffPerMinute = 0.4;
constexpr std::size_t kUsers = 2000;
constexpr double kUsualStaffShare = 0.04;
constexpr double kSignedInShare = 0.55;
constexpr double kScanShare = 0.006;

/// What a stream of chance is for, so that none is used twice.
enum class Stream : std::uint8_t { kRequests, kLive, kTasks };

std::uint64_t stream_of(Stream what, std::int64_t at_ns) {
  return static_cast<std::uint64_t>(at_ns / kSecondNs) * 4 + static_cast<std::uint64_t>(what);
}

std::int64_t within(Random& random, std::int64_t start_ns, std::int64_t length_ns) {
  return start_ns + static_cast<std::int64_t>(random.unit() * static_cast<double>(length_ns));
}

/// Documentation addresses, so that nobody is meant.
std::string address_of(std::size_t user) {
  return (user % 3 == 0 ? "203.0.113." : "198.51.100.") + std::to_string(user * 7 % 254 + 1);
}

}  // namespace

Traffic::Traffic(std::uint64_t seed, std::int64_t anchor_ns)
    : seed_(seed),
      timeline_(anchor_ns),
      shop_(shop_routes().size(), 0.9),
      staff_(staff_routes().size(), 1.1),
      users_(kUsers, 0.7),
      browsers_(browsers().size(), 0.8) {}

Activity Traffic::request(Random& random, std::int64_t start_ns, double staff_share) const {
  const std::size_t user = users_.draw(random);
  Visitor visitor{{}, address_of(user), browsers()[browsers_.draw(random)]};
  if (random.chance(staff_share)) {
    visitor.user = "staff-" + std::to_string(user % 12 + 1);
    return tell_request(timeline_, random, staff_routes()[staff_.draw(random)], visitor, start_ns);
  }
  if (random.chance(kScanShare)) return tell_scan(timeline_, random, visitor, start_ns);
  if (random.chance(kSignedInShare)) visitor.user = "u-" + std::to_string(10'000 + user);
  return tell_request(timeline_, random, shop_routes()[shop_.draw(random)], visitor, start_ns);
}

std::vector<Activity> Traffic::minute(std::int64_t minute_ns, double scale) const {
  Random random(seed_, stream_of(Stream::kRequests, minute_ns));
  const double shoppers = kShoppersPerMinute * timeline_.shoppers(minute_ns);
  const double staff = kStaffPerMinute * timeline_.staff(minute_ns);
  const std::uint64_t count = random.poisson((shoppers + staff) * scale);
  std::vector<Activity> out = scheduled(minute_ns);
  for (std::uint64_t i = 0; i < count; ++i) {
    out.push_back(
        request(random, within(random, minute_ns, kMinuteNs), staff / (shoppers + staff)));
  }
  return out;
}

std::vector<Activity> Traffic::second(std::int64_t second_ns, double mean_requests) const {
  Random random(seed_, stream_of(Stream::kLive, second_ns));
  std::vector<Activity> out;
  for (std::uint64_t left = random.poisson(mean_requests); left > 0; --left)
    out.push_back(request(random, within(random, second_ns, kSecondNs), kUsualStaffShare));
  return out;
}

std::vector<Activity> Traffic::scheduled(std::int64_t minute_ns) const {
  Random random(seed_, stream_of(Stream::kTasks, minute_ns));
  std::vector<Activity> out;
  for (const Task& task : tasks()) {
    const std::int64_t minute = minute_ns / kMinuteNs;
    if (task.every_minutes == 0 || minute % task.every_minutes != task.at_minute) continue;
    out.push_back(tell_task(timeline_, random, task, within(random, minute_ns, kSecondNs)));
  }
  return out;
}

}  // namespace traceway::demo
