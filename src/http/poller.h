// Which sockets have news: the one class to replace on a system without epoll.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace traceway::http {

/// Readiness of many descriptors, told once per change (edge-triggered): whoever hears "readable"
/// reads until the socket has nothing more, so that a request costs no system call to arm it.
/// kqueue's EV_CLEAR has the same meaning; over poll, a backend would keep the interest of each
/// descriptor itself. One thread.
class Poller {
 public:
  struct Event {
    std::uint64_t id = 0;
    bool is_readable = false;  ///< also at the end of the stream
    bool has_ended = false;    ///< the peer will send nothing more
    bool is_writable = false;
    bool is_broken = false;  ///< reset, or closed in both directions
  };

  Poller();
  ~Poller();

  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// False when the system refuses.
  [[nodiscard]] bool add(int fd, std::uint64_t id);
  /// Told as long as it is readable (level-triggered): listeners, the mailbox.
  [[nodiscard]] bool add_level(int fd, std::uint64_t id);
  void remove(int fd);

  /// At most `timeout` (negative: for ever). The span is valid until the next call.
  [[nodiscard]] std::span<const Event> wait(std::chrono::milliseconds timeout);

 private:
  int fd_ = -1;
  std::vector<Event> events_;
};

}  // namespace traceway::http
