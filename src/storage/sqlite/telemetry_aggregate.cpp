#include "storage/sqlite/blocks/chunk.h"
#include "storage/sqlite/blocks/scan.h"
#include "storage/sqlite/telemetry_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <unordered_set>

namespace traceway::sqlite {

namespace {

using blocks::ColumnRef;
using blocks::HotChunk;
using blocks::Matcher;

constexpr std::int64_t kNsPerMinute = 60'000'000'000;

/// A group's identity: texts by hash, integers by value.
struct GroupKey {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::int64_t bucket = 0;

  friend bool operator==(const GroupKey&, const GroupKey&) = default;
};

struct GroupKeyHash {
  std::size_t operator()(const GroupKey& key) const noexcept {
    std::uint64_t mixed = key.first * 0x9E3779B97F4A7C15ULL;
    mixed ^= (key.second + 0x7F4A7C15ULL) * 0xBF58476D1CE4E5B9ULL;
    mixed ^= static_cast<std::uint64_t>(key.bucket) * 0x94D049BB133111EBULL;
    return static_cast<std::size_t>(mixed ^ mixed >> 29U);
  }
};

/// What one measure knows of one group.
struct Tally {
  std::int64_t count = 0;
  std::int64_t sum = 0;
  std::int64_t smallest = std::numeric_limits<std::int64_t>::max();
  std::int64_t largest = std::numeric_limits<std::int64_t>::min();

  void add(std::int64_t value) {
    ++count;
    if (__builtin_add_overflow(sum, value, &sum)) sum = std::numeric_limits<std::int64_t>::max();
    smallest = std::min(smallest, value);
    largest = std::max(largest, value);
  }
};

struct Group {
  GroupKey key;
  std::vector<Value> names;
  std::vector<Tally> tallies;
  std::vector<std::vector<std::int64_t>> samples;  // one list a sampled column
};

/// A measure with its column resolved and its place among the sampled columns.
struct PlannedMeasure {
  Measure measure;
  ColumnRef column;
  std::size_t sample = 0;
  Matcher where;
};

bool needs_column(MeasureKind kind) {
  return kind != MeasureKind::kCount && kind != MeasureKind::kCountWhere;
}

std::string column_of(const Measure& measure) {
  const bool is_seen =
      measure.kind == MeasureKind::kFirstSeen || measure.kind == MeasureKind::kLastSeen;
  return is_seen ? "recorded_at" : measure.column;
}

double quantile_of(std::vector<std::int64_t>& sample, double p) {
  if (sample.empty()) return 0;
  const double position = p * static_cast<double>(sample.size() - 1);
  const auto low = static_cast<std::size_t>(std::floor(position));
  const auto at = [&](std::size_t i) { return sample.begin() + static_cast<std::ptrdiff_t>(i); };
  std::nth_element(sample.begin(), at(low), sample.end());
  const auto low_value = static_cast<double>(sample[low]);
  const double fraction = position - static_cast<double>(low);
  if (fraction == 0 || low + 1 >= sample.size()) return low_value;
  const auto high_value = static_cast<double>(*std::min_element(at(low + 1), sample.end()));
  return low_value + (high_value - low_value) * fraction;
}

/// One pass over the blocks: rows into groups, values into tallies and samples.
class Aggregation {
 public:
  Aggregation(const AggregateQuery& query) : query_(query) {}

  Result<void> plan() {
    for (const std::string& name : query_.group_by) {
      const auto ref = blocks::find_column(query_.family, name);
      if (!ref) return fail(ErrorCode::kInternal, "this grouping is not known here", name);
      group_columns_.push_back(*ref);
    }
    if (group_columns_.size() > 2)
      return fail(ErrorCode::kInternal, "at most two columns group", "");
    for (const Measure& measure : query_.measures) {
      if (auto ok = plan_measure(measure); !ok) return ok;
    }
    auto matcher = Matcher::compile(query_.family, query_.filter.predicates);
    if (!matcher) return fail(matcher);
    matcher_ = std::move(*matcher);
    return {};
  }

  /// From here on, first group columns outside `kept` are merged into one group.
  void keep_only(std::unordered_set<std::uint64_t> kept) {
    kept_ = std::move(kept);
    has_kept_ = true;
  }

