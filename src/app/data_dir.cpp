#include "app/data_dir.h"

#include "base/crypto.h"
#include "base/text.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace traceway {

namespace {

constexpr std::uintmax_t kMinFreeBytes = 16ULL << 20U;

std::string reason() {
  return std::strerror(errno);
}

std::string read_all(int fd) {
  std::string out;
  char buffer[256];
  ssize_t got = 0;
  while ((got = ::read(fd, buffer, sizeof buffer)) > 0)
    out.append(buffer, static_cast<std::size_t>(got));
  return out;
}

/// A new file that is complete and on disk, or none: written beside its place, synced, renamed.
Result<void> write_secret(const std::string& path, const std::string& secret) {
  const std::string aside = path + ".new";
  const int fd = ::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return fail(ErrorCode::kUnavailable, "cannot create " + aside + ": " + reason());
  const bool is_written =
      ::write(fd, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) &&
      ::fsync(fd) == 0;
  ::close(fd);
  if (!is_written || ::rename(aside.c_str(), path.c_str()) != 0) {
    return fail(ErrorCode::kUnavailable, "cannot write " + path + ": " + reason());
  }
  return {};
}

Result<void> make_directories(const std::string& path) {
  std::error_code problem;
  for (const char* child : {"", "/spool", "/backups"}) {
    const std::string dir = path + child;
    if (std::filesystem::is_directory(dir, problem)) continue;
    std::filesystem::create_directories(dir, problem);
    if (problem) {
      return fail(ErrorCode::kUnavailable, "cannot create the data directory " + dir + ": " +
                                               problem.message() +
                                               "; choose another with --data-dir");
    }
    std::filesystem::permissions(dir, std::filesystem::perms::owner_all, problem);
  }
  return {};
}

Result<int> take_lock(const std::string& path) {
  const std::string file = path + "/lock";
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail(ErrorCode::kUnavailable,
                "cannot open " + file + ": " + reason() + "; check who owns the data directory");
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const std::string holder(text::trim(read_all(fd)));
    ::close(fd);
    return fail(ErrorCode::kUnavailable, "the data directory " + path + " is in use by process " +
                                             holder +
                                             "; stop it, or choose another with --data-dir");
  }
  const std::string id = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) != 0 ||
      ::write(fd, id.data(), id.size()) != static_cast<ssize_t>(id.size())) {
    ::close(fd);
    return fail(ErrorCode::kUnavailable, "cannot write " + file + ": " + reason());
  }
  return fd;
}

}  // namespace

Result<std::unique_ptr<DataDir>> DataDir::open(const std::string& path, bool allows_low_disk) {
  if (auto ok = make_directories(path); !ok) return fail(ok);
  std::error_code problem;
  const auto space = std::filesystem::space(path, problem);
  if (!allows_low_disk && !problem && space.available < kMinFreeBytes) {
    return fail(ErrorCode::kUnavailable, "less than 16 MiB are free in " + path +
                                             ": free some space, or start with --allow-low-disk");
  }
  auto fd = take_lock(path);
  if (!fd) return fail(fd);
  return std::unique_ptr<DataDir>(new DataDir(path, *fd));
}

DataDir::~DataDir() {
  ::close(lock_fd_);
}

Result<std::string> DataDir::secret() const {
  const std::string file = path_ + "/secret";
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    std::string secret(text::trim(read_all(fd)));
    ::close(fd);
    if (secret.size() >= 32) return secret;
    return fail(ErrorCode::kInvalid, file +
                                         " holds less than 32 characters; remove it to have a new "
                                         "one generated (everybody signs in again)");
  }
  if (errno != ENOENT)
    return fail(ErrorCode::kUnavailable, "cannot read " + file + ": " + reason());
  std::string secret = text::to_hex(crypto::random_bytes(32));
  if (auto ok = write_secret(file, secret + "\n"); !ok) return fail(ok);
  return secret;
}

}  // namespace traceway
