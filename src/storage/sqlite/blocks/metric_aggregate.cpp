#include "storage/sqlite/blocks/metric_aggregate.h"

#include "base/text.h"

#include <algorithm>
#include <numeric>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::string_view kTagPrefix = "tags.";
/// How far before a range predecessors of its points are looked for. Source: dashboard-api 8.1.
constexpr std::int64_t kLookBackNs = 10 * kNsPerMinute;
/// Points of a rate wait for late ones until there are that many.
constexpr std::size_t kSettleFrom = 200'000;

bool is_value_measure(MeasureKind kind) {
  return kind == MeasureKind::kSum || kind == MeasureKind::kMin || kind == MeasureKind::kMax ||
         kind == MeasureKind::kMean || kind == MeasureKind::kLast || kind == MeasureKind::kRate;
}

bool is_header_measure(MeasureKind kind) {
  return kind == MeasureKind::kCount || kind == MeasureKind::kFirstSeen ||
         kind == MeasureKind::kLastSeen;
}

std::optional<std::string_view> tag_of(const MetricSeries& series, std::size_t index,
                                       std::string_view key) {
  for (const TagNumbers& tag : series.tags(index)) {
    if (series.text(tag.key) == key) return series.text(tag.value);
  }
  return std::nullopt;
}

}  // namespace

void PointStats::add(std::int64_t time_ns, double value) {
  ++count;
  sum += value;
  smallest = std::min(smallest, value);
  largest = std::max(largest, value);
  first_time = std::min(first_time, time_ns);
  if (time_ns >= last_time) {
    last_time = time_ns;
    last = value;
  }
}

void PointStats::merge(const PointStats& other) {
  if (other.count > 0 && other.last_time >= last_time) last = other.last;
  count += other.count;
  sum += other.sum;
  smallest = std::min(smallest, other.smallest);
  largest = std::max(largest, other.largest);
  first_time = std::min(first_time, other.first_time);
  last_time = std::max(last_time, other.last_time);
}

// --- the query ---

std::optional<MetricAggregator::Column> MetricAggregator::column_of(const std::string& name) {
  if (name == "name") return Column{ColumnKind::kName, {}};
  if (name == "tag_key") return Column{ColumnKind::kTagKey, {}};
  if (name.starts_with(kTagPrefix)) return Column{ColumnKind::kTag, name.substr(kTagPrefix.size())};
  return std::nullopt;
}

Result<std::unique_ptr<MetricAggregator>> MetricAggregator::compile(const AggregateQuery& query) {
  if (query.group_by.size() > 2)
    return fail(ErrorCode::kInvalid, "At most two columns can be grouped by");
  if (query.bucket_minutes < 0 || query.top < 0 || (query.top > 0 && query.group_by.empty()) ||
      query.order || query.page) {
    return fail(ErrorCode::kInvalid, "The query makes no sense",
                "negative bucket, top without group, or an order of metric points");
  }
  std::unique_ptr<MetricAggregator> out(new MetricAggregator(query));
  for (const std::string& name : query.group_by) {
    auto column = column_of(name);
    if (!column) return fail(ErrorCode::kInvalid, "metric points have no column " + name);
    out->group_columns_.push_back(std::move(*column));
  }
  if (auto ok = out->compile_filter(); !ok) return fail(ok);
  if (auto ok = out->compile_measures(); !ok) return fail(ok);
  return out;
}

Result<void> MetricAggregator::compile_filter() {
  for (const Predicate& predicate : query_.filter.predicates) {
    auto column = column_of(predicate.column);
    if (!column || column->kind == ColumnKind::kTagKey)
      return fail(ErrorCode::kInvalid, "metric points have no column " + predicate.column);
    const bool has_operator = predicate.op == Op::kEqual || predicate.op == Op::kNotEqual ||
                              predicate.op == Op::kIn || predicate.op == Op::kPrefix ||
                              predicate.op == Op::kContains;
    Test test{std::move(*column), predicate.op, {}};
    for (const Value& value : predicate.values) {
      if (const auto* text = std::get_if<std::string>(&value)) test.texts.push_back(*text);
    }
    const bool has_texts = test.texts.size() == predicate.values.size() &&
                           (predicate.op == Op::kIn || test.texts.size() == 1);
    if (!has_operator || !has_texts)
      return fail(ErrorCode::kInvalid, "Cannot filter by " + predicate.column + " like that");
    tests_.push_back(std::move(test));
  }
  return {};
}

