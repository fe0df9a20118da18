#include "storage/sqlite/blocks/aggregate.h"

#include <algorithm>
#include <limits>

namespace traceway::sqlite::blocks {

namespace {

bool needs_column(MeasureKind kind) {
  return kind == MeasureKind::kSum || kind == MeasureKind::kMin || kind == MeasureKind::kMax ||
         kind == MeasureKind::kMean || kind == MeasureKind::kQuantile;
}

std::int64_t saturated(__int128 value) {
  constexpr __int128 kMost = std::numeric_limits<std::int64_t>::max();
  constexpr __int128 kLeast = std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(std::clamp(value, kLeast, kMost));
}

}  // namespace

std::int64_t time_bucket(std::int64_t time_ns, std::int64_t bucket_ns) {
  const std::int64_t rest = time_ns % bucket_ns;
  const std::int64_t down = rest < 0 ? rest + bucket_ns : rest;
  // Below the smallest multiple that fits there is no start to give.
  return time_ns < std::numeric_limits<std::int64_t>::min() + down ? time_ns : time_ns - down;
}

tl::unexpected<Error> too_much() {
  return fail(ErrorCode::kInvalid,
              "Too many different values in this range. Choose a shorter range or a filter.");
}

void Accumulator::merge(const Accumulator& other) {
  count += other.count;
  sum += other.sum;
  smallest = std::min(smallest, other.smallest);
  largest = std::max(largest, other.largest);
}

std::uint64_t GroupKey::hash() const {
  constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15ULL;
  std::uint64_t mixed = first * kMix;
  mixed = (mixed ^ (mixed >> 32U) ^ second) * kMix;
  mixed = (mixed ^ (mixed >> 32U) ^ static_cast<std::uint64_t>(bucket)) * kMix;
  return mixed ^ (mixed >> 32U);
}

std::pair<std::uint32_t, bool> GroupIndex::insert(const GroupKey& key) {
  if ((keys_.size() + 1) * 2 > slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = key.hash() & mask;
  while (slots_[slot] != 0) {
    if (keys_[slots_[slot] - 1] == key) return {slots_[slot] - 1, false};
    slot = (slot + 1) & mask;
  }
  keys_.push_back(key);
  slots_[slot] = static_cast<std::uint32_t>(keys_.size());
  return {slots_[slot] - 1, true};
}

void GroupIndex::grow() {
  slots_.assign(std::max<std::size_t>(64, slots_.size() * 4), 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    std::size_t slot = keys_[i].hash() & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = static_cast<std::uint32_t>(i + 1);
  }
}

std::pair<std::uint32_t, bool> GroupTable::insert(const GroupKey& key) {
  const auto [group, is_new] = index.insert(key);
  if (is_new) {
    names.emplace_back();
    accumulators.resize(accumulators.size() + measures_per_group);
    samples.resize(samples.size() + samples_per_group);
  }
  return {group, is_new};
}

void GroupTable::merge(std::uint32_t group, const GroupTable& from, std::uint32_t from_group) {
  for (std::size_t i = 0; i < measures_per_group; ++i)
    accumulators[group * measures_per_group + i].merge(
        from.accumulators[from_group * measures_per_group + i]);
  for (std::size_t i = 0; i < samples_per_group; ++i)
    samples[group * samples_per_group + i].merge(from.samples[from_group * samples_per_group + i]);
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
    if (asked.kind == MeasureKind::kLast || asked.kind == MeasureKind::kRate)
      return fail(ErrorCode::kInvalid, "Only metric points have a last value and a rate");
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
  groups_ = GroupTable(measures_.size(), sample_columns_.size());
  return {};
}

Result<void> Aggregator::add(const HotChunk& chunk, RowFilter* more) {
  rows_.load(chunk);
  auto positions = selector_.select(rows_);
  if (more != nullptr && !positions.empty()) {
    const auto kept = more->keep(positions);
    if (!kept) return fail(kept);
    positions = *kept;
  }
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
      local.part(c) = static_cast<std::uint64_t>(parts[c][position]);
    if (bucket_ns > 0) local.bucket = time_bucket(start[position], bucket_ns);
    Seen& seen = memo_[local.hash() % kMemo];
    if (seen.chunk != chunk_ || seen.local != local) {
      GroupKey key = local;
      for (std::size_t c = 0; c < group_columns_.size(); ++c) {
        if (are_texts[c]) key.part(c) = texts.hash(parts[c][position]);
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
  const auto [group, is_new] = groups_.insert(key);
  if (!is_new) return group;
  if (groups_.size() > kMaxGroups) return too_much();
  GroupNames& names = groups_.names[group];
  for (std::size_t c = 0; c < group_columns_.size(); ++c) {
    const std::int64_t value = rows_.values(group_columns_[c])[position];
    if (is_text(group_columns_[c])) {
      names[c] = std::string(rows_.chunk().texts.text(value));
    } else {
      names[c] = value;
    }
  }
  return group;
}

void Aggregator::measure(std::size_t index, std::span<const std::uint32_t> positions) {
  CompiledMeasure& measure = measures_[index];
  Accumulator* const accumulators = groups_.accumulators.data() + index;
  const auto each = [&](auto&& add) {
    for (std::size_t i = 0; i < positions.size(); ++i)
      add(accumulators[group_at_[i] * measures_.size()], positions[i]);
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
    case MeasureKind::kLast:
    case MeasureKind::kRate:
      return;
  }
}

Result<void> Aggregator::sample(std::span<const std::uint32_t> positions) {
  for (std::size_t c = 0; c < sample_columns_.size(); ++c) {
    const auto values = rows_.values(sample_columns_[c]);
    for (std::size_t i = 0; i < positions.size(); ++i)
      groups_.samples[group_at_[i] * sample_columns_.size() + c].add(values[positions[i]]);
  }
  sampled_ += positions.size() * sample_columns_.size();
  if (!is_exact_ || sampled_ > kMaxExactSamples) return shrink_samples();
  return {};
}

Result<void> Aggregator::shrink_samples() {
  // Groups that appear later start exact again; their rows are few until the next look at them.
  is_exact_ = false;
  std::size_t bytes = 0;
  for (Sample& one : groups_.samples) {
    one.to_histogram();
    bytes += one.bytes();
  }
  if (bytes > kMaxHistogramBytes) return too_much();
  return {};
}

// --- the answer ---

Value Aggregator::measured(const CompiledMeasure& measure, const Accumulator& from,
                           std::span<Sample> samples) {
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
    case MeasureKind::kLast:  // of metric points only: compile_measures() has refused them
    case MeasureKind::kRate:
      break;
  }
  return std::monostate{};
}

std::vector<std::uint64_t> Aggregator::ranked_names() const {
  GroupTable whole(groups_.measures_per_group, groups_.samples_per_group);
  for (std::uint32_t group = 0; group < groups_.size(); ++group) {
    const auto [to, is_new] = whole.insert({groups_.index.key(group).first, 0, 0});
    if (is_new) whole.names[to] = groups_.names[group];
    whole.merge(to, groups_, group);
  }
  const auto by = static_cast<std::size_t>(
      std::ranges::find(query_.measures, query_.top_by, &Measure::as) - query_.measures.begin());

  struct Ranked {
    Value value;
    std::uint32_t group;
  };

  std::vector<Ranked> ranked;
  for (std::uint32_t group = 0; group < whole.size(); ++group) {
    const std::span samples(whole.samples.data() + group * whole.samples_per_group,
                            whole.samples_per_group);
    const Accumulator& from = whole.accumulators[group * whole.measures_per_group + by];
    ranked.push_back({measured(measures_[by], from, samples), group});
  }
  const auto count = std::min(static_cast<std::size_t>(query_.top), ranked.size());
  std::ranges::partial_sort(ranked, ranked.begin() + static_cast<std::ptrdiff_t>(count),
                            [&](const Ranked& a, const Ranked& b) {
                              if (a.value != b.value) return a.value > b.value;
                              return whole.names[a.group][0] < whole.names[b.group][0];
                            });
  std::vector<std::uint64_t> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) out.push_back(whole.index.key(ranked[i].group).first);
  return out;
}

void Aggregator::keep_top() {
  const std::vector<std::uint64_t> kept = ranked_names();
  // A kept group may be called like the others' common name and stays apart: theirs is a key that
  // no kept group has.
  std::uint64_t other = 0;
  while (std::ranges::find(kept, other) != kept.end()) ++other;
  GroupTable merged(groups_.measures_per_group, groups_.samples_per_group);
  for (std::uint32_t group = 0; group < groups_.size(); ++group) {
    GroupKey key = groups_.index.key(group);
    const bool is_kept = std::ranges::find(kept, key.first) != kept.end();
    if (!is_kept) key.first = other;
    const auto [to, is_new] = merged.insert(key);
    if (is_new) {
      merged.names[to] = std::move(groups_.names[group]);
      if (!is_kept) merged.names[to][0] = query_.other_name;
    }
    merged.merge(to, groups_, group);
  }
  groups_ = std::move(merged);
}

Columns Aggregator::columns() const {
  std::vector<std::string> names = query_.group_by;
  if (query_.bucket_minutes > 0) names.emplace_back("bucket");
  for (const Measure& measure : query_.measures) names.push_back(measure.as);
  return std::make_shared<const std::vector<std::string>>(std::move(names));
}

std::vector<Value> Aggregator::row_of(std::uint32_t group) {
  std::vector<Value> values;
  values.reserve(group_columns_.size() + measures_.size() + 1);
  for (std::size_t c = 0; c < group_columns_.size(); ++c)
    values.push_back(std::move(groups_.names[group][c]));
  if (query_.bucket_minutes > 0) values.emplace_back(groups_.index.key(group).bucket);
  const std::span samples(groups_.samples.data() + group * groups_.samples_per_group,
                          groups_.samples_per_group);
  for (std::size_t i = 0; i < measures_.size(); ++i) {
    const Accumulator& from = groups_.accumulators[group * groups_.measures_per_group + i];
    values.push_back(measured(measures_[i], from, samples));
  }
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
  if (group_columns_.empty() && query_.bucket_minutes == 0 && groups_.size() == 0)
    groups_.insert({});
  std::vector<std::vector<Value>> rows;
  rows.reserve(groups_.size());
  for (std::uint32_t group = 0; group < groups_.size(); ++group) rows.push_back(row_of(group));
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
