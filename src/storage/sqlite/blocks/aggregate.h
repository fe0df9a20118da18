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
#include <utility>
#include <vector>

namespace traceway::sqlite::blocks {

inline constexpr std::int64_t kNsPerMinute = 60'000'000'000;

/// bucket(t) of dashboard-api 1.7, in ns; times before 1970 round down too.
[[nodiscard]] std::int64_t time_bucket(std::int64_t time_ns, std::int64_t bucket_ns);

/// kInvalid, with a sentence for the user: the answer would take too much memory.
[[nodiscard]] tl::unexpected<Error> too_much();

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
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::int64_t bucket = 0;

  friend bool operator==(const GroupKey&, const GroupKey&) = default;

  [[nodiscard]] std::uint64_t& part(std::size_t index) { return index == 0 ? first : second; }

  [[nodiscard]] std::uint64_t hash() const;
};

/// Numbers distinct keys in the order they come.
class GroupIndex {
 public:
  /// The key's number, and whether it is new.
  std::pair<std::uint32_t, bool> insert(const GroupKey& key);

  [[nodiscard]] std::size_t size() const { return keys_.size(); }

  [[nodiscard]] const GroupKey& key(std::size_t group) const { return keys_[group]; }

 private:
  void grow();

  std::vector<GroupKey> keys_;
  std::vector<std::uint32_t> slots_;  // open addressing: number + 1, 0 = free
};

/// The group columns' values of one group, to be shown.
using GroupNames = std::array<Value, 2>;

/// Groups with everything known about them, side by side: group g has measures_per_group
/// accumulators and samples_per_group samples from g times that on.
struct GroupTable {
  std::size_t measures_per_group = 0;
  std::size_t samples_per_group = 0;
  GroupIndex index;
  std::vector<GroupNames> names;
  std::vector<Accumulator> accumulators;
  std::vector<Sample> samples;

  GroupTable(std::size_t measures, std::size_t columns)
      : measures_per_group(measures), samples_per_group(columns) {}

  /// The group of that key, made when there is none yet.
  std::pair<std::uint32_t, bool> insert(const GroupKey& key);
  /// Adds what `from` knows about its group to our group.
  void merge(std::uint32_t group, const GroupTable& from, std::uint32_t from_group);

  [[nodiscard]] std::size_t size() const { return index.size(); }
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
  /// `more`: the part of the filter that the query does not say.
  [[nodiscard]] Result<void> add(const HotChunk& chunk, RowFilter* more = nullptr);
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

  static Value measured(const CompiledMeasure& measure, const Accumulator& from,
                        std::span<Sample> samples);
  void keep_top();
  [[nodiscard]] std::vector<std::uint64_t> ranked_names() const;
  [[nodiscard]] std::vector<Value> row_of(std::uint32_t group);
  [[nodiscard]] Columns columns() const;
  Result<void> sort(std::vector<std::vector<Value>>& rows) const;

  const AggregateQuery query_;
  Selector selector_;
  ChunkRows rows_;
  std::vector<HotColumn> group_columns_;
  std::vector<CompiledMeasure> measures_;
  std::vector<HotColumn> sample_columns_;

  GroupTable groups_{0, 0};
  std::vector<Seen> memo_ = std::vector<Seen>(kMemo);
  std::uint32_t chunk_ = 0;
  std::vector<std::uint32_t> group_at_;  // of each selected position
  std::vector<std::uint8_t> mask_;
  std::size_t sampled_ = 0;
  bool is_exact_ = true;
};

}  // namespace traceway::sqlite::blocks