  Result<void> run(Connection& connection) {
    if (query_.group_by.empty() && query_.bucket_minutes == 0) (void)group_of(GroupKey{}, {});
    return for_each_block(
        connection, query_.filter, [&](std::int64_t block, std::string_view hot) -> Result<void> {
          const auto parts = blocks::split_hot(hot);
          if (!parts) {
            report_broken_block(block, parts.error());
            return {};
          }
          for (const std::string_view part : *parts) {
            if (auto ok = chunk_.parse(part); !ok) {
              report_broken_block(block, ok.error());
              continue;
            }
            add_chunk();
            if (held_ > kMaxSamples) {
              return fail(ErrorCode::kInvalid,
                          "Too many rows for an exact answer: choose a shorter range");
            }
          }
          return {};
        });
  }

  [[nodiscard]] std::vector<Group>& groups() { return groups_; }

  [[nodiscard]] Value value_of(Group& group, std::size_t measure) {
    const PlannedMeasure& planned = measures_[measure];
    const Tally& tally = group.tallies[measure];
    switch (planned.measure.kind) {
      case MeasureKind::kCount:
      case MeasureKind::kCountWhere:
        return tally.count;
      case MeasureKind::kSum:
        return tally.sum;
      case MeasureKind::kMin:
      case MeasureKind::kFirstSeen:
        return tally.count == 0 ? Value{} : Value(tally.smallest);
      case MeasureKind::kMax:
      case MeasureKind::kLastSeen:
        return tally.count == 0 ? Value{} : Value(tally.largest);
      case MeasureKind::kMean:
        return tally.count == 0 ? 0.0
                                : static_cast<double>(tally.sum) / static_cast<double>(tally.count);
      case MeasureKind::kQuantile:
        return quantile_of(group.samples[planned.sample], planned.measure.p);
    }
    return {};
  }

 private:
  Result<void> plan_measure(const Measure& measure) {
    PlannedMeasure planned{measure, {}, 0, {}};
    if (needs_column(measure.kind)) {
      const auto ref = blocks::find_column(query_.family, column_of(measure));
      if (!ref || ref->is_text)
        return fail(ErrorCode::kInternal, "this measure is not known here", measure.as);
      planned.column = *ref;
    }
    if (measure.kind == MeasureKind::kQuantile) planned.sample = sample_of(planned.column);
    if (measure.kind == MeasureKind::kCountWhere) {
      auto where = Matcher::compile(query_.family, measure.where);
      if (!where) return fail(where);
      planned.where = std::move(*where);
    }
    measures_.push_back(std::move(planned));
    return {};
  }

  std::size_t sample_of(const ColumnRef& ref) {
    for (std::size_t i = 0; i < sampled_.size(); ++i) {
      if (sampled_[i].column == ref.column && sampled_[i].shift == ref.shift) return i;
    }
    sampled_.push_back(ref);
    return sampled_.size() - 1;
  }

  void add_chunk() {
    blocks::select_rows(chunk_, query_.family, query_.filter.range, matcher_, rows_);
    if (rows_.empty()) return;
    assign_groups();
    for (std::size_t m = 0; m < measures_.size(); ++m) add_measure(m);
    for (std::size_t s = 0; s < sampled_.size(); ++s) {
      const auto& values = chunk_.column(sampled_[s].column);
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        groups_[group_of_row_[i]].samples[s].push_back(values[rows_[i]]);
      }
      held_ += rows_.size();
    }
  }

  void add_measure(std::size_t m) {
    const PlannedMeasure& planned = measures_[m];
    switch (planned.measure.kind) {
      case MeasureKind::kQuantile:
        return;  // from the samples
      case MeasureKind::kCount:
        for (const std::uint32_t group : group_of_row_) ++groups_[group].tallies[m].count;
        return;
      case MeasureKind::kCountWhere:
        add_count_where(m);
        return;
      default:
        for (std::size_t i = 0; i < rows_.size(); ++i) {
          groups_[group_of_row_[i]].tallies[m].add(chunk_.value(planned.column, rows_[i]));
        }
    }
  }

  /// The matcher keeps order, so the survivors are found again by walking both lists once.
  void add_count_where(std::size_t m) {
    matching_ = rows_;
    measures_[m].where.filter(chunk_, matching_);
    std::size_t i = 0;
    for (const std::uint32_t row : matching_) {
      while (rows_[i] != row) ++i;
      ++groups_[group_of_row_[i]].tallies[m].count;
    }
  }

