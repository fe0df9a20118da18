#include "support/raw_client.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace traceway::test {

namespace {

std::optional<std::size_t> parse_hex(std::string_view digits) {
  const std::string text(digits.substr(0, digits.find(';')));
  char* end = nullptr;
  const auto value = std::strtoull(text.c_str(), &end, 16);
  if (end == text.c_str()) return std::nullopt;
  return static_cast<std::size_t>(value);
}

}  // namespace

std::string RawAnswer::field(std::string_view name) const {
  for (std::string_view line : text::split(head, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (text::equals_ignore_case(line.substr(0, colon), name)) {
      return std::string(text::trim(line.substr(colon + 1)));
    }
  }
  return {};
}

RawClient::RawClient(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  const std::string host(address.substr(0, colon));
  const auto port = text::parse_int(address.substr(colon + 1));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port.value_or(0)));
  ::inet_pton(AF_INET, host.c_str(), &to.sin_addr);
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    ::close(std::exchange(fd_, -1));
    return;
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

RawClient::RawClient(RawClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      read_(std::move(other.read_)),
      has_ended_(other.has_ended_) {}

RawClient& RawClient::operator=(RawClient&& other) noexcept {
  if (this == &other) return *this;
  if (fd_ >= 0) ::close(fd_);
  fd_ = std::exchange(other.fd_, -1);
  read_ = std::move(other.read_);
  has_ended_ = other.has_ended_;
  return *this;
}

RawClient::~RawClient() {
  if (fd_ >= 0) ::close(fd_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

RawAnswer RawClient::read_answer(bool has_body, std::chrono::milliseconds within) {
  RawAnswer answer;
  std::string line;
  do {
    if (!take_line(line, within)) return answer;
    if (line != "\r\n") answer.head += line;
  } while (line != "\r\n");
  const int status = std::atoi(answer.head.c_str() + answer.head.find(' ') + 1);
  has_body = has_body && status >= 200 && status != 204 && status != 304;
  bool is_complete = true;
  if (has_body && text::equals_ignore_case(answer.field("Transfer-Encoding"), "chunked")) {
    is_complete = take_chunks(answer.body, within);
  } else if (has_body) {
    const auto length = text::parse_int(answer.field("Content-Length"));
    is_complete = length ? take(static_cast<std::size_t>(*length), answer.body, within)
                         : take_until_closed(answer.body, within);
  }
  if (is_complete) answer.status = status;
  return answer;
}

bool RawClient::is_closed_by_peer(std::chrono::milliseconds within) {
  while (read_more(within)) {
  }
  return has_ended_;
}

bool RawClient::read_more(std::chrono::milliseconds within) {
  pollfd waits{fd_, POLLIN, 0};
  if (::poll(&waits, 1, static_cast<int>(within.count())) <= 0) return false;
  std::array<char, 65536> some{};
  const ssize_t got = ::recv(fd_, some.data(), some.size(), 0);
  if (got <= 0) {
    has_ended_ = true;
    return false;
  }
  read_.append(some.data(), static_cast<std::size_t>(got));
  return true;
}

bool RawClient::take(std::size_t bytes, std::string& to, std::chrono::milliseconds within) {
  while (read_.size() < bytes) {
    if (!read_more(within)) return false;
  }
  to.append(read_, 0, bytes);
  read_.erase(0, bytes);
  return true;
}

bool RawClient::take_line(std::string& to, std::chrono::milliseconds within) {
  std::size_t end = 0;
  while ((end = read_.find("\r\n")) == std::string::npos) {
    if (!read_more(within)) return false;
  }
  to = read_.substr(0, end + 2);
  read_.erase(0, end + 2);
  return true;
}

bool RawClient::take_chunks(std::string& to, std::chrono::milliseconds within) {
  std::string line;
  while (take_line(line, within)) {
    const auto size = parse_hex(line);
    if (!size) return false;
    if (*size == 0) break;
    if (!take(*size, to, within) || !take_line(line, within)) return false;
  }
  do {  // trailers
    if (!take_line(line, within)) return false;
  } while (line != "\r\n");
  return true;
}

bool RawClient::take_until_closed(std::string& to, std::chrono::milliseconds within) {
  while (read_more(within)) {
  }
  to = std::exchange(read_, {});
  return has_ended_;
}

}  // namespace traceway::test
