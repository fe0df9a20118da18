// Shared by the tests of this folder: known accounts, a raw socket client, a running front.
#pragma once

#include "base/text.h"
#include "http/front.h"

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace traceway::http::test {

inline const Uuid kProject = *parse_uuid("11111111-2222-4333-8444-555555555555");
inline const Uuid kOtherProject = *parse_uuid("21111111-2222-4333-8444-555555555555");

/// User 1 (`jwt-owner`) owns kProject, user 2 (`jwt-reader`) reads it; tokens `token-1` and
/// `token-2`. User 3 (`jwt-unlucky`) meets a database that does not answer.
class KnownAccounts final : public Authenticator {
 public:
  Result<Caller> user_of_bearer(std::string_view jwt) override {
    Caller caller;
    if (jwt == "jwt-owner") caller.user_id = 1;
    if (jwt == "jwt-reader") caller.user_id = 2;
    if (jwt == "jwt-unlucky") caller.user_id = 3;
    if (caller.user_id == 0) return fail(ErrorCode::kUnauthorized, "");
    caller.email = "user" + std::to_string(caller.user_id) + "@example.org";
    return caller;
  }

  Result<std::optional<std::string>> role_in_project(std::int64_t user_id,
                                                     const Uuid& project) override {
    if (user_id == 3) return fail(ErrorCode::kUnavailable, "busy");
    if (project != kProject) return std::nullopt;
    return user_id == 1 ? "owner" : "readonly";
  }

  bool project_exists(const Uuid& project) override { return project == kProject; }

  std::optional<Uuid> project_of_token(std::string_view token) override {
    if (token == "token-1") return kProject;
    if (token == "token-2") return kOtherProject;
    return std::nullopt;
  }
};

/// One answer as it came off the socket.
struct RawAnswer {
  int status = 0;
  std::string head;
  std::string body;

  /// The value of a field; empty when absent.
  [[nodiscard]] std::string field(std::string_view name) const {
    for (std::string_view line : text::split(head, '\n')) {
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos) continue;
      if (text::equals_ignore_case(line.substr(0, colon), name)) {
        return std::string(text::trim(line.substr(colon + 1)));
      }
    }
    return {};
  }
};

/// A blocking client that writes bytes as they are and reads answers one by one.
class RawClient {
 public:
  explicit RawClient(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(address.c_str() + colon + 1)));
    ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    is_connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  RawClient(RawClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        is_connected_(other.is_connected_),
        read_(std::move(other.read_)) {}

  RawClient& operator=(RawClient&&) = delete;

  ~RawClient() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] bool is_connected() const { return is_connected_; }

  /// False when the peer is gone.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  void end_sending() { ::shutdown(fd_, SHUT_WR); }

  /// The next answer; status 0 when the connection ended or `within` passed first.
  RawAnswer read_answer(bool has_body = true, std::chrono::milliseconds within = kPatience) {
    RawAnswer answer;
    std::size_t end = 0;
    while ((end = read_.find("\r\n\r\n")) == std::string::npos) {
      if (!read_more(within)) return answer;
    }
    answer.head = read_.substr(0, end + 2);
    read_.erase(0, end + 4);
    const std::size_t length =
        has_body ? static_cast<std::size_t>(std::atoll(answer.field("Content-Length").c_str())) : 0;
    while (read_.size() < length) {
      if (!read_more(within)) return answer;
    }
    answer.body = read_.substr(0, length);
    read_.erase(0, length);
    answer.status = std::atoi(answer.head.c_str() + answer.head.find(' ') + 1);
    return answer;
  }

  RawAnswer ask(std::string_view request) {
    send(request);
    return read_answer();
  }

  /// True when the server closes (or resets) before `within` passes, whatever it sends until then.
  bool is_closed_by_peer(std::chrono::milliseconds within = kPatience) {
    while (read_more(within)) {
    }
    return has_ended_;
  }

  static constexpr std::chrono::milliseconds kPatience{5000};

 private:
  bool read_more(std::chrono::milliseconds within) {
    pollfd waits{fd_, POLLIN, 0};
    if (::poll(&waits, 1, static_cast<int>(within.count())) <= 0) return false;
    char buffer[65536];
    const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
    if (got <= 0) {
      has_ended_ = true;
      return false;
    }
    read_.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  int fd_ = -1;
  bool is_connected_ = false;
  bool has_ended_ = false;
  std::string read_;
};

/// A directory that goes with its owner.
class TempDirectory {
 public:
  TempDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "traceway-http-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }

  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Router, budget and front in one; add routes, then start().
struct RunningFront {
  RunningFront() {
    options.listen = {"127.0.0.1:0"};
    options.spool_dir = directory.path() + "/spool";
    options.workers = 4;
    options.ingest_slots = 3;
  }

  ~RunningFront() {
    if (front) front->stop(std::chrono::milliseconds(100));
  }

  void start() {
    front.emplace(options, router, budget, clock);
    const auto started = front->start();
    if (!started) std::abort();
    address = front->addresses().front();
  }

  [[nodiscard]] RawClient connect() const { return RawClient(address); }

  TempDirectory directory;
  KnownAccounts accounts;
  Router router{accounts};
  ByteBudget budget{64U << 20U};
  SystemClock clock;
  FrontOptions options;
  std::optional<Front> front;
  std::string address;
};

}  // namespace traceway::http::test