  void assign_groups() {
    group_of_row_.resize(rows_.size());
    // Rows of a chunk repeat few combinations: texts are looked up by their position in the chunk
    // first.
    GroupKey last;
    std::uint32_t last_group = 0;
    bool has_last = false;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const GroupKey key = key_of_row(rows_[i]);
      if (!has_last || !(key == last)) {
        last_group = group_of(key, rows_[i]);
        last = key;
        has_last = true;
      }
      group_of_row_[i] = last_group;
    }
  }

  GroupKey key_of_row(std::uint32_t row) {
    GroupKey key;
    if (!group_columns_.empty()) key.first = identity(group_columns_[0], row);
    if (group_columns_.size() > 1) key.second = identity(group_columns_[1], row);
    if (has_kept_ && !kept_.contains(key.first)) {
      key.first = kOther;
      key.second = 0;
    }
    if (query_.bucket_minutes > 0) {
      const std::int64_t width = kNsPerMinute * query_.bucket_minutes;
      const std::int64_t time = chunk_.column(blocks::Column::kRecordedAt)[row];
      key.bucket = (time >= 0 ? time / width : -((-time + width - 1) / width)) * width;
    }
    return key;
  }

  std::uint64_t identity(const ColumnRef& ref, std::uint32_t row) {
    if (!ref.is_text) return static_cast<std::uint64_t>(chunk_.value(ref, row));
    return chunk_.texts()[static_cast<std::size_t>(chunk_.column(ref.column)[row])].hash;
  }

  std::uint32_t group_of(const GroupKey& key, std::optional<std::uint32_t> row) {
    const auto [found, is_new] =
        index_.try_emplace(key, static_cast<std::uint32_t>(groups_.size()));
    if (is_new) {
      Group group{key,
                  {},
                  std::vector<Tally>(measures_.size()),
                  std::vector<std::vector<std::int64_t>>(sampled_.size())};
      for (const ColumnRef& ref : group_columns_) {
        const bool is_other = has_kept_ && key.first == kOther;
        if (is_other && group.names.empty()) {
          group.names.emplace_back(query_.other_name);
        } else if (is_other || !row) {
          group.names.emplace_back();
        } else if (ref.is_text) {
          group.names.emplace_back(std::string(chunk_.text(ref, *row)));
        } else {
          group.names.emplace_back(chunk_.value(ref, *row));
        }
      }
      groups_.push_back(std::move(group));
    }
    return found->second;
  }

  static constexpr std::uint64_t kOther =
      0x6F74686572ULL;  // a text with this very hash would be merged: 1 in 2^64

  const AggregateQuery& query_;
  std::vector<ColumnRef> group_columns_;
  std::vector<PlannedMeasure> measures_;
  std::vector<ColumnRef> sampled_;
  Matcher matcher_;
  std::unordered_set<std::uint64_t> kept_;
  bool has_kept_ = false;
  HotChunk chunk_;
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint32_t> matching_;
  std::vector<std::uint32_t> group_of_row_;
  std::vector<Group> groups_;
  std::unordered_map<GroupKey, std::uint32_t, GroupKeyHash> index_;
  std::size_t held_ = 0;
};

/// Names of the result: group columns, bucket, measures.
Columns columns_of(const AggregateQuery& query, bool has_bucket) {
  auto names = std::make_shared<std::vector<std::string>>(query.group_by);
  if (has_bucket) names->emplace_back("bucket");
  for (const Measure& measure : query.measures) names->push_back(measure.as);
  return names;
}

std::vector<Row> rows_of(Aggregation& aggregation, const AggregateQuery& query, bool has_bucket) {
  const Columns columns = columns_of(query, has_bucket);
  std::vector<Row> rows;
  rows.reserve(aggregation.groups().size());
  for (Group& group : aggregation.groups()) {
    std::vector<Value> values = group.names;
    if (has_bucket) values.emplace_back(group.key.bucket);
    for (std::size_t m = 0; m < query.measures.size(); ++m)
      values.push_back(aggregation.value_of(group, m));
    rows.emplace_back(columns, std::move(values));
  }
  return rows;
}