Result<void> MetricAggregator::compile_measures() {
  const auto& measures = query_.measures;
  for (const Measure& one : measures) {
    if (!is_header_measure(one.kind) && !is_value_measure(one.kind))
      return fail(ErrorCode::kInvalid, "metric points have no such measure", one.as);
    if (one.kind == MeasureKind::kRate) is_rate_ = true;
  }
  const bool fits_rate = std::ranges::all_of(measures, [](const Measure& one) {
    return one.kind == MeasureKind::kRate || one.kind == MeasureKind::kCount;
  });
  if (is_rate_ && !fits_rate)
    return fail(ErrorCode::kInvalid, "A rate cannot be asked for beside other measures");
  if (query_.top > 0 && std::ranges::find(measures, query_.top_by, &Measure::as) == measures.end())
    return fail(ErrorCode::kInvalid, "Cannot rank by " + query_.top_by);
  is_by_header_ =
      tests_.empty() && group_columns_.empty() && query_.bucket_minutes == 0 &&
      std::ranges::all_of(measures, [](const Measure& m) { return is_header_measure(m.kind); });
  return {};
}

TimeRange MetricAggregator::range() const {
  TimeRange range = query_.filter.range;
  if (is_rate_ && range.from_ns >= INT64_MIN + kLookBackNs) range.from_ns -= kLookBackNs;
  return range;
}

std::optional<std::string> MetricAggregator::only_name() const {
  for (const Test& test : tests_) {
    if (test.column.kind == ColumnKind::kName && test.op == Op::kEqual) return test.texts[0];
  }
  return std::nullopt;
}

// --- series ---

bool MetricAggregator::matches(const Test& test, std::optional<std::string_view> text) {
  if (!text) return test.op == Op::kNotEqual;
  switch (test.op) {
    case Op::kEqual:
      return *text == test.texts[0];
    case Op::kNotEqual:
      return *text != test.texts[0];
    case Op::kPrefix:
      return text->starts_with(test.texts[0]);
    case Op::kContains:
      return text::contains_ignore_case(*text, test.texts[0]);
    default:  // kIn: compile_filter() lets no other through
      return std::ranges::find(test.texts, *text) != test.texts.end();
  }
}

bool MetricAggregator::selects(const MetricSeries& series, std::size_t index) const {
  return std::ranges::all_of(tests_, [&](const Test& test) {
    const bool is_name = test.column.kind == ColumnKind::kName;
    return matches(test, is_name ? series.name(index) : tag_of(series, index, test.column.tag));
  });
}

std::vector<MetricAggregator::GroupText> MetricAggregator::texts_of(const MetricSeries& series,
                                                                    std::size_t index,
                                                                    const Column& column) {
  if (column.kind == ColumnKind::kName) return {{series.name_hash(index), series.name(index)}};
  std::vector<GroupText> out;
  for (const TagNumbers& tag : series.tags(index)) {
    if (column.kind == ColumnKind::kTagKey) {
      out.push_back({series.hash(tag.key), series.text(tag.key)});
    } else if (series.text(tag.key) == column.tag) {
      out = {{series.hash(tag.value), series.text(tag.value)}};
    }
  }
  return out;
}

std::vector<MetricAggregator::Place> MetricAggregator::places_of(const MetricSeries& series,
                                                                 std::size_t index) const {
  std::vector<Place> places(1);
  for (std::size_t c = 0; c < group_columns_.size(); ++c) {
    const std::vector<GroupText> texts = texts_of(series, index, group_columns_[c]);
    if (texts.empty()) continue;  // the group that has none
    std::vector<Place> each;
    for (const GroupText& text : texts) {
      for (Place place : places) {
        place.key.part(c) = text.hash;
        place.names[c] = std::string(text.text);
        each.push_back(std::move(place));
      }
    }
    places = std::move(each);
  }
  return places;
}

// --- points ---

Result<PointStats*> MetricAggregator::stats_of(const Place& place, std::int64_t bucket) {
  GroupKey key = place.key;
  key.bucket = bucket;
  const auto [group, is_new] = index_.insert(key);
  if (is_new) {
    if (index_.size() > kMaxGroups) return too_much();
    names_.push_back(place.names);
    stats_.emplace_back();
  }
  return &stats_[group];
}

void MetricAggregator::add_block(std::int64_t rows, std::int64_t min_time, std::int64_t max_time) {
  const auto stats = stats_of({}, 0);  // the only group
  PointStats block;
  block.count = static_cast<std::uint64_t>(rows);
  block.first_time = min_time;
  block.last_time = max_time;
  (*stats)->merge(block);
}

