#include "storage/sqlite/blocks/aggregate.h"

#include <algorithm>
#include <limits>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::int64_t kNsPerMinute = 60'000'000'000;

/// bucket(t) of dashboard-api 1.7, in ns; times before 1970 round down too.
std::int64_t bucket_of(std::int64_t time_ns, std::int64_t bucket_ns) {
  const std::int64_t rest = time_ns % bucket_ns;
  const std::int64_t down = rest < 0 ? rest + bucket_ns : rest;
  // Below the smallest multiple that fits there is no start to give.
  return time_ns < std::numeric_limits<std::int64_t>::min() + down ? time_ns : time_ns - down;
}

bool needs_column(MeasureKind kind) {
  return kind == MeasureKind::kSum || kind == MeasureKind::kMin || kind == MeasureKind::kMax ||
         kind == MeasureKind::kMean || kind == MeasureKind::kQuantile;
}

std::int64_t saturated(__int128 value) {
  constexpr __int128 kMost = std::numeric_limits<std::int64_t>::max();
  constexpr __int128 kLeast = std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(std::clamp(value, kLeast, kMost));
}

tl::unexpected<Error> too_much() {
  return fail(ErrorCode::kInvalid,
              "Too many different values in this range. Choose a shorter range or a filter.");
}

}  // namespace

void Accumulator::merge(const Accumulator& other) {
  count += other.count;
  sum += other.sum;
  smallest = std::min(smallest, other.smallest);
  largest = std::max(largest, other.largest);
}

std::size_t GroupKeyHash::operator()(const GroupKey& key) const noexcept {
  constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15ULL;
  std::uint64_t hash = key.parts[0] * kMix;
  hash = (hash ^ (hash >> 32U) ^ key.parts[1]) * kMix;
  hash = (hash ^ (hash >> 32U) ^ static_cast<std::uint64_t>(key.bucket)) * kMix;
  return static_cast<std::size_t>(hash ^ (hash >> 32U));
}

void Group::merge(const Group& other) {
  for (std::size_t i = 0; i < accumulators.size(); ++i)
    accumulators[i].merge(other.accumulators[i]);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i].merge(other.samples[i]);
}

Result<std::unique_ptr<Aggregator>> Aggregator::compile(const AggregateQuery& query) {
  if (query.group_by.size() > 2)
    return fail(ErrorCode::kInvalid, "At most two columns can be grouped by");
  if (query.bucket_minutes < 0 || query.top < 0 || (query.top > 0 && query.group_by.empty()))
    return fail(ErrorCode::kInvalid, "The query makes no sense",
                "negative bucket, or top without group");
  auto selector = Selector::compile(query.family, query.filter);
  if (!selector) return fail(selector);
  std::unique_ptr<Aggregator> out(new Aggregator(query, std::move(*selector)));
  for (const std::string& name : query.group_by) {
    const auto column = hot_column(query.family, name);
    if (!column) return fail(column);
    out->group_columns_.push_back(*column);
  }
  if (auto ok = out->compile_measures(); !ok) return fail(ok);
  return out;
}

Result<void> Aggregator::compile_measures() {
  for (const Measure& asked : query_.measures) {
    CompiledMeasure measure{asked.kind, {}, 0, asked.p, {}};
    if (needs_column(asked.kind)) {
      const auto column = hot_column(query_.family, asked.column);
      if (!column) return fail(column);
      if (is_text(*column))
        return fail(ErrorCode::kInvalid, "Cannot calculate with " + asked.column);
      measure.column = *column;
    }
    if (asked.kind == MeasureKind::kQuantile) {
      const auto known = std::ranges::find(sample_columns_, *measure.column);
      measure.sample = static_cast<std::size_t>(known - sample_columns_.begin());
      if (known == sample_columns_.end()) sample_columns_.push_back(*measure.column);
    }
    if (asked.kind == MeasureKind::kCountWhere) {
      auto where = Matcher::compile(query_.family, asked.where);
      if (!where) return fail(where);
      measure.where = std::move(*where);
    }
    measures_.push_back(std::move(measure));
  }
  const auto is_measure = [&](const std::string& name) {
    return std::ranges::find(query_.measures, name, &Measure::as) != query_.measures.end();
  };
  if (query_.top > 0 && !is_measure(query_.top_by))
    return fail(ErrorCode::kInvalid, "Cannot rank by " + query_.top_by);
  return {};
}

