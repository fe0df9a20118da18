// The front's sockets: accepting, reading, writing, closing.
#include "base/log.h"
#include "http/front_core.h"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace traceway::http {

namespace {

constexpr int kAcceptsPerTurn = 128;
constexpr std::chrono::milliseconds kListenerPause{100};
constexpr std::size_t kHeadReadBytes = 16U
                                       << 10U;    // bounds what one connection can hold read ahead
constexpr std::size_t kBytesPerTurn = 1U << 20U;  // then other connections have their turn
constexpr std::size_t kMaxDrainedBytes = 8U << 20U;  // of a refused request
constexpr std::size_t kMaxOutgoingBytes = 64U << 20U;
constexpr std::size_t kMaxSpare = 64;
constexpr std::size_t kMaxSpareBytes = 64U << 10U;

}  // namespace

void Front::Core::accept_all(const Listener& listener) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    if (open_ >= max_connections_) close_longest_idle();
    if (open_ >= max_connections_) return pause_listeners();
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const int fd = ::accept4(listener.fd, reinterpret_cast<sockaddr*>(&peer), &size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      adopt(fd, host_of(peer));
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    if ((errno == EMFILE || errno == ENFILE) && idle_first_ != 0) {
      close_longest_idle();
      continue;
    }
    log::warn("http", "cannot accept connections", {{"errno", errno}});
    return pause_listeners();
  }
}

void Front::Core::adopt(int fd, std::string peer) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(connections_.size()));
    connections_.push_back(std::make_unique<Connection>());
    connections_.back()->slot = free_slots_.back();
  }
  Connection& connection = *connections_[free_slots_.back()];
  const std::uint32_t slot = connection.slot;
  const std::uint32_t generation = connection.generation;
  connection = Connection{};
  connection.slot = slot;
  connection.generation = generation;
  connection.fd = fd;
  connection.peer = std::move(peer);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!poller_.add(fd, connection.id())) {
    ::close(fd);
    return;
  }
  free_slots_.pop_back();
  open_count_ = ++open_;
  become_idle(connection);
}

void Front::Core::pause_listeners() {
  for (const Listener& listener : listeners_) poller_.remove(listener.fd);
  listeners_resume_at_ = now_ + kListenerPause;
}

void Front::Core::close_listeners() {
  for (const Listener& listener : listeners_) {
    poller_.remove(listener.fd);
    ::close(listener.fd);
  }
  listeners_.clear();
  listeners_resume_at_ = SteadyTime::max();
}

void Front::Core::close(Connection& connection) {
  if (connection.phase == Phase::kClosed) return;
  if (connection.phase == Phase::kWaiting) {
    // Best effort: a job that runs already finishes, and its answer finds nobody.
    [[maybe_unused]] const bool is_withdrawn = workers_.withdraw(connection.exchange.get());
  }
  leave_idle(connection);
  if (connection.active) outgoing_bytes_ -= connection.active->counted_bytes;
  ::close(connection.fd);  // also leaves the poller
  connection.fd = -1;
  connection.phase = Phase::kClosed;
  connection.active.reset();
  connection.exchange.reset();
  connection.peer = {};
  ++connection.generation;
  free_slots_.push_back(connection.slot);
  open_count_ = --open_;
}

void Front::Core::close_longest_idle() {
  if (idle_first_ != 0) close(*connections_[idle_first_ - 1]);
}

void Front::Core::become_idle(Connection& connection) {
  connection.phase = Phase::kIdle;
  connection.exchange.reset();
  if (connection.active && spare_.size() < kMaxSpare &&
      connection.active->head.capacity() + connection.active->pending.capacity() <=
          kMaxSpareBytes) {
    spare_.push_back(std::move(connection.active));
  }
  connection.active.reset();
  connection.idle_before = idle_last_;
  connection.idle_after = 0;
  (idle_last_ == 0 ? idle_first_ : connections_[idle_last_ - 1]->idle_after) = connection.slot + 1;
  idle_last_ = connection.slot + 1;
  set_deadline_in(connection, options_.idle_timeout);
}

