#include "storage/blobs.h"

#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace traceway {

namespace {

namespace fs = std::filesystem;

constexpr int kLevel = 3;
constexpr std::string_view kMagic("\x28\xb5\x2f\xfd", 4);
constexpr std::size_t kBufferBytes = 128 * 1024;

std::string reason() {
  return std::strerror(errno);
}

tl::unexpected<Error> unavailable(std::string_view what, std::string_view path) {
  return fail(ErrorCode::kUnavailable, "storage unavailable, retry later",
              std::string(what).append(" ").append(path).append(": ").append(reason()));
}

/// A file descriptor that closes itself.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}

  File(const File&) = delete;
  File& operator=(const File&) = delete;

  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

  [[nodiscard]] int fd() const { return fd_; }

  bool write_all(const char* data, std::size_t size) {
    while (size > 0) {
      const ssize_t done = ::write(fd_, data, size);
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) return false;
      data += done;
      size -= static_cast<std::size_t>(done);
    }
    return true;
  }

  /// Bytes read, 0 at the end, below 0 on an error.
  ssize_t read_some(std::span<char> into) {
    ssize_t got = 0;
    do {
      got = ::read(fd_, into.data(), into.size());
    } while (got < 0 && errno == EINTR);
    return got;
  }

 private:
  int fd_;
};

/// A new name in a directory lives through a power cut once the directory is synced.
bool sync_directory(const std::string& path) {
  const File directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return directory.is_open() && ::fsync(directory.fd()) == 0;
}

/// Creates what is missing, each level known on disk before the next one.
bool make_directories(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return sync_directory(fs::path(path).parent_path());
  if (errno == EEXIST) return true;
  if (errno != ENOENT) return false;
  return make_directories(fs::path(path).parent_path()) && make_directories(path);
}

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }

  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

/// One zstd frame with a checksum; the bytes written, below 0 when the file refuses.
std::int64_t write_compressed(File& file, std::span<const std::string_view> pieces) {
  const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  const std::unique_ptr<char[]> buffer = std::make_unique_for_overwrite<char[]>(kBufferBytes);
  std::int64_t written = 0;
  for (std::size_t i = 0; i <= pieces.size(); ++i) {
    const bool is_last = i == pieces.size();
    const std::string_view piece = is_last ? std::string_view() : pieces[i];
    ZSTD_inBuffer in{piece.data(), piece.size(), 0};
    for (std::size_t left = 1; is_last ? left > 0 : in.pos < in.size;) {
      ZSTD_outBuffer out{buffer.get(), kBufferBytes, 0};
      left = ZSTD_compressStream2(context.get(), &out, &in, is_last ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(left) != 0 || !file.write_all(buffer.get(), out.pos)) return -1;
      written += static_cast<std::int64_t>(out.pos);
    }
  }
  return written;
}

bool is_key(std::string_view key) {
  const bool is_clean = std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
           c == '/';
  });
  return is_clean && key.find('/') != std::string_view::npos && !key.starts_with('/') &&
         !key.starts_with('.') && key.find("/.") == std::string_view::npos &&
         key.find("//") == std::string_view::npos && !key.ends_with('/');
}

Result<void> check_key(std::string_view key) {
  if (is_key(key)) return {};
  return fail(ErrorCode::kInternal, {}, "no key of a blob: " + std::string(key));
}

/// Decompresses what the file holds, piece by piece: a small file may say that it is huge.
class Reader {
 public:
  Reader(File& file, std::size_t max_bytes)
      : file_(file),
        max_bytes_(max_bytes),
        context_(ZSTD_createDCtx()),
        in_(std::make_unique_for_overwrite<char[]>(kBufferBytes)),
        out_(std::make_unique_for_overwrite<char[]>(kBufferBytes)) {}

  /// Errors: kTooLarge; kUnavailable for what is cut short or damaged.
  Result<std::string> read() {
    for (;;) {
      const ssize_t got = file_.read_some({in_.get(), kBufferBytes});
      if (got < 0) return unavailable("cannot read", "a blob");
      if (got == 0) break;
      const std::string_view piece(in_.get(), static_cast<std::size_t>(got));
      if (is_first_) is_compressed_ = piece.starts_with(kMagic);
      is_first_ = false;
      if (is_compressed_ ? !inflate(piece) : !append(piece)) {
        return tl::unexpected<Error>(std::move(problem_));
      }
    }
    if (is_compressed_ && left_ != 0)
      return fail(ErrorCode::kUnavailable, {}, "a blob is cut short");
    return std::move(text_);
  }

