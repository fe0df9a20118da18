// Uploads on their way: a few connections that wait when the server asks for it, repeat what got no
// answer, and never lose count.
#pragma once

#include "demo/activity.h"
#include "demo/outbox.h"
#include "http/client.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace traceway::demo {

/// How far a delivery is.
struct DeliveryStatus {
  std::vector<Tally> stored;   ///< per project: what the server has acknowledged
  std::uint64_t rejected = 0;  ///< elements of acknowledged uploads that it skipped, in its words
  std::uint64_t refused = 0;   ///< answers 429 and 503
  std::uint64_t retried = 0;   ///< uploads sent again
  std::uint64_t unsent = 0;    ///< records of uploads that were given up
  std::string failure;         ///< why it has stopped; empty while all is well
};

/// Any thread may push; the destructor joins.
class Delivery {
 public:
  struct Target {
    std::string url;
    std::vector<std::string> tokens;  ///< per project
  };

  /// The url is one that http::Client::open takes.
  explicit Delivery(Target target);
  ~Delivery();

  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  /// Waits while too much is on its way, unless stop is requested. False: the delivery has failed,
  /// and the upload counts as unsent.
  bool push(Upload&& upload, const std::stop_token& stop);
  /// Waits until everything is answered or has failed; once stop is requested, at most a few
  /// seconds more, and what is left then counts as unsent.
  void finish(const std::stop_token& stop);
  [[nodiscard]] DeliveryStatus status() const;

 private:
  void run(const std::stop_token& stop);
  bool take(Upload& upload, const std::stop_token& stop);
  void deliver(http::Client& client, const Upload& upload);
  /// False when it is not worth waiting any longer.
  bool pause(std::chrono::milliseconds length);
  [[nodiscard]] bool has_failed() const;
  void note_answer(const Upload& upload, const http::ClientAnswer& answer);
  void give_up(const Upload& upload, std::string reason);

  const Target target_;
  mutable std::mutex mutex_;  // guards what follows, down to the threads
  std::condition_variable_any changed_;
  std::deque<Upload> queue_;
  std::size_t in_flight_ = 0;
  bool is_hurried_ = false;  // what has to wait is given up
  DeliveryStatus status_;
  std::vector<std::jthread> threads_;
};

}  // namespace traceway::demo
