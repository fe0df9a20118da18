// Slows down guessing of passwords: a limited number of failed logins per address and client within
// a window.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace traceway::accounts {

/// Thread-safe, bounded memory. Times are ns since 1970 UTC. Source: dashboard-api 3.3.
class LoginLimiter {
 public:
  static constexpr std::size_t kFailures = 10;
  static constexpr std::int64_t kWindowNs = 15LL * 60 * 1'000'000'000;

  explicit LoginLimiter(std::size_t max_entries = 20'000) : max_entries_(max_entries) {}

  /// Counts an attempt as failed until it is forgiven, so that attempts running side by side cannot
  /// pass the limit. Returns 0 when it may go on, else the seconds until the next one may.
  [[nodiscard]] int begin(std::string_view email, std::string_view ip, std::int64_t now_ns);

  /// The attempt succeeded: forgets the failures of this address and client.
  void forgive(std::string_view email, std::string_view ip);

 private:
  /// The times of the latest failures, as a ring; 0 = none.
  struct Failures {
    std::array<std::int64_t, kFailures> times{};
    std::size_t next = 0;

    [[nodiscard]] std::int64_t oldest() const { return times[next]; }

    [[nodiscard]] std::int64_t newest() const { return times[(next + kFailures - 1) % kFailures]; }
  };

  static std::string key_of(std::string_view email, std::string_view ip);
  void make_room(std::int64_t now_ns);

  const std::size_t max_entries_;
  std::mutex mutex_;  // guards by_key_
  std::unordered_map<std::string, Failures> by_key_;
};

}  // namespace traceway::accounts