Result<void> MetricAggregator::add(const MetricSeries& series, MetricPoints& points) {
  const TimeRange& wanted = query_.filter.range;
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (!selects(series, i)) continue;
    if (is_rate_) {
      if (auto ok = add_pending(series, points, i); !ok) return ok;
      continue;
    }
    const auto times = points.times(i);
    const auto begin = std::ranges::lower_bound(times, wanted.from_ns) - times.begin();
    const auto end = std::ranges::upper_bound(times, wanted.to_ns) - times.begin();
    if (begin >= end) continue;
    const auto first = static_cast<std::size_t>(begin);
    const auto count = static_cast<std::size_t>(end - begin);
    const auto values = points.values(i);
    auto done =
        add_points(places_of(series, i), times.subspan(first, count), values.subspan(first, count));
    if (!done) return done;
  }
  return {};
}

Result<void> MetricAggregator::add_points(const std::vector<Place>& places,
                                          std::span<const std::int64_t> times,
                                          std::span<const double> values) {
  const std::int64_t bucket_ns = query_.bucket_minutes * kNsPerMinute;
  for (std::size_t at = 0; at < times.size();) {
    const std::int64_t bucket = bucket_ns > 0 ? time_bucket(times[at], bucket_ns) : 0;
    PointStats run;
    do {
      run.add(times[at], values[at]);
      ++at;
    } while (at < times.size() && (bucket_ns == 0 || time_bucket(times[at], bucket_ns) == bucket));
    for (const Place& place : places) {
      const auto stats = stats_of(place, bucket);
      if (!stats) return fail(stats);
      (*stats)->merge(run);
    }
  }
  return {};
}

// --- rates ---

Result<void> MetricAggregator::add_pending(const MetricSeries& series, MetricPoints& points,
                                           std::size_t index) {
  const TimeRange read = range();
  const auto times = points.times(index);
  const auto begin = std::ranges::lower_bound(times, read.from_ns) - times.begin();
  const auto end = std::ranges::upper_bound(times, read.to_ns) - times.begin();
  if (begin >= end) return {};
  const auto [known, is_new] = rates_.try_emplace(series.identity(index));
  Rate& rate = known->second;
  if (is_new) {
    if (rates_.size() > kMaxRateSeries) return too_much();
    rate.places = places_of(series, index);
  }
  const auto values = points.values(index);
  for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
    rate.pending.emplace_back(times[i], values[i]);
  pending_ += static_cast<std::size_t>(end - begin);
  if (pending_ > kMaxPendingPoints) return too_much();
  return {};
}

Result<void> MetricAggregator::settle(std::int64_t time_ns) {
  if (pending_ < kSettleFrom) return {};
  for (auto& [identity, rate] : rates_) {
    if (auto ok = settle(rate, time_ns); !ok) return ok;
  }
  return {};
}

