// Groups and measures over chunks of metric points: the aggregate question of the store, without a
// database.
#pragma once

#include "base/result.h"
#include "storage/sqlite/blocks/aggregate.h"
#include "storage/sqlite/blocks/metric_chunk.h"
#include "storage/telemetry_db.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace traceway::sqlite::blocks {

/// What is known of one group's points; enough to merge groups and to answer.
struct PointStats {
  std::uint64_t count = 0;
  double sum = 0;
  double smallest = std::numeric_limits<double>::infinity();
  double largest = -std::numeric_limits<double>::infinity();
  std::int64_t first_time = INT64_MAX;
  std::int64_t last_time = INT64_MIN;
  double last = 0;  ///< value at last_time; of equal times the one that came later

  void add(std::int64_t time_ns, double value);
  void merge(const PointStats& other);
};

/// Takes the chunks a query touches, one by one, and answers at the end. For rates the chunks must
/// come with settle() in between. One thread, one query.
class MetricAggregator {
 public:
  static constexpr std::size_t kMaxGroups = Aggregator::kMaxGroups;
  static constexpr std::size_t kMaxRateSeries = 100'000;
  static constexpr std::size_t kMaxPendingPoints = 4'000'000;

  /// Errors: kInvalid for columns and measures that metric points have not.
  [[nodiscard]] static Result<std::unique_ptr<MetricAggregator>> compile(
      const AggregateQuery& query);

  /// What must be read: the query's range, and for rates the ten minutes before it, where the
  /// predecessors are.
  [[nodiscard]] TimeRange range() const;
  /// The metric that all points must be of; empty when any may do.
  [[nodiscard]] std::optional<std::string> only_name() const;

  /// True when count, first and last seen of all points is all that is asked: then add_block() will
  /// do for a block inside the range.
  [[nodiscard]] bool is_by_header() const { return is_by_header_; }

  void add_block(std::int64_t rows, std::int64_t min_time, std::int64_t max_time);

  /// Errors: kInvalid, with a sentence for the user, when the answer would take too much memory.
  [[nodiscard]] Result<void> add(const MetricSeries& series, MetricPoints& points);
  /// No later chunk has a point before that time.
  [[nodiscard]] Result<void> settle(std::int64_t time_ns);
  /// Columns: group_by, then `bucket` when asked, then the measures. Rows by group, then bucket.
  [[nodiscard]] Result<Table> finish();

 private:
  enum class ColumnKind : std::uint8_t { kName, kTag, kTagKey };

  struct Column {
    ColumnKind kind = ColumnKind::kName;
    std::string tag;
  };

  /// One predicate on a series.
  struct Test {
    Column column;
    Op op = Op::kEqual;
    std::vector<std::string> texts;
  };

  struct GroupText {
    std::uint64_t hash = 0;
    std::string_view text;
  };

  /// A group that points of a series count for, without its bucket.
  struct Place {
    GroupKey key;
    GroupNames names;
  };

  /// What is known of one series while its rate is computed.
  struct Rate {
    std::vector<Place> places;
    std::vector<std::pair<std::int64_t, double>> pending;  // points not yet in order
    std::optional<double> last;
  };

  explicit MetricAggregator(const AggregateQuery& query) : query_(query) {}

  [[nodiscard]] static std::optional<Column> column_of(const std::string& name);
  Result<void> compile_filter();
  Result<void> compile_measures();
  [[nodiscard]] static bool matches(const Test& test, std::optional<std::string_view> text);
  [[nodiscard]] bool selects(const MetricSeries& series, std::size_t index) const;
  /// The groups of a series, one unless keys of tags are grouped by.
  /// What a group column says of a series: one text, or every tag's key; none without such a tag.
  [[nodiscard]] static std::vector<GroupText> texts_of(const MetricSeries& series,
                                                       std::size_t index, const Column& column);
  [[nodiscard]] std::vector<Place> places_of(const MetricSeries& series, std::size_t index) const;
  Result<void> add_points(const std::vector<Place>& places, std::span<const std::int64_t> times,
                          std::span<const double> values);
  Result<void> add_pending(const MetricSeries& series, MetricPoints& points, std::size_t index);
  Result<void> settle(Rate& rate, std::int64_t time_ns);
  Result<PointStats*> stats_of(const Place& place, std::int64_t bucket);
  void keep_top();
  [[nodiscard]] Value measured(const Measure& measure, const PointStats& from) const;

  const AggregateQuery query_;
  std::vector<Column> group_columns_;
  std::vector<Test> tests_;
  bool is_rate_ = false;
  bool is_by_header_ = false;
  GroupIndex index_;
  std::vector<GroupNames> names_;
  std::vector<PointStats> stats_;
  std::unordered_map<std::uint64_t, Rate> rates_;  // by identity of the series
  std::size_t pending_ = 0;
};

}  // namespace traceway::sqlite::blocks
