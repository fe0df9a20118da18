// Files by key under one directory: what is too large for a database row. Compressed with zstd.
//
//   blobs/recordings/<project>/sessions/<session>/<segment>.json
//   blobs/recordings/<project>/<exception>.json
//   blobs/.aside/                                  files being written; emptied when the store
//   opens
//
// A file is written aside, synced, then renamed: under its key there is all of it or nothing, also
// after a power cut. Rows name files; a file without a row is harmless and swept, a row without its
// file must be tolerated by readers. Source: ingest 7.4.
#pragma once

#include "base/result.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>

namespace traceway {

/// One file as a sweep sees it.
struct BlobInfo {
  std::string key;
  std::int64_t modified_ns = 0;  ///< ns since 1970 UTC
};

/// Any thread; calls of different threads for one key leave one of their contents. Keys are of our
/// own making: lower-case letters, digits, `-`, `_`, `.` and `/`, no part beginning with a dot;
/// another one is kInternal.
class BlobStore {
 public:
  /// Creates `root` (readable by its owner only) and empties `.aside`. Errors: kUnavailable with a
  /// sentence for the operator.
  [[nodiscard]] static Result<std::unique_ptr<BlobStore>> open(std::string root);

  BlobStore(const BlobStore&) = delete;
  BlobStore& operator=(const BlobStore&) = delete;

  /// Writes the joined pieces; replaces what was there. On return the file is on disk. The bytes
  /// that it takes there. Errors: kUnavailable when the disk refuses; then the key is as it was.
  [[nodiscard]] Result<std::int64_t> put(std::string_view key,
                                         std::span<const std::string_view> pieces);
  /// The contents; empty when there is no such file. A file that is not compressed is read as it
  /// is. Errors: kTooLarge past max_bytes, kUnavailable for what cannot be read or is damaged.
  [[nodiscard]] Result<std::optional<std::string>> get(std::string_view key,
                                                       std::size_t max_bytes) const;
  /// No error when there is no such file. Directories that become empty go with it.
  [[nodiscard]] Result<void> remove(std::string_view key);
  /// Calls visit for every file below a key's first part ("recordings"), in any order. A file that
  /// comes or goes meanwhile may be left out.
  void each(std::string_view first_part, const std::function<void(BlobInfo&&)>& visit) const;

 private:
  explicit BlobStore(std::string root) : root_(std::move(root)) {}

  [[nodiscard]] std::string path_of(std::string_view key) const;

  const std::string root_;
  std::atomic<std::uint64_t> written_aside_{0};
  std::shared_mutex directories_;  // held alone to take empty ones away, shared to use them
};

}  // namespace traceway