Result<void> Aggregator::add(const HotChunk& chunk) {
  rows_.load(chunk);
  const auto positions = selector_.select(rows_);
  if (positions.empty()) return {};
  if (auto ok = assign_groups(positions); !ok) return ok;
  for (std::size_t i = 0; i < measures_.size(); ++i) measure(i, positions);
  return sample(positions);
}

Result<void> Aggregator::assign_groups(std::span<const std::uint32_t> positions) {
  group_at_.resize(positions.size());
  std::array<std::span<const std::int64_t>, 2> parts;
  std::array<bool, 2> are_texts{};
  for (std::size_t i = 0; i < group_columns_.size(); ++i) {
    parts[i] = rows_.values(group_columns_[i]);
    are_texts[i] = is_text(group_columns_[i]);
  }
  const std::int64_t bucket_ns = query_.bucket_minutes * kNsPerMinute;
  const auto start =
      bucket_ns > 0 ? rows_.values(HotColumn::kStart) : std::span<const std::int64_t>();

  // Nearly every row falls into a group that was seen a moment ago; a small direct-mapped memo over
  // the chunk's own numbers spares it the hash of the text and the global map.
  ++chunk_;
  const Dictionary& texts = rows_.chunk().texts;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const std::uint32_t position = positions[i];
    GroupKey local;
    for (std::size_t c = 0; c < group_columns_.size(); ++c)
      local.parts[c] = static_cast<std::uint64_t>(parts[c][position]);
    if (bucket_ns > 0) local.bucket = bucket_of(start[position], bucket_ns);
    Seen& seen = memo_[GroupKeyHash{}(local) % kMemo];
    if (seen.chunk != chunk_ || seen.local != local) {
      GroupKey key = local;
      for (std::size_t c = 0; c < group_columns_.size(); ++c) {
        if (are_texts[c]) key.parts[c] = texts.hash(parts[c][position]);
      }
      const auto group = group_of(key, position);
      if (!group) return fail(group);
      seen = {local, *group, chunk_};
    }
    group_at_[i] = seen.group;
  }
  return {};
}

Result<std::uint32_t> Aggregator::group_of(const GroupKey& key, std::size_t position) {
  const auto [found, is_new] = by_key_.try_emplace(key, static_cast<std::uint32_t>(groups_.size()));
  if (!is_new) return found->second;
  if (groups_.size() >= kMaxGroups) return too_much();
  Group group;
  group.key = key;
  for (std::size_t c = 0; c < group_columns_.size(); ++c) {
    const std::int64_t value = rows_.values(group_columns_[c])[position];
    if (is_text(group_columns_[c])) {
      group.names[c] = std::string(rows_.chunk().texts.text(value));
    } else {
      group.names[c] = value;
    }
  }
  group.accumulators.resize(measures_.size());
  group.samples.resize(sample_columns_.size());
  groups_.push_back(std::move(group));
  return found->second;
}

