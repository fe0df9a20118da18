// Clients of every signal at once, until the server goes away.
#pragma once

#include "crash/signals.h"

#include <atomic>
#include <thread>
#include <vector>

namespace traceway::crash {

/// Starts with its construction, a thread a signal; each sends one request after the other on a
/// connection of its own and ends when the server refuses or is gone.
class Load {
 public:
  /// `scene` must outlive it.
  Load(const test::TestServer& server, Scene& scene, std::mt19937_64& random);

  void wait_for_acknowledged(int count) const;

  [[nodiscard]] int acknowledged() const { return acknowledged_; }

  /// Every request that was sent, once the server is gone.
  [[nodiscard]] std::vector<Sent> finish();

 private:
  void send(std::size_t signal, test::HttpClient client, Scene& scene, std::uint64_t seed);

  std::atomic<int> acknowledged_{0};
  std::vector<std::vector<Sent>> sent_;  // one a thread
  std::vector<std::jthread> threads_;
};

/// True when the answer is a promise that the request is stored; "Prefer: respond-async" gets none.
[[nodiscard]] bool is_acknowledgement(const test::RawAnswer& answer);

}  // namespace traceway::crash
