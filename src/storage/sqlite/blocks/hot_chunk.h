// Part 0 of a chunk as scans read it: packed columns and the strings they number.
//
//   varint rows | varint entities | zigzag min time | zigzag max time
//   the family's columns per row, then those per entity    (packed columns, all; see hot_layout())
//   16 bytes per entity: its id
//   string table
//
// Only spans have entities: those that are an endpoint, a task or an AI trace.
#pragma once

#include "base/id.h"
#include "model/span.h"
#include "storage/sqlite/blocks/block_format.h"
#include "storage/sqlite/blocks/packed_column.h"
#include "storage/sqlite/blocks/string_table.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::sqlite::blocks {

/// The columns a scan can read, of all families. From kName on they hold string numbers of the
/// chunk's dictionary. kEntityKey and kSeverityClass rest in no column: they are entity_key() of
/// the id and severity_class() of the number. In memory only: what is stored is the order of
/// hot_layout().
enum class HotColumn : std::uint8_t {
  kStart,  ///< the time of every family
  kDuration,
  kKind,
  kSpanStatus,
  kHttpStatus,
  kBodySize,
  kIsRoot,
  kIsStream,
  kEntityRow,   ///< the entity's span
  kEntityKind,  ///< EntityKind
  kEntityKey,
  kObserved,  ///< log records: how much later than kStart, plus 1; 0 = not said
  kSeverity,  ///< 0..24
  kSeverityClass,
  kTraceFlags,
  kHasTrace,
  kNumber,  ///< what the running number is more than that of the block's first row plus the place
  kName,
  kEntityName,
  kService,
  kVersion,
  kSeverityText,
  kScope,
};

inline constexpr std::size_t kHotColumns = 23;

/// 0 none, 1 trace, 2 debug, 3 info, 4 warn, 5 error, 6 fatal.
[[nodiscard]] constexpr std::int64_t severity_class(std::int64_t number) {
  return (number + 3) / 4;
}

[[nodiscard]] constexpr bool is_text(HotColumn column) {
  return column >= HotColumn::kName;
}

/// The columns of a family in the order in which they lie in a chunk.
struct HotLayout {
  std::span<const HotColumn> per_row;
  std::span<const HotColumn> per_entity;
};

[[nodiscard]] HotLayout hot_layout(BlockFamily family);

/// Views into a block. Reused from chunk to chunk, of one family.
struct HotChunk {
  std::uint32_t rows = 0;
  std::uint32_t entities = 0;
  std::int64_t min_time = 0;
  std::int64_t max_time = 0;
  std::array<PackedColumn, kHotColumns> columns;  ///< empty where the family has none
  std::string_view entity_ids;
  Dictionary texts;

  /// False when the bytes are no hot chunk of that family.
  [[nodiscard]] bool read(std::string_view chunk, BlockFamily family);

  [[nodiscard]] const PackedColumn& operator[](HotColumn column) const {
    return columns[static_cast<std::size_t>(column)];
  }

  [[nodiscard]] std::int64_t at(HotColumn column, std::size_t index) const {
    return (*this)[column][index];
  }

  [[nodiscard]] std::string_view text(HotColumn column, std::size_t index) const {
    return texts.text((*this)[column][index]);
  }

  [[nodiscard]] Uuid entity_id(std::size_t entity) const {
    return uuid_from_bytes(entity_ids.substr(entity * 16, 16));
  }

  [[nodiscard]] EntityKind kind_of(std::size_t entity) const {
    return static_cast<EntityKind>(at(HotColumn::kEntityKind, entity));
  }
};

/// Gathers the columns of one chunk and writes them. Reused from chunk to chunk.
class HotEncoder {
 public:
  explicit HotEncoder(BlockFamily family) : layout_(hot_layout(family)) {}

  void clear();

  void add(HotColumn column, std::int64_t value) { numbers_[index(column)].push_back(value); }

  void add(HotColumn column, std::string_view text) { texts_[index(column)].add(text, table_); }

  void add_entity_id(const Uuid& id) { entity_ids_.append(id.view()); }

  void write(const BlockStats& stats, std::string& out) const;

 private:
  static constexpr std::size_t kFirstText = static_cast<std::size_t>(HotColumn::kName);

  static constexpr std::size_t index(HotColumn column) {
    return static_cast<std::size_t>(column) - (is_text(column) ? kFirstText : 0);
  }

  [[nodiscard]] std::span<const std::int64_t> values(HotColumn column) const;

  HotLayout layout_;
  std::array<std::vector<std::int64_t>, kFirstText> numbers_;
  std::array<TextColumn, kHotColumns - kFirstText> texts_;
  std::string entity_ids_;
  StringTable table_;
};

}  // namespace traceway::sqlite::blocks
