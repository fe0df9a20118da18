#include "http/poller.h"

#include <algorithm>
#include <array>
#include <sys/epoll.h>
#include <unistd.h>

namespace traceway::http {

namespace {

constexpr std::size_t kMaxEvents = 128;  // then jobs go to the workers before more is read

bool add_with(int epoll_fd, int fd, std::uint64_t id, std::uint32_t interest) {
  epoll_event event{};
  event.events = interest;
  event.data.u64 = id;
  return ::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

Poller::Poller() : fd_(::epoll_create1(EPOLL_CLOEXEC)) {
  events_.reserve(kMaxEvents);
}

Poller::~Poller() {
  ::close(fd_);
}

bool Poller::add(int fd, std::uint64_t id) {
  return add_with(fd_, fd, id, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

bool Poller::add_level(int fd, std::uint64_t id) {
  return add_with(fd_, fd, id, EPOLLIN);
}

void Poller::remove(int fd) {
  ::epoll_ctl(fd_, EPOLL_CTL_DEL, fd, nullptr);
}

std::span<const Poller::Event> Poller::wait(std::chrono::milliseconds timeout) {
  std::array<epoll_event, kMaxEvents> raw;
  const auto limit = std::min<std::int64_t>(timeout.count(), 60'000);
  const int count =
      ::epoll_wait(fd_, raw.data(), static_cast<int>(raw.size()), static_cast<int>(limit));
  events_.clear();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = raw[static_cast<std::size_t>(i)];
    events_.push_back({event.data.u64, (event.events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0,
                       (event.events & (EPOLLRDHUP | EPOLLHUP)) != 0,
                       (event.events & EPOLLOUT) != 0,
                       (event.events & (EPOLLERR | EPOLLHUP)) != 0});
  }
  return events_;
}

}  // namespace traceway::http
