#include "support/test_server.h"

#include "base/text.h"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the caller

namespace traceway::test {

namespace {

using namespace std::chrono_literals;

constexpr auto kStartPatience = 60s;
constexpr auto kStopPatience = 30s;
constexpr auto kStep = 5ms;

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream all;
  all << std::ifstream(path).rdbuf();
  return all.str();
}

/// The caller's environment without the variables that would set options of the server.
std::vector<std::string> inherited_environment() {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!text.starts_with("TRACEWAY_")) out.emplace_back(text);
  }
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

struct Spawn {
  std::vector<std::string> words;
  Environment environment = {};
  std::filesystem::path out = {};  ///< empty: inherited
  std::filesystem::path err = {};
};

pid_t spawn(Spawn wanted) {
  wanted.words.insert(wanted.words.begin(), traceway_binary());
  std::vector<std::string> environment = inherited_environment();
  for (const auto& [name, value] : wanted.environment) environment.push_back(name + "=" + value);
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  const auto redirect = [&](int fd, const std::filesystem::path& to) {
    if (to.empty()) return;
    posix_spawn_file_actions_addopen(&actions, fd, to.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  };
  redirect(STDOUT_FILENO, wanted.out);
  redirect(STDERR_FILENO, wanted.err);
  pid_t pid = 0;
  const int failure = posix_spawn(&pid, wanted.words.front().c_str(), &actions, nullptr,
                                  pointers(wanted.words).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  return failure == 0 ? pid : 0;
}

ExitCode exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/// A line of /proc/<pid>/status in bytes.
std::size_t memory_figure(pid_t pid, std::string_view name) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name))
      return std::strtoull(line.c_str() + name.size(), nullptr, 10) * 1024;
  }
  return 0;
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "traceway-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string traceway_binary() {
  const char* path = std::getenv("TRACEWAY_BINARY");
  if (path == nullptr || !std::filesystem::exists(path)) {
    std::fprintf(stderr, "set TRACEWAY_BINARY to the executable under test\n");
    std::exit(2);
  }
  return path;
}

Finished run_traceway(const std::vector<std::string>& words, const Environment& environment) {
  const TemporaryDirectory scratch;
  const auto out = scratch.path() / "out";
  const auto err = scratch.path() / "err";
  const pid_t pid = spawn({words, environment, out, err});
  Finished finished;
  int status = 0;
  ::waitpid(pid, &status, 0);
  finished.exit_code = exit_code_of(status);
  finished.out = read_file(out);
  finished.err = read_file(err);
  return finished;
}

TestServer::~TestServer() {
  if (is_running()) stop();
}

bool TestServer::start(const std::vector<std::string>& options, const Environment& environment) {
  return spawn(options, environment) && wait_until_listening();
}

bool TestServer::spawn(const std::vector<std::string>& options, const Environment& environment) {
  log_path_ = directory_.path() / ("server-" + std::to_string(++starts_) + ".log");
  std::vector<std::string> words{"serve", "--listen", "127.0.0.1:0", "--data-dir", data_dir()};
  words.insert(words.end(), options.begin(), options.end());
  // A server that outlives a crashed test must not hold the pipe that the test program writes to.
  pid_ = test::spawn({words, environment, "/dev/null", log_path_});
  return is_running();
}

void TestServer::ask_to_stop() const {
  ::kill(pid_, SIGTERM);
}

ExitCode TestServer::stop() {
  ask_to_stop();
  if (const auto code = wait_for_end(kStopPatience)) return *code;
  kill9();
  return -SIGKILL;
}

void TestServer::kill9() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

std::string TestServer::log() const {
  return read_file(log_path_);
}

std::size_t TestServer::peak_memory_bytes() const {
  return memory_figure(pid_, "VmHWM:");
}

std::size_t TestServer::anonymous_memory_bytes() const {
  return memory_figure(pid_, "RssAnon:");
}

bool TestServer::wait_until_listening() {
  for (auto waited = 0ms; waited < kStartPatience; waited += kStep) {
    const std::string so_far = log();
    const std::size_t line = so_far.find("listening");
    const std::size_t at = line == std::string::npos ? line : so_far.find("address=", line);
    const std::size_t end = at == std::string::npos ? at : so_far.find_first_of(" \n", at);
    if (end != std::string::npos) {
      address_ = so_far.substr(at + 8, end - at - 8);
      return true;
    }
    if (wait_for_end(kStep)) return false;
  }
  kill9();
  return false;
}

std::optional<ExitCode> TestServer::wait_for_end(std::chrono::milliseconds within) {
  for (auto waited = 0ms; waited <= within; waited += kStep) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = 0;
      return exit_code_of(status);
    }
    std::this_thread::sleep_for(kStep);
  }
  return std::nullopt;
}

std::string Account::scoped(std::string_view path) const {
  const char joint = path.find('?') == std::string_view::npos ? '?' : '&';
  return std::string(path) + joint + "projectId=" + project_id;
}

std::string registration_body() {
  json::Writer out;
  out.begin_object();
  out.key("email").value(kOwnerEmail);
  out.key("name").value("Ana Petrović");
  out.key("password").value(kOwnerPassword);
  out.key("organizationName").value("Acme");
  out.key("timezone").value("Europe/Belgrade");
  out.key("projectName").value("shop-api");
  out.key("framework").value("opentelemetry");
  out.end_object();
  return out.take();
}

std::optional<Account> register_owner(HttpClient& client) {
  const RawAnswer answer = client.post_json("/api/register", registration_body());
  if (answer.status != 201) return std::nullopt;
  const json::Value body = json_of(answer);
  Account account;
  account.user_id = body.at("user").at("id").as_int().value_or(0);
  account.jwt = body.at("token").as_string().value_or("");
  account.project_id = body.at("project").at("id").as_string().value_or("");
  account.project_token = body.at("project").at("token").as_string().value_or("");
  for (const json::Value& organization : body.at("organizations").items()) {
    account.organization_id = organization.at("id").as_int().value_or(0);
  }
  return account;
}

}  // namespace traceway::test
