// The rows of one chunk that a filter selects, in tight loops over decoded columns.
#pragma once

#include "base/result.h"
#include "storage/sqlite/blocks/hot_chunk.h"
#include "storage/telemetry_db.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace traceway::sqlite::blocks {

/// Where the family's rows rest: endpoints and tasks in the blocks of spans. Not for kExceptions,
/// which have none.
[[nodiscard]] BlockFamily block_family(Family family);

/// The hot column behind a column name of ingest 9.1. Errors: kInvalid when the family has none of
/// that name.
[[nodiscard]] Result<HotColumn> hot_column(Family family, std::string_view name);

/// Stands for an entity's id in scans: 62 bits of a random or derived UUID, enough to tell the
/// entities of a project apart.
[[nodiscard]] std::int64_t entity_key(std::string_view id_bytes);

/// Decoded columns of one chunk for one family's rows ("positions": spans by row, or the entities
/// of the family in order). Columns are decoded when first asked for. One thread.
class ChunkRows {
 public:
  explicit ChunkRows(Family family) : family_(family) {}

  void load(const HotChunk& chunk);

  [[nodiscard]] const HotChunk& chunk() const { return *chunk_; }

  [[nodiscard]] std::size_t size() const { return size_; }

  /// The column's value at every position.
  [[nodiscard]] std::span<const std::int64_t> values(HotColumn column);

  [[nodiscard]] std::uint32_t row(std::size_t position) const {
    return entities_.empty() ? static_cast<std::uint32_t>(position) : entity_rows_[position];
  }

  [[nodiscard]] bool has_entities() const { return !entities_.empty(); }

  /// Of an entity family only.
  [[nodiscard]] std::uint32_t entity(std::size_t position) const { return entities_[position]; }

 private:
  void decode(HotColumn column, std::vector<std::int64_t>& to) const;

  Family family_;
  const HotChunk* chunk_ = nullptr;
  std::size_t size_ = 0;
  std::vector<std::uint32_t> entities_;
  std::vector<std::uint32_t> entity_rows_;
  std::vector<std::int64_t> columns_[kHotColumns];
  bool is_decoded_[kHotColumns] = {};
};

/// Predicates joined by *and*, ready to run over chunks. Keeps what it learnt about a text from
/// chunk to chunk. One thread.
class Matcher {
 public:
  /// Errors: kInvalid for a column the family has not, or an operator or value that does not fit
  /// it.
  [[nodiscard]] static Result<Matcher> compile(Family family,
                                               const std::vector<Predicate>& predicates);

  [[nodiscard]] bool is_empty() const { return tests_.empty(); }

  /// False when no row whose `column` (no text) has one of `values` can match.
  [[nodiscard]] bool may_match(HotColumn column, std::span<const std::int64_t> values) const;

  /// Clears mask[i] where position i does not match; mask has one byte, 0 or 1, per position.
  void apply(ChunkRows& rows, std::span<std::uint8_t> mask);

 private:
  struct Test {
    HotColumn column = HotColumn::kStart;
    Op op = Op::kEqual;
    std::vector<std::int64_t> numbers;
    std::vector<std::string> texts;
    std::unordered_map<std::uint64_t, bool> verdicts;  // by hash of the text; bounded
  };

  static Result<Test> compile_one(Family family, const Predicate& predicate);
  static void apply_numbers(const Test& test, std::span<const std::int64_t> values,
                            std::span<std::uint8_t> mask);
  static bool matches_text(const Test& test, std::string_view text);
  void apply_texts(Test& test, ChunkRows& rows, std::span<std::uint8_t> mask);

  std::vector<Test> tests_;
  std::vector<std::uint8_t> by_id_;
};

/// A whole filter: time range and predicates.
class Selector {
 public:
  [[nodiscard]] static Result<Selector> compile(Family family, const Filter& filter);

  [[nodiscard]] bool has_predicates() const { return !matcher_.is_empty(); }

  [[nodiscard]] const Matcher& matcher() const { return matcher_; }

  /// Positions that match, ascending. Valid until the next call.
  [[nodiscard]] std::span<const std::uint32_t> select(ChunkRows& rows);

 private:
  Selector(TimeRange range, Matcher matcher) : range_(range), matcher_(std::move(matcher)) {}

  TimeRange range_;
  Matcher matcher_;
  std::vector<std::uint8_t> mask_;
  std::vector<std::uint32_t> positions_;
};

/// Takes away what hot columns cannot tell: of the positions that a Selector chose in the chunk at
/// hand, those that match the rest of a filter.
class RowFilter {
 public:
  virtual ~RowFilter() = default;
  /// A part of `positions`, valid until the next call.
  [[nodiscard]] virtual Result<std::span<const std::uint32_t>> keep(
      std::span<const std::uint32_t> positions) = 0;
};

}  // namespace traceway::sqlite::blocks
