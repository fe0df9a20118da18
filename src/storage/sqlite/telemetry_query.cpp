#include "storage/sqlite/telemetry_query.h"

#include "storage/sqlite/blocks/aggregate.h"
#include "storage/sqlite/blocks/ids_part.h"
#include "storage/sqlite/blocks/scan.h"
#include "storage/sqlite/materialise.h"

#include <algorithm>
#include <queue>

namespace traceway::sqlite {

namespace {

using blocks::HotColumn;
using blocks::Part;

constexpr std::int64_t kDayNs = 24LL * 3600 * 1'000'000'000;

/// Calls visit(index, hot chunk) for every readable chunk of a block.
template <class Visit>
Result<void> each_chunk(BlockReader& reader, std::int64_t block, Visit&& visit) {
  thread_local std::string buffer;
  thread_local blocks::HotChunk hot;
  auto view = reader.part(block, Part::kHot, buffer);
  if (!view) return fail(view);
  if (!*view) return {};
  for (std::size_t i = 0; i < (*view)->chunks(); ++i) {
    if (!hot.read((*view)->chunk(i), blocks::block_family(reader.family()))) {
      reader.note_damage(block, Part::kHot);
      continue;
    }
    Result<void> done = visit(static_cast<std::uint32_t>(i), hot);
    if (!done) return done;
  }
  return {};
}

/// A row that may be on the page.
struct Candidate {
  std::int64_t key = 0;  // the order column, negated for descending order: smaller is better
  Uuid id;
  RowAddress at;

  friend bool operator<(const Candidate& a, const Candidate& b) {
    return std::tie(a.key, a.id, a.at.block, a.at.chunk, a.at.row) <
           std::tie(b.key, b.id, b.at.block, b.at.chunk, b.at.row);
  }
};

/// Keeps the best `reach` rows that were shown to it.
class BestRows {
 public:
  explicit BestRows(std::size_t reach) : reach_(reach) {}

  /// No row of this key or a worse one can be on the page any more.
  [[nodiscard]] bool is_hopeless(std::int64_t key) const {
    return reach_ == 0 || (heap_.size() == reach_ && key > heap_.top().key);
  }

  void add(const Candidate& candidate) {
    if (reach_ == 0) return;
    if (heap_.size() == reach_) {
      if (!(candidate < heap_.top())) return;
      heap_.pop();
    }
    heap_.push(candidate);
  }

  /// From `offset` on, best first.
  [[nodiscard]] std::vector<RowAddress> take(std::size_t offset) {
    std::vector<RowAddress> out;
    while (heap_.size() > offset) {
      out.push_back(heap_.top().at);
      heap_.pop();
    }
    std::ranges::reverse(out);
    return out;
  }