 private:
  bool append(std::string_view piece) {
    if (piece.size() > max_bytes_ - text_.size()) {
      problem_ = {ErrorCode::kTooLarge, "too large to be shown", {}, 0};
      return false;
    }
    text_ += piece;
    return true;
  }

  bool inflate(std::string_view piece) {
    ZSTD_inBuffer in{piece.data(), piece.size(), 0};
    bool has_more = true;
    while (in.pos < in.size || has_more) {
      ZSTD_outBuffer out{out_.get(), kBufferBytes, 0};
      left_ = ZSTD_decompressStream(context_.get(), &out, &in);
      if (ZSTD_isError(left_) != 0) {
        problem_ = {ErrorCode::kUnavailable, {}, "a blob is damaged", 0};
        return false;
      }
      if (!append({out_.get(), out.pos})) return false;
      has_more = left_ != 0 && out.pos == kBufferBytes;
    }
    return true;
  }

  File& file_;
  const std::size_t max_bytes_;
  const std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
  const std::unique_ptr<char[]> in_;
  const std::unique_ptr<char[]> out_;
  std::string text_;
  Error problem_;
  std::size_t left_ = 1;  // what zstd still wants; 0 at the end of a frame
  bool is_first_ = true;
  bool is_compressed_ = false;
};

}  // namespace

Result<std::unique_ptr<BlobStore>> BlobStore::open(std::string root) {
  root = fs::absolute(root).lexically_normal();
  while (root.ends_with('/')) root.pop_back();
  const std::string aside = root + "/.aside";
  std::error_code problem;
  fs::remove_all(aside, problem);
  if (!make_directories(root) || !make_directories(aside)) {
    return fail(ErrorCode::kUnavailable, "cannot create the directory " + root + ": " + reason() +
                                             "; choose another with --storage-path");
  }
  return std::unique_ptr<BlobStore>(new BlobStore(std::move(root)));
}

std::string BlobStore::path_of(std::string_view key) const {
  return std::string(root_).append("/").append(key);
}

Result<std::int64_t> BlobStore::put(std::string_view key,
                                    std::span<const std::string_view> pieces) {
  if (auto ok = check_key(key); !ok) return fail(ok);
  const std::string path = path_of(key);
  const std::string aside =
      root_ + "/.aside/" + std::to_string(written_aside_.fetch_add(1, std::memory_order_relaxed));
  std::int64_t written = -1;
  {
    File file(::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.is_open()) written = write_compressed(file, pieces);
    if (written >= 0 && ::fsync(file.fd()) != 0) written = -1;
  }
  const std::string directory = fs::path(path).parent_path();
  const std::shared_lock lock(directories_);
  if (written < 0 || !make_directories(directory) || ::rename(aside.c_str(), path.c_str()) != 0 ||
      !sync_directory(directory)) {
    auto failed = unavailable("cannot write", path);
    ::unlink(aside.c_str());
    return failed;
  }
  return written;
}

Result<std::optional<std::string>> BlobStore::get(std::string_view key,
                                                  std::size_t max_bytes) const {
  if (auto ok = check_key(key); !ok) return fail(ok);
  const std::string path = path_of(key);
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ENOENT) return std::optional<std::string>{};
    return unavailable("cannot open", path);
  }
  auto text = Reader(file, max_bytes).read();
  if (!text) return fail(std::move(text));
  return std::optional(std::move(*text));
}

Result<void> BlobStore::remove(std::string_view key) {
  if (auto ok = check_key(key); !ok) return fail(ok);
  const std::string path = path_of(key);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return unavailable("cannot remove", path);
  const std::unique_lock lock(directories_);
  for (fs::path above = fs::path(path).parent_path(); above != root_; above = above.parent_path()) {
    if (::rmdir(above.c_str()) != 0) break;  // others live there
  }
  return {};
}

void BlobStore::each(std::string_view first_part,
                     const std::function<void(BlobInfo&&)>& visit) const {
  const fs::path top = path_of(first_part);
  std::error_code problem;
  fs::recursive_directory_iterator at(top, problem);
  while (!problem && at != fs::recursive_directory_iterator()) {
    struct stat about{};
    const std::string path = at->path();
    if (::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode)) {
      visit({path.substr(root_.size() + 1),
             about.st_mtim.tv_sec * 1'000'000'000LL + about.st_mtim.tv_nsec});
    }
    at.increment(problem);
  }
}

}  // namespace traceway