int compare_values(const Value& a, const Value& b) {
  const auto number = [](const Value& v) -> std::optional<double> {
    if (const auto* i = std::get_if<std::int64_t>(&v)) return static_cast<double>(*i);
    if (const auto* d = std::get_if<double>(&v)) return *d;
    return std::nullopt;
  };
  const auto* first = std::get_if<std::int64_t>(&a);
  const auto* second = std::get_if<std::int64_t>(&b);
  if (first != nullptr && second != nullptr)
    return *first < *second ? -1 : (*second < *first ? 1 : 0);
  const auto x = number(a);
  const auto y = number(b);
  if (x && y) return *x < *y ? -1 : (*y < *x ? 1 : 0);
  const auto* s = std::get_if<std::string>(&a);
  const auto* t = std::get_if<std::string>(&b);
  if (s != nullptr && t != nullptr) return s->compare(*t);
  return static_cast<int>(a.index()) - static_cast<int>(b.index());
}

void sort_rows(std::vector<Row>& rows, const AggregateQuery& query) {
  if (rows.empty()) return;
  const auto& names = rows.front().columns();
  std::optional<std::size_t> by;
  if (query.order) {
    const auto found = std::ranges::find(names, query.order->column);
    if (found != names.end()) by = static_cast<std::size_t>(found - names.begin());
  }
  const std::size_t ties = query.group_by.size() + (query.bucket_minutes > 0 ? 1 : 0);
  std::ranges::sort(rows, [&](const Row& a, const Row& b) {
    if (by) {
      const int order = compare_values(a.values()[*by], b.values()[*by]);
      if (order != 0) return query.order->is_descending ? order > 0 : order < 0;
    }
    for (std::size_t i = 0; i < ties && i < a.values().size(); ++i) {
      const int order = compare_values(a.values()[i], b.values()[i]);
      if (order != 0) return order < 0;
    }
    return false;
  });
}

/// The identities of the n groups that rank first over the whole range.
Result<std::unordered_set<std::uint64_t>> top_groups(Connection& connection,
                                                     const AggregateQuery& query) {
  AggregateQuery ranking = query;
  ranking.group_by.resize(1);
  ranking.bucket_minutes = 0;
  ranking.top = 0;
  ranking.order = Order{query.top_by, true};
  Aggregation aggregation(ranking);
  if (auto ok = aggregation.plan(); !ok) return fail(ok);
  if (auto ok = aggregation.run(connection); !ok) return fail(ok);
  std::vector<Row> rows = rows_of(aggregation, ranking, false);
  std::unordered_map<std::string, std::uint64_t> identity_of;
  for (const Group& group : aggregation.groups()) {
    const auto* name = group.names.empty() ? nullptr : std::get_if<std::string>(&group.names[0]);
    if (name != nullptr) identity_of.emplace(*name, group.key.first);
  }
  sort_rows(rows, ranking);
  std::unordered_set<std::uint64_t> kept;
  for (std::size_t i = 0; i < rows.size() && i < static_cast<std::size_t>(query.top); ++i) {
    const Value& name = rows[i].values()[0];
    if (const auto* text = std::get_if<std::string>(&name)) kept.insert(identity_of.at(*text));
    if (const auto* number = std::get_if<std::int64_t>(&name))
      kept.insert(static_cast<std::uint64_t>(*number));
  }
  return kept;
}

}  // namespace

Result<Table> aggregate_spans(Connection& connection, const AggregateQuery& query) {
  Aggregation aggregation(query);
  if (auto ok = aggregation.plan(); !ok) return fail(ok);
  if (query.top > 0 && !query.group_by.empty()) {
    auto kept = top_groups(connection, query);
    if (!kept) return fail(kept);
    aggregation.keep_only(std::move(*kept));
  }
  if (auto ok = aggregation.run(connection); !ok) return fail(ok);
  Table table;
  table.rows = rows_of(aggregation, query, query.bucket_minutes > 0);
  table.total = static_cast<std::int64_t>(table.rows.size());
  sort_rows(table.rows, query);
  if (query.page) {
    const auto size = static_cast<std::int64_t>(table.rows.size());
    const std::int64_t first = std::clamp<std::int64_t>(query.page->offset, 0, size);
    const std::int64_t last = std::min(size, first + std::max<std::int64_t>(query.page->limit, 0));
    table.rows.erase(table.rows.begin() + last, table.rows.end());
    table.rows.erase(table.rows.begin(), table.rows.begin() + first);
  }
  return table;
}

}  // namespace traceway::sqlite