Result<void> MetricAggregator::settle(Rate& rate, std::int64_t time_ns) {
  std::stable_sort(rate.pending.begin(), rate.pending.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  const std::int64_t bucket_ns = query_.bucket_minutes * kNsPerMinute;
  std::size_t settled = 0;
  for (const auto& [time, value] : rate.pending) {
    if (time >= time_ns) break;
    ++settled;
    const std::optional<double> before = std::exchange(rate.last, value);
    if (!before || time < query_.filter.range.from_ns) continue;
    const std::int64_t bucket = bucket_ns > 0 ? time_bucket(time, bucket_ns) : 0;
    for (const Place& place : rate.places) {
      const auto stats = stats_of(place, bucket);
      if (!stats) return fail(stats);
      (*stats)->add(time, std::max(value - *before, 0.0));
    }
  }
  rate.pending.erase(rate.pending.begin(),
                     rate.pending.begin() + static_cast<std::ptrdiff_t>(settled));
  pending_ -= settled;
  return {};
}

// --- the answer ---

Value MetricAggregator::measured(const Measure& measure, const PointStats& from) const {
  if (from.count == 0 && measure.kind != MeasureKind::kCount) return std::monostate{};
  switch (measure.kind) {
    case MeasureKind::kCount:
      return static_cast<std::int64_t>(from.count);
    case MeasureKind::kSum:
      return from.sum;
    case MeasureKind::kMin:
      return from.smallest;
    case MeasureKind::kMax:
      return from.largest;
    case MeasureKind::kMean:
      return from.sum / static_cast<double>(from.count);
    case MeasureKind::kLast:
      return from.last;
    case MeasureKind::kFirstSeen:
      return from.first_time;
    case MeasureKind::kLastSeen:
      return from.last_time;
    case MeasureKind::kRate: {
      const TimeRange& range = query_.filter.range;
      const double seconds =
          query_.bucket_minutes > 0
              ? query_.bucket_minutes * 60.0
              : (static_cast<double>(range.to_ns) - static_cast<double>(range.from_ns)) / 1e9;
      return seconds > 0 ? from.sum / seconds : 0.0;
    }
    default:  // compile_measures() lets no other through
      return std::monostate{};
  }
}

void MetricAggregator::keep_top() {
  // Rank the groups of the first column over the whole range.
  GroupIndex whole_index;
  std::vector<PointStats> whole;
  std::vector<std::uint32_t> whole_of;
  std::vector<Value> name;
  for (std::uint32_t group = 0; group < index_.size(); ++group) {
    const auto [to, is_new] = whole_index.insert({index_.key(group).first, 0, 0});
    if (is_new) {
      whole.emplace_back();
      name.push_back(names_[group][0]);
    }
    whole[to].merge(stats_[group]);
    whole_of.push_back(to);
  }
  const auto by = std::ranges::find(query_.measures, query_.top_by, &Measure::as);
  std::vector<std::uint32_t> order(whole.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
    const Value left = measured(*by, whole[a]);
    const Value right = measured(*by, whole[b]);
    return left != right ? left > right : name[a] < name[b];
  });
  std::vector<bool> is_kept(whole.size(), false);
  for (std::size_t i = 0; i < order.size() && i < static_cast<std::size_t>(query_.top); ++i)
    is_kept[order[i]] = true;

  // A kept group may be called like the others' common name and stays apart: theirs is a key that
  // no kept group has.
  std::uint64_t other = 1;
  for (bool is_free = false; !is_free; ++other) {
    is_free = true;
    for (std::uint32_t i = 0; i < whole.size(); ++i)
      is_free = is_free && !(is_kept[i] && whole_index.key(i).first == other);
    if (is_free) break;
  }
  GroupIndex merged_index;
  std::vector<GroupNames> merged_names;
  std::vector<PointStats> merged;
  for (std::uint32_t group = 0; group < index_.size(); ++group) {
    const bool stays = is_kept[whole_of[group]];
    if (!stays && query_.other_name.empty()) continue;
    GroupKey key = index_.key(group);
    if (!stays) key.first = other;
    const auto [to, is_new] = merged_index.insert(key);
    if (is_new) {
      merged_names.push_back(names_[group]);
      if (!stays) merged_names.back()[0] = query_.other_name;
      merged.emplace_back();
    }
    merged[to].merge(stats_[group]);
  }
  index_ = std::move(merged_index);
  names_ = std::move(merged_names);
  stats_ = std::move(merged);
}

Result<Table> MetricAggregator::finish() {
  for (auto& [identity, rate] : rates_) {
    if (auto ok = settle(rate, INT64_MAX); !ok) return fail(ok);
  }
  if (query_.top > 0) keep_top();
  std::vector<std::string> columns = query_.group_by;
  if (query_.bucket_minutes > 0) columns.emplace_back("bucket");
  for (const Measure& measure : query_.measures) columns.push_back(measure.as);
  const auto shared = std::make_shared<const std::vector<std::string>>(std::move(columns));

  std::vector<std::uint32_t> order(index_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(names_[a], index_.key(a).bucket) < std::tie(names_[b], index_.key(b).bucket);
  });
  // Like every engine's: one row over everything, also when there is nothing.
  if (order.empty() && group_columns_.empty() && query_.bucket_minutes == 0) {
    (void)stats_of({}, 0);
    order.push_back(0);
  }
  Table table;
  for (const std::uint32_t group : order) {
    std::vector<Value> values;
    values.reserve(group_columns_.size() + 1 + query_.measures.size());
    for (std::size_t c = 0; c < group_columns_.size(); ++c) values.push_back(names_[group][c]);
    if (query_.bucket_minutes > 0) values.emplace_back(index_.key(group).bucket);
    for (const Measure& measure : query_.measures)
      values.push_back(measured(measure, stats_[group]));
    table.rows.emplace_back(shared, std::move(values));
  }
  table.total = static_cast<std::int64_t>(table.rows.size());
  return table;
}

}  // namespace traceway::sqlite::blocks
