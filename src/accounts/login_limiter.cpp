#include "accounts/login_limiter.h"

#include "base/text.h"

#include <algorithm>

namespace traceway::accounts {

namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

/// Longer addresses exist nowhere; they must not fill the map.
constexpr std::size_t kMaxEmailBytes = 320;

}  // namespace

int LoginLimiter::begin(std::string_view email, std::string_view ip, std::int64_t now_ns) {
  std::string key = key_of(email, ip);
  const std::lock_guard lock(mutex_);
  if (by_key_.size() >= max_entries_ && !by_key_.contains(key)) make_room(now_ns);
  Failures& failures = by_key_[std::move(key)];
  const std::int64_t free_at = failures.oldest() + kWindowNs;
  if (failures.oldest() != 0 && now_ns < free_at) {
    return static_cast<int>((free_at - now_ns + kNsPerSecond - 1) / kNsPerSecond);
  }
  failures.times[failures.next] = now_ns;
  failures.next = (failures.next + 1) % kFailures;
  return 0;
}

void LoginLimiter::forgive(std::string_view email, std::string_view ip) {
  const std::lock_guard lock(mutex_);
  by_key_.erase(key_of(email, ip));
}

std::string LoginLimiter::key_of(std::string_view email, std::string_view ip) {
  return text::to_lower(email.substr(0, kMaxEmailBytes)) + '\n' + std::string(ip);
}

void LoginLimiter::make_room(std::int64_t now_ns) {
  std::erase_if(by_key_,
                [&](const auto& entry) { return now_ns - entry.second.newest() >= kWindowNs; });
  if (by_key_.size() < max_entries_) return;
  // A flood of distinct addresses: those with the fewest failures go, the ones near the limit stay.
  // One pass frees many, so that the flood does not pay for a pass per attempt; and neither do we.
  const auto count = [](const Failures& failures) {
    return std::ranges::count_if(failures.times, [](std::int64_t time) { return time != 0; });
  };
  for (std::ptrdiff_t limit = 1; by_key_.size() >= max_entries_; ++limit) {
    std::erase_if(by_key_, [&](const auto& entry) { return count(entry.second) <= limit; });
  }
}

}  // namespace traceway::accounts
