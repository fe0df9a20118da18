// The tables of each family's blocks: the statements that write and read them, and what stands in a
// block's header.
#pragma once

#include "base/id.h"
#include "storage/query.h"
#include "storage/sqlite/blocks/block_format.h"
#include "storage/sqlite/connection.h"
#include "storage/telemetry_db.h"

#include <cstdint>

namespace traceway::sqlite {

/// The statements every family has under the same names, in a file of its own (sql/telemetry/
/// queries/span_blocks.sql and its like).
enum class BlockStatement : std::uint8_t {
  kLast,
  kInsert,
  kInsertFilter,
  kInsertHot,
  kInsertCold,
  kHeaders,
  kFilters,
  kHot,
  kCold,
  // Of log records only.
  kInsertTokens,
  kTokens,
  kTakeNumbers,
};

[[nodiscard]] const Query& block_query(blocks::BlockFamily family, BlockStatement statement);

/// The key of a cold part.
[[nodiscard]] constexpr std::int64_t cold_part_id(std::int64_t block, blocks::Part part) {
  constexpr std::int64_t kPartsPerBlock = 4;
  return block * kPartsPerBlock + static_cast<std::int64_t>(part);
}

/// The narrow row of a block. What a family does not have is 0.
struct BlockHeader {
  std::int64_t block = 0;
  std::int64_t rows = 0;
  std::int64_t endpoints = 0;
  std::int64_t tasks = 0;
  std::int64_t min_time = 0;
  std::int64_t max_time = 0;
  std::int64_t min_duration = 0;
  std::int64_t max_duration = 0;
  std::int64_t first_number = 0;
  std::int64_t last_number = 0;
  std::int64_t severities = 0;  ///< bit n: there is a record of severity n

  /// The current row of kHeaders.
  [[nodiscard]] static BlockHeader read(Statement& row, blocks::BlockFamily family);

  [[nodiscard]] std::int64_t count_of(Family family) const;

  /// All of its rows do.
  [[nodiscard]] bool lies_in(const TimeRange& range) const {
    return range.from_ns <= min_time && max_time <= range.to_ns;
  }
};

/// A block that is about to be written.
struct NewBlock {
  Uuid project;
  std::int64_t id = 0;
  std::int64_t chunks = 0;
  blocks::BlockStats stats;
};

/// Binds kInsert.
void bind_header(Statement& to, blocks::BlockFamily family, const NewBlock& block);

}  // namespace traceway::sqlite