void Front::Core::leave_idle(Connection& connection) {
  if (connection.phase != Phase::kIdle) return;
  (connection.idle_before == 0 ? idle_first_
                               : connections_[connection.idle_before - 1]->idle_after) =
      connection.idle_after;
  (connection.idle_after == 0 ? idle_last_ : connections_[connection.idle_after - 1]->idle_before) =
      connection.idle_before;
  connection.idle_before = connection.idle_after = 0;
}

void Front::Core::advance(Connection& connection) {
  std::size_t allowance = kBytesPerTurn;
  bool goes_on = true;
  while (goes_on) {
    switch (connection.phase) {
      case Phase::kIdle:
      case Phase::kHead:
      case Phase::kBody:
        goes_on = read_some(connection, allowance);
        break;
      case Phase::kWriting:
        goes_on = write_some(connection);
        break;
      case Phase::kLingering:
        goes_on = discard_some(connection);
        break;
      case Phase::kWaiting:
      case Phase::kWorking:
      case Phase::kClosed:
        return;
    }
  }
}

bool Front::Core::read_some(Connection& connection, std::size_t& allowance) {
  if (connection.active && !connection.active->pending.empty()) {
    std::string& pending = connection.active->pending;
    const std::size_t left = feed(connection, pending).size();
    if (connection.active) pending.erase(0, pending.size() - left);
    return true;
  }
  if (!connection.is_readable) return false;
  if (allowance == 0) {
    schedule(connection);
    return false;
  }
  std::size_t want = kHeadReadBytes;
  if (connection.phase == Phase::kBody) {
    // As much as the body still needs, and no more than a head's worth of what follows it.
    const auto body_left = connection.active->framer.body_left();
    want += static_cast<std::size_t>(std::min<std::uint64_t>(body_left, scratch_.size() - want));
  }
  std::size_t got = 0;
  switch (connection.read({scratch_.data(), want}, got)) {
    case Io::kBlocked:
      return false;
    case Io::kEnded:
      close(connection);
      return false;
    case Io::kProgress:
      break;
  }
  allowance -= std::min(allowance, got);
  if (connection.phase == Phase::kIdle) begin_request(connection);
  const std::string_view left = feed(connection, {scratch_.data(), got});
  if (!left.empty() && connection.active) connection.active->pending.assign(left);
  return true;
}

bool Front::Core::write_some(Connection& connection) {
  const std::size_t before = connection.active->sent;
  switch (connection.write()) {
    case Io::kEnded:
      close(connection);
      return false;
    case Io::kBlocked:
      if (connection.active->sent > before) set_deadline_in(connection, kWriteTimeout);
      bound_outgoing(connection);
      return false;
    case Io::kProgress:
      finish_answer(connection);
      return true;
  }
  return false;
}

void Front::Core::bound_outgoing(Connection& connection) {
  Active& active = *connection.active;
  if (active.counted_bytes == 0) {
    active.counted_bytes = active.response.body.size();
    outgoing_bytes_ += active.counted_bytes;
  }
  while (outgoing_bytes_ > kMaxOutgoingBytes) {
    // Whoever has taken nothing for the longest time pays: its deadline is the earliest.
    Connection* slowest = nullptr;
    for (const auto& one : connections_) {
      if (one->phase != Phase::kWriting || one->active->counted_bytes == 0) continue;
      if (slowest == nullptr || one->deadline < slowest->deadline) slowest = one.get();
    }
    if (slowest == nullptr) return;
    close(*slowest);
  }
}

bool Front::Core::discard_some(Connection& connection) {
  if (!connection.is_readable) return false;
  std::size_t got = 0;
  const Io result = connection.read(scratch_, got);
  if (result == Io::kProgress) connection.active->drained += got;
  if (result == Io::kEnded || connection.active->drained > kMaxDrainedBytes) {
    close(connection);
    return false;
  }
  return result == Io::kProgress;
}

}  // namespace traceway::http
