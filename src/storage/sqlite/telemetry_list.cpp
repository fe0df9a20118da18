#include "base/log.h"
#include "storage/query.h"
#include "storage/sqlite/telemetry_reader.h"
#include "storage/sqlite/telemetry_rows.h"

#include <algorithm>
#include <mutex>
#include <unordered_set>

namespace traceway::sqlite {

namespace {

using blocks::ColdChunk;
using blocks::HotChunk;

constexpr std::int64_t kHintNs = 24LL * 3600 * 1'000'000'000;

/// A page that starts further in would have to hold as many places.
constexpr std::int64_t kMaxOffset = 1'000'000;

/// A matching span and what it is ordered by.
struct Match {
  std::int64_t by = 0;
  SpanPlace place;
};

Statement& bound(Statement& statement, const Uuid& project, const TimeRange& range) {
  return statement.bind_blob(0, project.view()).bind(1, range.from_ns).bind(2, range.to_ns);
}

/// Reads stored spans by place, one block and one chunk at a time.
class SpanFetcher {
 public:
  explicit SpanFetcher(Connection& connection) : connection_(connection) {}

  /// Makes hot() and cold() speak of this chunk. False when the block cannot be read: reported,
  /// skipped.
  Result<bool> move_to(std::int64_t block, std::uint32_t chunk) {
    if (is_there_ && block == block_ && chunk == chunk_) return true;
    is_there_ = false;
    if (block != block_ || parts_.empty()) {
      auto loaded = load_block(block);
      if (!loaded || !*loaded) return loaded;
    }
    if (chunk >= parts_.size()) return false;
    if (auto ok = hot_.parse(parts_[chunk]); !ok) {
      report_broken_block(block, ok.error());
      return false;
    }
    auto read = load_cold(block, chunk);
    if (!read || !*read) return read;
    block_ = block;
    chunk_ = chunk;
    is_there_ = true;
    return true;
  }

  [[nodiscard]] HotChunk& hot() { return hot_; }

  [[nodiscard]] const ColdChunk& cold() const { return cold_; }

 private:
  Result<bool> load_block(std::int64_t block) {
    auto statement = connection_.statement(query("telemetry", "blocks.hot_of_block"));
    if (!statement) return fail(statement);
    auto row = statement->bind(0, block).step();
    if (!row) return fail(row);
    if (!*row) return false;
    data_ = statement->blob(0);
    auto parts = blocks::split_hot(data_);
    if (!parts) {
      parts_.clear();
      report_broken_block(block, parts.error());
      return false;
    }
    parts_ = std::move(*parts);
    block_ = block;
    return true;
  }

  Result<bool> load_cold(std::int64_t block, std::uint32_t chunk) {
    auto statement = connection_.statement(query("telemetry", "blocks.cold_of_chunk"));
    if (!statement) return fail(statement);
    auto row = statement->bind(0, cold_row_id(block, chunk)).step();
    if (!row) return fail(row);
    if (!*row) return false;
    auto cold = blocks::decode_cold(statement->blob(0));
    if (!cold) {
      report_broken_block(block, cold.error());
      return false;
    }
    if (cold->spans.size() != hot_.rows()) {
      report_broken_block(block, {ErrorCode::kInternal, "", "hot and cold parts differ in length"});
      return false;
    }
    cold_ = std::move(*cold);
    return true;
  }

  Connection& connection_;
  std::int64_t block_ = -1;
  std::uint32_t chunk_ = 0;
  bool is_there_ = false;
  std::string data_;
  std::vector<std::string_view> parts_;
  HotChunk hot_;
  ColdChunk cold_;
};

/// Keeps the best `wanted` of all matches without holding more than twice as many.
class BestMatches {
 public:
  BestMatches(std::size_t wanted, bool is_descending)
      : wanted_(wanted), is_descending_(is_descending) {}

  void add(const Match& match) {
    ++total_;
    if (wanted_ == 0) return;
    kept_.push_back(match);
    if (kept_.size() >= 2 * wanted_ + 1024) prune();
  }

  std::vector<Match> sorted() {
    prune();
    std::ranges::sort(kept_, [this](const Match& a, const Match& b) { return is_before(a, b); });
    return std::move(kept_);
  }

