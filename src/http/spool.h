// Where arriving bodies wait: in memory while little, in an unlinked file when not, so slow senders
// cost no memory.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace traceway::http {

/// The memory all arriving bodies share, and the directory for the rest. Outlives every
/// ReceivedBody. Thread-safe.
class Spool {
 public:
  /// directory: empty means the system's directory for temporary files.
  Spool(std::string directory, std::size_t memory_per_body, std::size_t memory_bytes);

  /// Creates the directory (0700) and removes what a crash left in it. Errors: kUnavailable.
  [[nodiscard]] Result<void> prepare() const;
  /// A file nobody else can name: created 0600 and unlinked at once. Errors: kUnavailable.
  [[nodiscard]] Result<int> open_file() const;

  [[nodiscard]] std::size_t memory_per_body() const { return memory_per_body_; }

  [[nodiscard]] ByteBudget& memory() { return memory_; }

 private:
  std::string directory_;
  std::size_t memory_per_body_;
  ByteBudget memory_;
};

/// One body, in arrival order: first bytes in memory, the rest in a file. One thread at a time.
class ReceivedBody {
 public:
  ReceivedBody() = default;
  ReceivedBody(ReceivedBody&& other) noexcept;
  ReceivedBody& operator=(ReceivedBody&& other) noexcept;
  ~ReceivedBody();

  /// declared: the Content-Length, a hint that avoids growing; 0 when unknown.
  void expect(std::size_t declared) { declared_ = declared; }

  /// Errors: kUnavailable when the file cannot be written (disk full).
  [[nodiscard]] Result<void> append(std::string_view piece, Spool& spool);

  [[nodiscard]] std::size_t size() const { return memory_.size() + file_bytes_; }

  [[nodiscard]] bool is_spooled() const { return file_ >= 0; }

  /// The whole body in memory, accounted in `lease`; what it held here is given back. Called once,
  /// by a worker. Errors: kUnavailable when the budget refuses or the file cannot be read.
  [[nodiscard]] Result<std::vector<char>> take(ByteBudget& budget, ByteLease& lease);

 private:
  [[nodiscard]] bool grow_memory(std::size_t needed, Spool& spool);
  [[nodiscard]] Result<void> append_to_file(std::string_view piece, Spool& spool);
  void discard();

  std::vector<char> memory_;
  ByteLease memory_lease_;
  std::size_t declared_ = 0;
  std::size_t file_bytes_ = 0;
  int file_ = -1;
};

}  // namespace traceway::http
