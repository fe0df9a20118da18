// Groups and measures over chunks: the aggregate question of the store, without a database.
#pragma once

#include "base/result.h"
#include "storage/sqlite/blocks/sample.h"
#include "storage/sqlite/blocks/scan.h"
#include "storage/telemetry_db.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace traceway::sqlite::blocks {

/// What one measure knows about one group; enough to merge groups and to answer.
struct Accumulator {
  std::uint64_t count = 0;
  __extension__ __int128 sum = 0;
  std::int64_t smallest = INT64_MAX;
  std::int64_t largest = INT64_MIN;

  void merge(const Accumulator& other);
};

/// A group's identity: a text by its hash, a number by itself; unused places are 0.
struct GroupKey {
  std::array<std::uint64_t, 2> parts{};
  std::int64_t bucket = 0;

  friend bool operator==(const GroupKey&, const GroupKey&) = default;
};

struct GroupKeyHash {
  std::size_t operator()(const GroupKey& key) const noexcept;
};

struct Group {
  GroupKey key;
  std::array<Value, 2> names;
  std::vector<Accumulator> accumulators;  // one per measure
  std::vector<Sample> samples;            // one per column that quantiles are asked of

  void merge(const Group& other);
};

/// Takes the chunks a query's range touches, one by one, and answers at the end. One thread, one
/// query. Quantiles are exact up to kMaxExactSamples values; beyond, of histograms.
class Aggregator {
 public:
  static constexpr std::size_t kMaxExactSamples = 2'000'000;
  static constexpr std::size_t kMaxGroups = 200'000;
  static constexpr std::size_t kMaxHistogramBytes = 64U << 20U;

  /// Errors: kInvalid for columns the family has not, or a query that makes no sense.
  [[nodiscard]] static Result<std::unique_ptr<Aggregator>> compile(const AggregateQuery& query);

  /// Errors: kInvalid, with a sentence for the user, when the answer would take too much memory.
  [[nodiscard]] Result<void> add(const HotChunk& chunk);
  /// Columns: group_by, then `bucket` when asked, then the measures.
  [[nodiscard]] Result<Table> finish();

 private:
  struct CompiledMeasure {
    MeasureKind kind = MeasureKind::kCount;
    std::optional<HotColumn> column;
    std::size_t sample = 0;
    double p = 0;
    std::optional<Matcher> where;
  };

  /// A chunk's own numbers of a group, and the group.
  struct Seen {
    GroupKey local;
    std::uint32_t group = 0;
    std::uint32_t chunk = 0;  // entries of other chunks are as good as empty
  };

  static constexpr std::size_t kMemo = 1024;

  Aggregator(const AggregateQuery& query, Selector selector)
      : query_(query), selector_(std::move(selector)), rows_(query.family) {}

  Result<void> compile_measures();
  Result<void> assign_groups(std::span<const std::uint32_t> positions);
  Result<std::uint32_t> group_of(const GroupKey& key, std::size_t position);
  void measure(std::size_t index, std::span<const std::uint32_t> positions);
  Result<void> sample(std::span<const std::uint32_t> positions);
  Result<void> shrink_samples();

  Value measured(const Group& group, std::size_t index, std::vector<Sample>& samples) const;
  void keep_top();
  [[nodiscard]] std::vector<std::uint64_t> ranked_names() const;
  [[nodiscard]] std::vector<Value> row_of(Group& group) const;
  [[nodiscard]] Columns columns() const;
  Result<void> sort(std::vector<std::vector<Value>>& rows) const;

  const AggregateQuery query_;
  Selector selector_;
  ChunkRows rows_;
  std::vector<HotColumn> group_columns_;
  std::vector<CompiledMeasure> measures_;
  std::vector<HotColumn> sample_columns_;

  std::vector<Group> groups_;
  std::unordered_map<GroupKey, std::uint32_t, GroupKeyHash> by_key_;
  std::vector<Seen> memo_ = std::vector<Seen>(kMemo);
  std::uint32_t chunk_ = 0;
  std::vector<std::uint32_t> group_at_;  // of each selected position
  std::vector<std::uint8_t> mask_;
  std::size_t sampled_ = 0;
  bool is_exact_ = true;
};

}  // namespace traceway::sqlite::blocks