  [[nodiscard]] std::int64_t total() const { return total_; }

 private:
  [[nodiscard]] bool is_before(const Match& a, const Match& b) const {
    if (a.by != b.by) return is_descending_ ? a.by > b.by : a.by < b.by;
    return is_descending_ ? a.place > b.place : a.place < b.place;
  }

  void prune() {
    if (kept_.size() <= wanted_) return;
    const auto end = kept_.begin() + static_cast<std::ptrdiff_t>(wanted_);
    std::nth_element(kept_.begin(), end, kept_.end(),
                     [this](const Match& a, const Match& b) { return is_before(a, b); });
    kept_.erase(end, kept_.end());
  }

  std::size_t wanted_;
  bool is_descending_;
  std::int64_t total_ = 0;
  std::vector<Match> kept_;
};

/// Rows of the given matches, in their order. Chunks are visited once each, whatever the order of
/// the page.
Result<Rows> fetch(Connection& connection, Family family, const std::vector<Match>& matches) {
  std::vector<std::size_t> by_place(matches.size());
  for (std::size_t i = 0; i < matches.size(); ++i) by_place[i] = i;
  std::ranges::sort(by_place, {}, [&](std::size_t i) { return matches[i].place; });
  std::vector<std::optional<Row>> rows(matches.size());
  SpanFetcher fetcher(connection);
  for (const std::size_t i : by_place) {
    const SpanPlace& place = matches[i].place;
    auto is_there = fetcher.move_to(place.block, place.chunk);
    if (!is_there) return fail(is_there);
    if (!*is_there || place.row >= fetcher.hot().rows()) continue;
    rows[i] = to_row(family, fetcher.hot(), place.row, fetcher.cold().spans[place.row]);
  }
  Rows out;
  for (auto& row : rows) {
    if (row) out.push_back(std::move(*row));
  }
  return out;
}

/// Matches of a chunk list by id, for lookups.
void add_matches(SpanFetcher& fetcher, Family family, const Uuid& id, SpanPlace place,
                 std::vector<Match>& found) {
  for (std::uint32_t row = 0; row < fetcher.hot().rows(); ++row) {
    const blocks::ColdSpan& cold = fetcher.cold().spans[row];
    const EntityKind entity =
        blocks::traits::entity(fetcher.hot().column(blocks::Column::kTraits)[row]);
    const bool is_kind =
        family == Family::kSpans ||
        entity == (family == Family::kTasks ? EntityKind::kTask : EntityKind::kEndpoint);
    if (!is_kind || (cold.trace != id && (family == Family::kSpans || cold.entity_id != id)))
      continue;
    place.row = row;
    found.push_back({fetcher.hot().column(blocks::Column::kRecordedAt)[row], place});
  }
}

/// Every stored span of the family whose trace or entity has this id.
Result<std::vector<Match>> find_by_id(Connection& connection, Family family, const Key& key,
                                      const TimeRange& range) {
  auto statement = connection.statement(query("telemetry", "blocks.keys_in_range"));
  if (!statement) return fail(statement);
  bound(*statement, key.project, range);
  const std::uint64_t wanted = blocks::key_of(key.id);
  std::vector<SpanPlace> places;
  while (true) {
    auto row = statement->step();
    if (!row) return fail(row);
    if (!*row) break;
    for (const std::uint32_t chunk : blocks::chunks_with_key(statement->blob(1), wanted)) {
      places.push_back({statement->integer(0), chunk, 0});
    }
  }
  std::ranges::sort(places);
  std::vector<Match> found;
  SpanFetcher fetcher(connection);
  for (const SpanPlace& place : places) {
    auto is_there = fetcher.move_to(place.block, place.chunk);
    if (!is_there) return fail(is_there);
    if (*is_there) add_matches(fetcher, family, key.id, place, found);
  }
  std::ranges::sort(found, [](const Match& a, const Match& b) {
    return a.by != b.by ? a.by < b.by : a.place < b.place;
  });
  return found;
}

TimeRange hinted(const Key& key) {
  if (!key.recorded_at_ns) return {};
  return {*key.recorded_at_ns - kHintNs, *key.recorded_at_ns + kHintNs};
}

/// Blocks already reported, so that a broken one is one line in the log and not one a query.
class BrokenBlocks {
 public:
  bool is_first(std::int64_t block) {
    const std::lock_guard lock(mutex_);
    return seen_.size() < kMaxRemembered && seen_.insert(block).second;
  }