void Aggregator::measure(std::size_t index, std::span<const std::uint32_t> positions) {
  CompiledMeasure& measure = measures_[index];
  const auto each = [&](auto&& add) {
    for (std::size_t i = 0; i < positions.size(); ++i)
      add(groups_[group_at_[i]].accumulators[index], positions[i]);
  };
  switch (measure.kind) {
    case MeasureKind::kCount:
      return each([](Accumulator& to, std::uint32_t) { ++to.count; });
    case MeasureKind::kSum:
    case MeasureKind::kMean: {
      const auto values = rows_.values(*measure.column);
      return each([&](Accumulator& to, std::uint32_t at) {
        ++to.count;
        to.sum += values[at];
      });
    }
    case MeasureKind::kMin:
    case MeasureKind::kMax:
    case MeasureKind::kFirstSeen:
    case MeasureKind::kLastSeen: {
      const auto values = rows_.values(measure.column.value_or(HotColumn::kStart));
      return each([&](Accumulator& to, std::uint32_t at) {
        ++to.count;
        to.smallest = std::min(to.smallest, values[at]);
        to.largest = std::max(to.largest, values[at]);
      });
    }
    case MeasureKind::kCountWhere: {
      mask_.assign(rows_.size(), 1);
      measure.where->apply(rows_, mask_);
      return each([&](Accumulator& to, std::uint32_t at) { to.count += mask_[at]; });
    }
    case MeasureKind::kQuantile:
      return;
  }
}

Result<void> Aggregator::sample(std::span<const std::uint32_t> positions) {
  for (std::size_t c = 0; c < sample_columns_.size(); ++c) {
    const auto values = rows_.values(sample_columns_[c]);
    for (std::size_t i = 0; i < positions.size(); ++i)
      groups_[group_at_[i]].samples[c].add(values[positions[i]]);
  }
  sampled_ += positions.size() * sample_columns_.size();
  if (!is_exact_ || sampled_ > kMaxExactSamples) return shrink_samples();
  return {};
}

Result<void> Aggregator::shrink_samples() {
  // Groups that appear later start exact again; their rows are few until the next look at them.
  is_exact_ = false;
  std::size_t bytes = 0;
  for (Group& group : groups_) {
    for (Sample& one : group.samples) {
      one.to_histogram();
      bytes += one.bytes();
    }
  }
  if (bytes > kMaxHistogramBytes) return too_much();
  return {};
}

// --- the answer ---

Value Aggregator::measured(const Group& group, std::size_t index,
                           std::vector<Sample>& samples) const {
  const CompiledMeasure& measure = measures_[index];
  const Accumulator& from = group.accumulators[index];
  const bool is_empty = from.count == 0;
  switch (measure.kind) {
    case MeasureKind::kCount:
    case MeasureKind::kCountWhere:
      return static_cast<std::int64_t>(from.count);
    case MeasureKind::kSum:
      return saturated(from.sum);
    case MeasureKind::kMean:
      if (is_empty) return 0.0;
      return static_cast<double>(from.sum) / static_cast<double>(from.count);
    case MeasureKind::kMin:
    case MeasureKind::kFirstSeen:
      if (is_empty) return std::monostate{};
      return from.smallest;
    case MeasureKind::kMax:
    case MeasureKind::kLastSeen:
      if (is_empty) return std::monostate{};
      return from.largest;
    case MeasureKind::kQuantile:
      return samples[measure.sample].quantile(measure.p);
  }
  return std::monostate{};
}

std::vector<std::uint64_t> Aggregator::ranked_names() const {
  const auto by = static_cast<std::size_t>(
      std::ranges::find(query_.measures, query_.top_by, &Measure::as) - query_.measures.begin());

  std::unordered_map<std::uint64_t, std::vector<const Group*>> by_name;
  for (const Group& group : groups_) by_name[group.key.parts[0]].push_back(&group);

  struct Ranked {
    std::uint64_t part;
    Value name;
    Value value;
  };

  std::vector<Ranked> ranked;
  for (const auto& [part, members] : by_name) {
    Group whole = *members.front();
    for (std::size_t i = 1; i < members.size(); ++i) whole.merge(*members[i]);
    ranked.push_back({part, whole.names[0], measured(whole, by, whole.samples)});
  }
  const auto count = std::min(static_cast<std::size_t>(query_.top), ranked.size());
  std::ranges::partial_sort(ranked, ranked.begin() + static_cast<std::ptrdiff_t>(count),
                            [](const Ranked& a, const Ranked& b) {
                              return a.value != b.value ? a.value > b.value : a.name < b.name;
                            });
  std::vector<std::uint64_t> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(ranked[i].part);
  return out;
}

