#include "http/listener.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace traceway::http {

namespace {

constexpr int kBacklog = 1024;
constexpr std::size_t kLimitWhenUnlimited = 1U << 20U;

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

tl::unexpected<Error> refused(std::string_view address, std::string_view reason) {
  return fail(ErrorCode::kUnavailable,
              "Cannot listen on " + std::string(address) + ": " + std::string(reason));
}

std::string port_of(const sockaddr_storage& address) {
  const auto port = address.ss_family == AF_INET6
                        ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                        : reinterpret_cast<const sockaddr_in&>(address).sin_port;
  return std::to_string(ntohs(port));
}

std::string name_of(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size);
  const std::string host = host_of(bound);
  return (bound.ss_family == AF_INET6 ? "[" + host + "]" : host) + ":" + port_of(bound);
}

/// 0 or the errno of the step that failed.
int bind_one(const addrinfo& candidate, int& fd) {
  fd = ::socket(candidate.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd, candidate.ai_addr, candidate.ai_addrlen) == 0 && ::listen(fd, kBacklog) == 0) {
    return 0;
  }
  const int code = errno;
  ::close(std::exchange(fd, -1));
  return code;
}

}  // namespace

std::string host_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* source = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  int family = AF_INET;
  if (address.ss_family == AF_INET6) {
    const in6_addr& six = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    source = &six;
    family = AF_INET6;
    if (IN6_IS_ADDR_V4MAPPED(&six)) {  // a dual-stack listener sees ::ffff:192.0.2.1
      source = &six.s6_addr[12];
      family = AF_INET;
    }
  }
  ::inet_ntop(family, source, text.data(), text.size());
  return text.data();
}

Result<Listener> open_listener(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return refused(address, "address:port expected");
  std::string host(address.substr(0, colon));
  const std::string port(address.substr(colon + 1));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);

  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int status =
      ::getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &hints, &found);
  if (status != 0) return refused(address, ::gai_strerror(status));
  const std::unique_ptr<addrinfo, FreeAddresses> list(found);

  int code = EADDRNOTAVAIL;
  for (const addrinfo* candidate = list.get(); candidate != nullptr;
       candidate = candidate->ai_next) {
    int fd = -1;
    code = bind_one(*candidate, fd);
    if (code == 0) return Listener{fd, name_of(fd)};
  }
  return refused(address, std::system_category().message(code));
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  if (limit.rlim_cur < limit.rlim_max) {
    rlimit raised = limit;
    raised.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur == RLIM_INFINITY ? kLimitWhenUnlimited
                                         : static_cast<std::size_t>(limit.rlim_cur);
}

}  // namespace traceway::http