  std::uint64_t count() {
    const std::lock_guard lock(mutex_);
    return seen_.size();
  }

 private:
  static constexpr std::size_t kMaxRemembered = 10'000;
  std::mutex mutex_;  // guards seen_
  std::unordered_set<std::int64_t> seen_;
};

BrokenBlocks& broken_blocks() {
  static BrokenBlocks one;
  return one;
}

}  // namespace

void report_broken_block(std::int64_t block, const Error& error) {
  if (!broken_blocks().is_first(block)) return;
  log::error("storage", "a block cannot be read and is skipped",
             {{"block", block}, {"reason", error.detail}});
}

std::uint64_t broken_blocks_seen() {
  return broken_blocks().count();
}

Result<void> for_each_block(
    Connection& connection, const Filter& filter,
    const std::function<Result<void>(std::int64_t, std::string_view)>& visit) {
  if (filter.range.from_ns > filter.range.to_ns) return {};
  auto statement = connection.statement(query("telemetry", "blocks.hot_in_range"));
  if (!statement) return fail(statement);
  bound(*statement, filter.project, filter.range);
  while (true) {
    auto row = statement->step();
    if (!row) return fail(row);
    if (!*row) return {};
    if (auto ok = visit(statement->integer(0), statement->blob(1)); !ok) return ok;
  }
}

Result<Table> list_spans(Connection& connection, const ListQuery& asked) {
  const auto by = blocks::find_column(asked.family, asked.order.column);
  if (!by || by->is_text)
    return fail(ErrorCode::kInternal, "this order is not known here", asked.order.column);
  auto matcher = blocks::Matcher::compile(asked.family, asked.filter.predicates);
  if (!matcher) return fail(matcher);
  const std::int64_t offset = std::max<std::int64_t>(asked.page.offset, 0);
  const std::int64_t limit = std::max<std::int64_t>(asked.page.limit, 0);
  const bool is_too_far = offset > kMaxOffset;
  BestMatches best(is_too_far ? 0 : static_cast<std::size_t>(offset + limit),
                   asked.order.is_descending);
  HotChunk chunk;
  std::vector<std::uint32_t> rows;
  auto done = for_each_block(
      connection, asked.filter, [&](std::int64_t block, std::string_view hot) -> Result<void> {
        const auto parts = blocks::split_hot(hot);
        if (!parts) {
          report_broken_block(block, parts.error());
          return {};
        }
        for (std::uint32_t i = 0; i < parts->size(); ++i) {
          if (auto ok = chunk.parse((*parts)[i]); !ok) {
            report_broken_block(block, ok.error());
            continue;
          }
          blocks::select_rows(chunk, asked.family, asked.filter.range, *matcher, rows);
          for (const std::uint32_t row : rows) best.add({chunk.value(*by, row), {block, i, row}});
        }
        return {};
      });
  if (!done) return fail(done);
  if (is_too_far && best.total() > offset) {
    return fail(ErrorCode::kInvalid,
                "This page lies too far in: narrow the filter or the time range");
  }
  Table table;
  table.total = best.total();
  std::vector<Match> page = best.sorted();
  page.erase(page.begin(), page.begin() + std::min<std::ptrdiff_t>(
                                              offset, static_cast<std::ptrdiff_t>(page.size())));
  auto fetched = fetch(connection, asked.family, page);
  if (!fetched) return fail(fetched);
  table.rows = std::move(*fetched);
  return table;
}

Result<Rows> lookup_spans(Connection& connection, Family family, const Key& key) {
  auto found = find_by_id(connection, family, key, hinted(key));
  if (!found) return fail(found);
  auto rows = fetch(connection, family, *found);
  if (!rows || family == Family::kSpans) return rows;
  // An entity's own id first; a trace id selects the trace's first entity.
  const auto own =
      std::ranges::find_if(*rows, [&](const Row& row) { return row.uuid("id") == key.id; });
  if (own != rows->end()) return Rows{*own};
  if (rows->size() > 1) rows->erase(rows->begin() + 1, rows->end());
  return rows;
}

}  // namespace traceway::sqlite