void Aggregator::keep_top() {
  const std::vector<std::uint64_t> kept = ranked_names();
  std::vector<Group> out;
  std::unordered_map<GroupKey, std::size_t, GroupKeyHash> others;  // by what is left of the key
  for (Group& group : groups_) {
    if (std::ranges::find(kept, group.key.parts[0]) != kept.end()) {
      out.push_back(std::move(group));
      continue;
    }
    group.key.parts[0] = 0;
    const auto [found, is_new] = others.try_emplace(group.key, out.size());
    if (is_new) {
      group.names[0] = query_.other_name;
      out.push_back(std::move(group));
    } else {
      out[found->second].merge(group);
      group = {};  // its sample lives on in the merged one
    }
  }
  groups_ = std::move(out);
}

Columns Aggregator::columns() const {
  std::vector<std::string> names = query_.group_by;
  if (query_.bucket_minutes > 0) names.emplace_back("bucket");
  for (const Measure& measure : query_.measures) names.push_back(measure.as);
  return std::make_shared<const std::vector<std::string>>(std::move(names));
}

std::vector<Value> Aggregator::row_of(Group& group) const {
  std::vector<Value> values;
  for (std::size_t c = 0; c < group_columns_.size(); ++c)
    values.push_back(std::move(group.names[c]));
  if (query_.bucket_minutes > 0) values.emplace_back(group.key.bucket);
  for (std::size_t i = 0; i < measures_.size(); ++i)
    values.push_back(measured(group, i, group.samples));
  return values;
}

Result<void> Aggregator::sort(std::vector<std::vector<Value>>& rows) const {
  const Columns names = columns();
  const std::size_t keys = group_columns_.size() + (query_.bucket_minutes > 0 ? 1 : 0);
  std::optional<std::size_t> by;
  if (query_.order) {
    const auto found = std::ranges::find(*names, query_.order->column);
    if (found == names->end())
      return fail(ErrorCode::kInvalid, "Cannot order by " + query_.order->column);
    by = static_cast<std::size_t>(found - names->begin());
  }
  std::ranges::sort(rows, [&](const std::vector<Value>& a, const std::vector<Value>& b) {
    if (by && a[*by] != b[*by])
      return query_.order->is_descending ? a[*by] > b[*by] : a[*by] < b[*by];
    return std::lexicographical_compare(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(keys),
                                        b.begin(), b.begin() + static_cast<std::ptrdiff_t>(keys));
  });
  return {};
}

Result<Table> Aggregator::finish() {
  if (query_.top > 0) keep_top();
  if (group_columns_.empty() && query_.bucket_minutes == 0 && groups_.empty()) {
    Group& whole = groups_.emplace_back();
    whole.accumulators.resize(measures_.size());
    whole.samples.resize(sample_columns_.size());
  }
  std::vector<std::vector<Value>> rows;
  rows.reserve(groups_.size());
  for (Group& group : groups_) {
    rows.push_back(row_of(group));
    group = {};
  }
  if (auto ok = sort(rows); !ok) return fail(ok);
  Table table;
  table.total = static_cast<std::int64_t>(rows.size());
  const Columns names = columns();
  std::int64_t first = 0;
  std::int64_t end = table.total;
  if (query_.page) {
    first = std::clamp<std::int64_t>(query_.page->offset, 0, end);
    end = first + std::clamp<std::int64_t>(query_.page->limit, 0, end - first);
  }
  for (std::int64_t i = first; i < end; ++i)
    table.rows.emplace_back(names, std::move(rows[static_cast<std::size_t>(i)]));
  return table;
}

}  // namespace traceway::sqlite::blocks
