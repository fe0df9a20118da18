#include "http/spool.h"

#include "base/id.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace traceway::http {

namespace {

constexpr std::size_t kFirstCapacity = 16U << 10U;
constexpr std::size_t kReadPiece = 256U << 10U;
constexpr std::string_view kPrefix = "body-";

std::string reason(int code) {
  return std::system_category().message(code);
}

}  // namespace

Spool::Spool(std::string directory, std::size_t memory_per_body, std::size_t memory_bytes)
    : directory_(std::move(directory)), memory_per_body_(memory_per_body), memory_(memory_bytes) {
  if (directory_.empty()) directory_ = std::filesystem::temp_directory_path().string();
}

Result<void> Spool::prepare() const {
  std::error_code code;
  std::filesystem::create_directories(std::filesystem::path(directory_).parent_path(), code);
  if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(ErrorCode::kUnavailable, "Cannot create the spool directory " + directory_,
                reason(errno));
  }
  // Files are unlinked as they are opened; one can only be left by a crash between the two calls.
  for (const auto& entry : std::filesystem::directory_iterator(directory_, code)) {
    if (entry.path().filename().string().starts_with(kPrefix)) {
      std::filesystem::remove(entry.path(), code);
    }
  }
  return {};
}

Result<int> Spool::open_file() const {
  const std::string path = directory_ + "/" + std::string(kPrefix) + to_hex(uuid_v4());
  const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) return fail(ErrorCode::kUnavailable, "Cannot store the body", reason(errno));
  ::unlink(path.c_str());
  return file;
}

ReceivedBody::ReceivedBody(ReceivedBody&& other) noexcept
    : memory_(std::move(other.memory_)),
      memory_lease_(std::move(other.memory_lease_)),
      declared_(std::exchange(other.declared_, 0)),
      file_bytes_(std::exchange(other.file_bytes_, 0)),
      file_(std::exchange(other.file_, -1)) {}

ReceivedBody& ReceivedBody::operator=(ReceivedBody&& other) noexcept {
  if (this != &other) {
    discard();
    memory_ = std::move(other.memory_);
    memory_lease_ = std::move(other.memory_lease_);
    declared_ = std::exchange(other.declared_, 0);
    file_bytes_ = std::exchange(other.file_bytes_, 0);
    file_ = std::exchange(other.file_, -1);
  }
  return *this;
}

ReceivedBody::~ReceivedBody() {
  discard();
}

void ReceivedBody::discard() {
  if (file_ >= 0) ::close(std::exchange(file_, -1));
}

bool ReceivedBody::grow_memory(std::size_t needed, Spool& spool) {
  if (needed <= memory_.capacity()) return true;
  const std::size_t limit =
      declared_ > 0 ? std::min(declared_, spool.memory_per_body()) : spool.memory_per_body();
  const std::size_t capacity =
      std::max(needed, std::min(limit, std::max(kFirstCapacity, memory_.capacity() * 2)));
  if (memory_lease_.bytes() == 0) memory_lease_ = ByteLease(spool.memory());
  if (!memory_lease_.extend(capacity - memory_.capacity())) return false;
  memory_.reserve(capacity);
  return true;
}

Result<void> ReceivedBody::append(std::string_view piece, Spool& spool) {
  if (file_ < 0) {
    const std::size_t free =
        spool.memory_per_body() - std::min(memory_.size(), spool.memory_per_body());
    const std::string_view first = piece.substr(0, free);
    if (!first.empty() && grow_memory(memory_.size() + first.size(), spool)) {
      memory_.insert(memory_.end(), first.begin(), first.end());
      piece.remove_prefix(first.size());
    }
  }
  return piece.empty() ? Result<void>() : append_to_file(piece, spool);
}

Result<void> ReceivedBody::append_to_file(std::string_view piece, Spool& spool) {
  if (file_ < 0) {
    auto opened = spool.open_file();
    if (!opened) return fail(std::move(opened));
    file_ = *opened;
  }
  while (!piece.empty()) {
    const ssize_t written = ::write(file_, piece.data(), piece.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      return fail(ErrorCode::kUnavailable, "Cannot store the body", reason(errno), 5);
    }
    file_bytes_ += static_cast<std::size_t>(written);
    piece.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::vector<char>> ReceivedBody::take(ByteBudget& budget, ByteLease& lease) {
  lease = ByteLease(budget);
  if (!lease.extend(size())) {
    return fail(ErrorCode::kUnavailable, "Out of memory for request bodies, retry later", {}, 2);
  }
  std::vector<char> body = std::move(memory_);
  if (file_ >= 0) {
    body.reserve(body.size() + file_bytes_);
    std::vector<char> piece(std::min(kReadPiece, file_bytes_));
    std::size_t at = 0;
    while (at < file_bytes_) {
      const ssize_t got = ::pread(file_, piece.data(), piece.size(), static_cast<off_t>(at));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return fail(ErrorCode::kUnavailable, "Cannot read the body", reason(errno), 5);
      body.insert(body.end(), piece.begin(), piece.begin() + got);
      at += static_cast<std::size_t>(got);
    }
  }
  memory_lease_.release();
  discard();
  file_bytes_ = 0;
  return body;
}

}  // namespace traceway::http
