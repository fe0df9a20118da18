// Reading blocks from the file: which ones a question touches, their parts, and what happens when
// one is damaged.
#pragma once

#include "base/result.h"
#include "storage/sqlite/block_tables.h"
#include "storage/sqlite/blocks/block_format.h"
#include "storage/sqlite/blocks/filter.h"
#include "storage/sqlite/blocks/scan.h"
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
#include <tuple>
#include <utility>
#include <vector>

namespace traceway::sqlite {

/// Damaged parts seen since start: each is logged once. Any thread.
class DamageReport {
 public:
  void note(blocks::BlockFamily family, std::int64_t block, blocks::Part part);

  [[nodiscard]] std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kMaxRemembered = 1000;
  std::atomic<std::uint64_t> count_{0};
  std::mutex mutex_;  // guards seen_
  std::set<std::tuple<blocks::BlockFamily, std::int64_t, blocks::Part>> seen_;
};

/// One question's view of one family's blocks: everything committed when it began, nothing later.
/// Not thread-safe; lives shorter than its connection.
class BlockReader {
 public:
  /// Begins a read transaction. `deadline` is also looked at between blocks.
  [[nodiscard]] static Result<BlockReader> begin(Connection& connection, DamageReport& damage,
                                                 Family family, std::chrono::milliseconds deadline);

  BlockReader(BlockReader&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)),
        damage_(other.damage_),
        family_(other.family_),
        until_(other.until_) {}

  BlockReader& operator=(BlockReader&&) = delete;
  ~BlockReader();

  [[nodiscard]] Family family() const { return family_; }

  /// Blocks of the project that may hold rows of the family in the range, oldest commit first.
  [[nodiscard]] Result<std::vector<BlockHeader>> headers(const Uuid& project, TimeRange range);

  /// Of those, the ones that may hold a row of that trace or entity.
  [[nodiscard]] Result<std::vector<std::int64_t>> blocks_with(const Uuid& project, TimeRange range,
                                                              const Uuid& id) {
    return blocks_with(project, range, blocks::id_hash(id));
  }

  /// The same by the hash that stands in the blocks' filters: of metrics hash64() of the name.
  [[nodiscard]] Result<std::vector<std::int64_t>> blocks_with(const Uuid& project, TimeRange range,
                                                              std::uint64_t hash);
  /// Reads one part into `buffer`. Empty when it is missing or damaged, which is noted. Errors:
  /// kUnavailable past the deadline.
  [[nodiscard]] Result<std::optional<blocks::BlockView>> part(std::int64_t block, blocks::Part part,
                                                              std::string& buffer);

  /// A chunk that did not decode although its checksum was right.
  void note_damage(std::int64_t block, blocks::Part part) { damage_->note(tables(), block, part); }

 private:
  BlockReader(Connection& connection, DamageReport& damage, Family family,
              std::chrono::steady_clock::time_point until)
      : connection_(&connection), damage_(&damage), family_(family), until_(until) {}

  [[nodiscard]] blocks::BlockFamily tables() const { return blocks::block_family(family_); }

  Connection* connection_;
  DamageReport* damage_;
  Family family_;
  std::chrono::steady_clock::time_point until_;
};

}  // namespace traceway::sqlite
