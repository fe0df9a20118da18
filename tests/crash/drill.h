// What the crash drills need: the real executable as a process that can be killed, and requests
// whose traces are known one by one.
#pragma once

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "http/test_support.h"

#include <protozero/pbf_writer.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <random>
#include <spawn.h>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <vector>

extern char** environ;

namespace traceway::crash {

using http::test::RawAnswer;
using http::test::RawClient;

/// `traceway serve` on a port of its own; data and logs live in a directory that outlives it.
class ServerProcess {
 public:
  explicit ServerProcess(std::string directory) : directory_(std::move(directory)) {}

  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  ~ServerProcess() {
    if (pid_ > 0) (void)end(SIGKILL);
  }

  /// Waits until it listens; false when it ends instead, or does not within 30 s.
  bool start(const std::vector<std::string>& extra = {}) {
    const char* binary = std::getenv("TRACEWAY_BINARY");
    if (binary == nullptr) return false;
    std::vector<std::string> words{binary,        "serve",      "--listen",
                                   "127.0.0.1:0", "--data-dir", directory_ + "/data"};
    words.insert(words.end(), extra.begin(), extra.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    log_path_ = directory_ + "/server-" + std::to_string(++starts_) + ".log";
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log_path_.c_str(),
                                     O_CREAT | O_TRUNC | O_WRONLY, 0600);
    const int failure = posix_spawn(&pid_, binary, &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    return failure == 0 && wait_until_listening();
  }

  /// Sends the signal and waits; the exit code, or minus the signal that ended it.
  int end(int signal) {
    ::kill(pid_, signal);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  [[nodiscard]] RawClient connect() const { return RawClient(address_); }

  [[nodiscard]] pid_t pid() const { return pid_; }

  [[nodiscard]] std::string log() const {
    std::ostringstream all;
    all << std::ifstream(log_path_).rdbuf();
    return all.str();
  }

 private:
  bool wait_until_listening() {
    for (int i = 0; i < 3000; ++i) {
      std::istringstream lines(log());
      for (std::string line; std::getline(lines, line);) {
        const std::size_t at = line.find("address=");
        if (line.find("listening") == std::string::npos || at == std::string::npos) continue;
        if (lines.eof()) break;  // half a line
        address_ = line.substr(at + 8, line.find(' ', at) - at - 8);
        return true;
      }
      if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
        pid_ = 0;
        return false;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  const std::string directory_;
  std::string log_path_;
  std::string address_;
  pid_t pid_ = 0;
  int starts_ = 0;
};

/// One POST with a JSON or protobuf body on a keep-alive connection.
inline std::string post(std::string_view target, std::string_view token, std::string_view type,
                        std::string_view body) {
  std::string out = "POST " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n";
  if (!token.empty()) out += "Authorization: Bearer " + std::string(token) + "\r\n";
  out += "Content-Type: " + std::string(type) +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return out.append(body);
}

/// Who sends and who asks.
struct Credentials {
  std::string user_token;
  std::string project_token;
  Uuid project;
};

/// Registers the first account of a fresh server.
inline std::optional<Credentials> register_account(RawClient client) {
  const RawAnswer answer = client.ask(
      post("/api/register", {}, "application/json",
           R"({"email":"drill@example.org","name":"Drill","password":"correct horse battery",)"
           R"("organizationName":"Drill","timezone":"UTC","projectName":"drill",)"
           R"("framework":"custom"})"));
  const auto body = json::Value::parse(answer.body);
  if (answer.status != 201 || !body || body->at("projects").items().empty()) return std::nullopt;
  const json::Value project = std::move(body->at("projects").items().front());
  const auto id = parse_uuid(project.at("id").as_string().value_or(""));
  if (!id) return std::nullopt;
  return Credentials{body->at("token").as_string().value_or(""),
                     project.at("token").as_string().value_or(""), *id};
}

/// One request's trace: a root that becomes an endpoint, and children below it.
struct DrillTrace {
  TraceId trace;
  std::uint64_t root = 0;
  bool is_acknowledged = false;

  [[nodiscard]] std::string root_bytes() const {
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(root >> (8 * i));
    return bytes;
  }

  [[nodiscard]] Uuid entity(const Uuid& project) const {
    return derived_entity_id(project, trace, span_id_from_bytes(root_bytes()));
  }
};

inline constexpr std::size_t kChildren = 7;

inline DrillTrace new_trace(std::mt19937_64& random) {
  DrillTrace made;
  for (auto& byte : made.trace.bytes) byte = static_cast<std::uint8_t>(random());
  made.root = random() | 1U;
  return made;
}

namespace detail {

inline void add_attribute(protozero::pbf_writer& span, std::string_view key,
                          std::string_view text) {
  std::string value;
  protozero::pbf_writer(value).add_string(1, text.data(), text.size());
  std::string pair;
  protozero::pbf_writer out(pair);
  out.add_string(1, key.data(), key.size());
  out.add_message(2, value);
  span.add_message(9, pair);
}

inline std::string span_bytes(const DrillTrace& of, std::string_view id, std::string_view parent,
                              std::uint64_t start_ns) {
  std::string bytes;
  protozero::pbf_writer span(bytes);
  span.add_bytes(1, of.trace.view().data(), 16);
  span.add_bytes(2, id.data(), id.size());
  if (!parent.empty()) span.add_bytes(4, parent.data(), parent.size());
  const std::string name = parent.empty() ? "GET /drill" : "step";
  span.add_string(5, name);
  span.add_enum(6, parent.empty() ? 2 : 1);  // SERVER, INTERNAL
  span.add_fixed64(7, start_ns);
  span.add_fixed64(8, start_ns + 1'000'000);
  if (parent.empty()) {
    add_attribute(span, "http.request.method", "GET");
    add_attribute(span, "http.route", "/drill");
  }
  return bytes;
}

}  // namespace detail

/// ExportTraceServiceRequest with the trace's root and kChildren children.
inline std::string export_request(const DrillTrace& of) {
  const auto now = static_cast<std::uint64_t>(SystemClock().now_ns());
  std::string scope_bytes;
  protozero::pbf_writer scope(scope_bytes);
  const std::string root = of.root_bytes();
  scope.add_message(2, detail::span_bytes(of, root, {}, now));
  for (std::size_t i = 0; i < kChildren; ++i) {
    std::string id = root;
    id[7] = static_cast<char>(id[7] ^ static_cast<char>(i + 1));
    scope.add_message(2, detail::span_bytes(of, id, root, now));
  }
  std::string resource_bytes;
  protozero::pbf_writer(resource_bytes).add_message(2, scope_bytes);
  std::string request;
  protozero::pbf_writer(request).add_message(1, resource_bytes);
  return request;
}

}  // namespace traceway::crash
