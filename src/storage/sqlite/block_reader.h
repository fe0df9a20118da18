// Reading blocks from the file: which ones a question touches, their parts, and what happens when
// one is damaged.
#pragma once

#include "base/result.h"
#include "storage/sqlite/blocks/block_format.h"
#include "storage/sqlite/connection.h"
#include "storage/telemetry_db.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace traceway::sqlite {

/// Damaged parts seen since start: each is logged once. Any thread.
class DamageReport {
 public:
  void note(std::int64_t block, blocks::Part part);

  [[nodiscard]] std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kMaxRemembered = 1000;
  std::atomic<std::uint64_t> count_{0};
  std::mutex mutex_;  // guards seen_
  std::set<std::pair<std::int64_t, blocks::Part>> seen_;
};

/// The narrow row of a block.
struct BlockHeader {
  std::int64_t block = 0;
  std::int64_t rows = 0;
  std::int64_t endpoints = 0;
  std::int64_t tasks = 0;
  std::int64_t min_time = 0;
  std::int64_t max_time = 0;
  std::int64_t min_duration = 0;
  std::int64_t max_duration = 0;

  [[nodiscard]] std::int64_t count_of(Family family) const;
};

/// One question's view of the blocks: everything committed when it began, nothing later. Not
/// thread-safe; lives shorter than its connection.
class BlockReader {
 public:
  /// Begins a read transaction. `deadline` is also looked at between blocks.
  [[nodiscard]] static Result<BlockReader> begin(Connection& connection, DamageReport& damage,
                                                 std::chrono::milliseconds deadline);

  BlockReader(BlockReader&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)),
        damage_(other.damage_),
        until_(other.until_) {}

  BlockReader& operator=(BlockReader&&) = delete;
  ~BlockReader();

  /// Blocks of the project that may hold rows of the family in the range, oldest commit first.
  [[nodiscard]] Result<std::vector<BlockHeader>> headers(const Uuid& project, TimeRange range,
                                                         Family family);
  /// Of those, the ones that may hold a row of that trace or entity.
  [[nodiscard]] Result<std::vector<std::int64_t>> blocks_with(const Uuid& project, TimeRange range,
                                                              const Uuid& id);
  /// Reads one part into `buffer`. Empty when it is missing or damaged, which is noted. Errors:
  /// kUnavailable past the deadline.
  [[nodiscard]] Result<std::optional<blocks::BlockView>> part(std::int64_t block, blocks::Part part,
                                                              std::string& buffer);

  /// A chunk that did not decode although its checksum was right.
  void note_damage(std::int64_t block, blocks::Part part) { damage_->note(block, part); }

 private:
  BlockReader(Connection& connection, DamageReport& damage,
              std::chrono::steady_clock::time_point until)
      : connection_(&connection), damage_(&damage), until_(until) {}

  Connection* connection_;
  DamageReport* damage_;
  std::chrono::steady_clock::time_point until_;
};

}  // namespace traceway::sqlite