 private:
  std::size_t reach_;
  std::priority_queue<Candidate> heap_;  // the worst on top
};

/// Blocks whose rows are likelier on the page come first, so that the others can be skipped.
void order_blocks(std::vector<BlockHeader>& headers, HotColumn column, bool is_descending) {
  if (column == HotColumn::kDuration) {
    std::ranges::sort(headers, [&](const BlockHeader& a, const BlockHeader& b) {
      return is_descending ? a.max_duration > b.max_duration : a.min_duration < b.min_duration;
    });
  } else {
    std::ranges::sort(headers, [&](const BlockHeader& a, const BlockHeader& b) {
      return is_descending ? a.max_time > b.max_time : a.min_time < b.min_time;
    });
  }
}

std::int64_t sort_key(std::int64_t value, bool is_descending) {
  return is_descending ? ~value : value;
}

/// The best key a block can have; empty when its header does not say.
std::optional<std::int64_t> best_key(const BlockHeader& header, HotColumn column,
                                     bool is_descending) {
  if (column == HotColumn::kStart)
    return sort_key(is_descending ? header.max_time : header.min_time, is_descending);
  if (column == HotColumn::kDuration)
    return sort_key(is_descending ? header.max_duration : header.min_duration, is_descending);
  return std::nullopt;
}

struct ListPlan {
  HotColumn column = HotColumn::kStart;
  bool is_descending = true;
  TimeRange range;
};

/// Adds what one chunk selects; returns how many rows matched.
std::size_t add_candidates(blocks::ChunkRows& rows, blocks::Selector& selector,
                           const ListPlan& plan, RowAddress at, BestRows& best) {
  const auto positions = selector.select(rows);
  if (positions.empty()) return 0;
  const auto values = rows.values(plan.column);
  for (const std::uint32_t position : positions) {
    const std::int64_t key = sort_key(values[position], plan.is_descending);
    if (best.is_hopeless(key)) continue;
    at.row = rows.row(position);
    Candidate candidate{key, {}, at};
    if (rows.has_entities()) {
      candidate.at.entity = rows.entity(position);
      candidate.id = rows.chunk().entity_id(candidate.at.entity);
    }
    best.add(candidate);
  }
  return positions.size();
}

}  // namespace

Result<Reach> reach_of(const Page& page) {
  const std::int64_t offset = std::max<std::int64_t>(page.offset, 0);
  const std::int64_t limit = std::max<std::int64_t>(page.limit, 0);
  if (offset > kMaxListReach || limit > kMaxListReach - offset)
    return fail(ErrorCode::kInvalid, "This page is too far down the list. Choose a shorter range.");
  return Reach{static_cast<std::size_t>(offset), static_cast<std::size_t>(offset + limit)};
}

TimeRange range_of(const Key& key) {
  if (!key.recorded_at_ns) return {};
  const std::int64_t at = *key.recorded_at_ns;
  return {at < INT64_MIN + kDayNs ? INT64_MIN : at - kDayNs,
          at > INT64_MAX - kDayNs ? INT64_MAX : at + kDayNs};
}

Result<Table> aggregate_blocks(BlockReader& reader, const AggregateQuery& query) {
  auto aggregator = blocks::Aggregator::compile(query);
  if (!aggregator) return fail(aggregator);
  const TimeRange& range = query.filter.range;
  if (range.from_ns <= range.to_ns) {
    const auto headers = reader.headers(query.filter.project, range);
    if (!headers) return fail(headers);
    for (const BlockHeader& header : *headers) {
      auto done = each_chunk(reader, header.block, [&](std::uint32_t, const blocks::HotChunk& hot) {
        return (*aggregator)->add(hot);
      });
      if (!done) return fail(done);
    }
  }
  return (*aggregator)->finish();
}

Result<Table> list_blocks(BlockReader& reader, const ListQuery& query) {
  const auto column = blocks::hot_column(query.family, query.order.column);
  if (!column) return fail(column);
  if (blocks::is_text(*column))
    return fail(ErrorCode::kInvalid, "Cannot order by " + query.order.column);
  auto selector = blocks::Selector::compile(query.family, query.filter);
  if (!selector) return fail(selector);
  const auto reach = reach_of(query.page);
  if (!reach) return fail(reach);

  const ListPlan plan{*column, query.order.is_descending, query.filter.range};
  Table table;
  if (plan.range.from_ns > plan.range.to_ns) return table;
  auto headers = reader.headers(query.filter.project, plan.range);
  if (!headers) return fail(headers);
  order_blocks(*headers, plan.column, plan.is_descending);
  BestRows best(reach->end);
  blocks::ChunkRows rows(query.family);
  for (const BlockHeader& header : *headers) {
    const auto key = best_key(header, plan.column, plan.is_descending);
    if (key && best.is_hopeless(*key) && header.lies_in(plan.range) &&
        !selector->has_predicates()) {
      table.total += header.count_of(query.family);
      continue;
    }
    auto done = each_chunk(reader, header.block,
                           [&](std::uint32_t chunk, const blocks::HotChunk& hot) -> Result<void> {
                             rows.load(hot);
                             table.total += static_cast<std::int64_t>(add_candidates(
                                 rows, *selector, plan, {header.block, chunk, 0, 0}, best));
                             return {};
                           });
    if (!done) return fail(done);
  }
  const std::vector<RowAddress> page = best.take(reach->offset);
  auto found = materialise(reader, page);
  if (!found) return fail(found);
  table.rows = std::move(*found);
  return table;
}

// --- lookups ---

namespace {

struct Found {
  std::int64_t start = 0;
  RowAddress at;
};

/// Shows every row of the trace in one block to `add`.
template <class Add>
Result<void> each_row_of_trace(BlockReader& reader, std::int64_t block, const Uuid& trace,
                               Add&& add) {
  std::string buffer;
  auto view = reader.part(block, Part::kIds, buffer);
  if (!view) return fail(view);
  if (!*view) return {};
  blocks::ChunkIds ids;
  return each_chunk(
      reader, block, [&](std::uint32_t chunk, const blocks::HotChunk& hot) -> Result<void> {
        if (chunk >= (*view)->chunks() || !ids.read((*view)->chunk(chunk), hot.rows)) {
          reader.note_damage(block, Part::kIds);
          return {};
        }
        const auto known = std::ranges::find(ids.traces, trace);
        if (known == ids.traces.end()) return {};
        const auto wanted = static_cast<std::uint32_t>(known - ids.traces.begin());
        for (std::uint32_t row = 0; row < hot.rows; ++row) {
          if (ids.trace[row] == wanted) add(hot, RowAddress{block, chunk, row, 0});
        }
        return {};
      });
}

bool is_earlier(const Found& a, const Found& b) {
  return std::tie(a.start, a.at.block, a.at.chunk, a.at.row) <
         std::tie(b.start, b.at.block, b.at.chunk, b.at.row);
}

/// The entity of exactly that id in one block.
Result<std::optional<RowAddress>> entity_in_block(BlockReader& reader, std::int64_t block,
                                                  EntityKind kind, const Uuid& id) {
  std::optional<RowAddress> found;
  auto done = each_chunk(
      reader, block, [&](std::uint32_t chunk, const blocks::HotChunk& hot) -> Result<void> {
        for (std::uint32_t i = 0; !found && i < hot.entities; ++i) {
          if (hot.entity_id(i) == id && hot.kind_of(i) == kind)
            found = RowAddress{block, chunk,
                               static_cast<std::uint32_t>(hot.at(HotColumn::kEntityRow, i)), i};
        }
        return {};
      });
  if (!done) return fail(done);
  return found;
}

/// The entity of that kind whose span is that row.
std::optional<std::uint32_t> entity_of_row(const blocks::HotChunk& hot, EntityKind kind,
                                           std::uint32_t row) {
  for (std::uint32_t i = 0; i < hot.entities; ++i) {
    if (hot.at(HotColumn::kEntityRow, i) == row && hot.kind_of(i) == kind) return i;
  }
  return std::nullopt;
}

}  // namespace

Result<Rows> lookup_entity(BlockReader& reader, const Key& key) {
  const EntityKind kind =
      reader.family() == Family::kEndpoints ? EntityKind::kEndpoint : EntityKind::kTask;
  const auto candidates = reader.blocks_with(key.project, range_of(key), key.id);
  if (!candidates) return fail(candidates);
  for (const std::int64_t block : *candidates) {
    auto found = entity_in_block(reader, block, kind, key.id);
    if (!found) return fail(found);
    if (*found) return materialise(reader, std::span(&**found, 1));
  }
  std::optional<Found> first;
  for (const std::int64_t block : *candidates) {
    auto done =
        each_row_of_trace(reader, block, key.id, [&](const blocks::HotChunk& hot, RowAddress at) {
          const auto entity = entity_of_row(hot, kind, at.row);
          if (!entity) return;
          at.entity = *entity;
          const Found found{hot.at(HotColumn::kStart, at.row), at};
          if (!first || is_earlier(found, *first)) first = found;
        });
    if (!done) return fail(done);
  }
  if (!first) return Rows{};
  return materialise(reader, std::span(&first->at, 1));
}

Result<Rows> lookup_trace(BlockReader& reader, const Key& key) {
  const auto candidates = reader.blocks_with(key.project, range_of(key), key.id);
  if (!candidates) return fail(candidates);
  std::vector<Found> found;
  for (const std::int64_t block : *candidates) {
    auto done =
        each_row_of_trace(reader, block, key.id, [&](const blocks::HotChunk& hot, RowAddress at) {
          found.push_back({hot.at(HotColumn::kStart, at.row), at});
        });
    if (!done) return fail(done);
  }
  std::ranges::sort(found, is_earlier);
  found.resize(std::min(found.size(), kMaxTraceSpans));
  std::vector<RowAddress> addresses;
  addresses.reserve(found.size());
  for (const Found& one : found) addresses.push_back(one.at);
  return materialise(reader, addresses);
}

}  // namespace traceway::sqlite
