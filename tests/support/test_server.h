// The real executable as a process of a test: `traceway serve` on port 0 and a data directory of
// its own.
#pragma once

#include "support/http_client.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace traceway::test {

/// A directory that is gone at the end of its scope.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// How a process ended: its exit code, or minus the signal that ended it.
using ExitCode = int;

/// What a command printed and how it ended.
struct Finished {
  ExitCode exit_code = 0;
  std::string out;
  std::string err;
};

using Environment = std::vector<std::pair<std::string, std::string>>;

/// The executable under test: TRACEWAY_BINARY. Aborts with a sentence when it is not set.
[[nodiscard]] std::string traceway_binary();

/// Runs `traceway <words>` to its end. TRACEWAY_* variables of the caller are not passed on.
[[nodiscard]] Finished run_traceway(const std::vector<std::string>& words,
                                    const Environment& environment = {});

/// One `traceway serve`, which may end and start again on the same data. Not thread-safe, but any
/// thread may open a connection to address().
class TestServer {
 public:
  /// Does not start yet. Its data directory is gone with it.
  TestServer() : data_dir_(directory_.path() / "data") {}

  /// On a directory that outlives it.
  explicit TestServer(std::filesystem::path data_dir) : data_dir_(std::move(data_dir)) {}

  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  /// Ends the process, gently first.
  ~TestServer();

  /// Waits until it listens. False: it ended or did not listen within 60 s; log() says why.
  [[nodiscard]] bool start(const std::vector<std::string>& options = {},
                           const Environment& environment = {});

  /// start() in two halves: the process is there, but does not listen yet.
  [[nodiscard]] bool spawn(const std::vector<std::string>& options = {},
                           const Environment& environment = {});
  [[nodiscard]] bool wait_until_listening();

  /// SIGTERM, without waiting.
  void ask_to_stop() const;
  /// SIGTERM, then waits; a process that does not end within 30 s is killed (minus SIGKILL).
  ExitCode stop();
  /// SIGKILL, then waits.
  void kill9();

  [[nodiscard]] bool is_running() const { return pid_ > 0; }

  [[nodiscard]] pid_t pid() const { return pid_; }

  /// "127.0.0.1:43121".
  [[nodiscard]] const std::string& address() const { return address_; }

  [[nodiscard]] HttpClient client() const { return HttpClient(address_); }

  [[nodiscard]] std::filesystem::path data_dir() const { return data_dir_; }

  /// All it wrote to stderr since the last start.
  [[nodiscard]] std::string log() const;
  /// Highest resident size so far in bytes (VmHWM); 0 where the system does not tell.
  [[nodiscard]] std::size_t peak_memory_bytes() const;
  /// Resident memory that no file backs, now (RssAnon); 0 where the system does not tell.
  [[nodiscard]] std::size_t anonymous_memory_bytes() const;

 private:
  [[nodiscard]] std::optional<ExitCode> wait_for_end(std::chrono::milliseconds within);

  TemporaryDirectory directory_;
  std::filesystem::path data_dir_;
  std::filesystem::path log_path_;
  std::string address_;
  pid_t pid_ = 0;
  int starts_ = 0;
};

/// The first account of a server and what it was given.
struct Account {
  std::int64_t user_id = 0;
  std::int64_t organization_id = 0;
  std::string jwt;
  std::string project_id;
  std::string project_token;

  /// "/api/endpoints" -> "/api/endpoints?projectId=...".
  [[nodiscard]] std::string scoped(std::string_view path) const;
};

inline constexpr std::string_view kOwnerEmail = "ana@example.org";
inline constexpr std::string_view kOwnerPassword = "correct horse battery";

/// The body of POST /api/register that register_owner() sends.
[[nodiscard]] std::string registration_body();
/// Registers the owner of a fresh server; empty when it refuses.
[[nodiscard]] std::optional<Account> register_owner(HttpClient& client);

}  // namespace traceway::test
