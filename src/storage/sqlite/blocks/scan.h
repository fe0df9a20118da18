// Scanning hot columns: which rows of a chunk match, and their values as arrays for tight loops.
#pragma once

#include "base/result.h"
#include "storage/telemetry_db.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace traceway::sqlite::blocks {

/// The columns of a hot part, in the order of the format.
enum class Column : std::uint8_t {
  kRecordedAt,
  kDuration,
  kTraits,
  kName,
  kService,
  kEntityName,
  kHttpStatus,
  kBodySize
};

inline constexpr std::size_t kColumns = 8;

/// What a column name of a family means: a stored column, or a few bits of the traits.
struct ColumnRef {
  Column column = Column::kRecordedAt;
  bool is_text = false;
  int shift = 0;          ///< with mask: bits of kTraits
  std::int64_t mask = 0;  ///< 0 = the whole value
};

/// Empty for a name the family's hot columns do not have.
[[nodiscard]] std::optional<ColumnRef> find_column(Family family, std::string_view name);

/// A parsed hot part; columns are decoded when first asked. Views into the block's bytes. One
/// thread.
class HotChunk {
 public:
  struct Text {
    std::uint64_t hash;
    std::string_view text;
  };

  /// Reuses the buffers of an earlier chunk. Errors: kInternal for a broken part.
  [[nodiscard]] Result<void> parse(std::string_view hot);

  [[nodiscard]] std::size_t rows() const { return rows_; }

  [[nodiscard]] const std::vector<Text>& texts() const { return texts_; }

  /// All rows of a column. Valid until the next parse().
  [[nodiscard]] const std::vector<std::int64_t>& column(Column which);

  [[nodiscard]] std::int64_t value(const ColumnRef& ref, std::size_t row) {
    const std::int64_t stored = column(ref.column)[row];
    return ref.mask == 0 ? stored : stored >> ref.shift & ref.mask;
  }

  [[nodiscard]] std::string_view text(const ColumnRef& ref, std::size_t row) {
    return texts_[static_cast<std::size_t>(column(ref.column)[row])].text;
  }

 private:
  std::size_t rows_ = 0;
  std::vector<Text> texts_;
  std::array<std::string_view, kColumns> raw_;
  std::array<std::vector<std::int64_t>, kColumns> decoded_;
  std::array<bool, kColumns> is_decoded_{};
};

/// Predicates with their columns resolved, for one family.
class Matcher {
 public:
  /// Errors: kInternal for a column that the family does not have (a defect of the caller).
  [[nodiscard]] static Result<Matcher> compile(Family family,
                                               const std::vector<Predicate>& predicates);

  /// Keeps the rows of `rows` that satisfy every predicate.
  void filter(HotChunk& chunk, std::vector<std::uint32_t>& rows) const;

  [[nodiscard]] bool is_empty() const { return terms_.empty(); }

 private:
  struct Term {
    ColumnRef ref;
    Predicate predicate;
  };

  static bool accepts_text(const Predicate& predicate, std::string_view text);
  static bool accepts_integer(const Predicate& predicate, std::int64_t value);

  std::vector<Term> terms_;
};

/// The rows of a chunk that belong to the family, lie in the range and match. Replaces what `rows`
/// held.
void select_rows(HotChunk& chunk, Family family, const TimeRange& range, const Matcher& matcher,
                 std::vector<std::uint32_t>& rows);

}  // namespace traceway::sqlite::blocks
