#include "storage/sqlite/log_query.h"

#include "storage/sqlite/blocks/aggregate.h"
#include "storage/sqlite/blocks/scan.h"
#include "storage/sqlite/log_scan.h"
#include "storage/sqlite/materialise.h"
#include "storage/sqlite/telemetry_query.h"

#include <algorithm>
#include <chrono>
#include <queue>
#include <set>

namespace traceway::sqlite {

namespace {

using blocks::HotColumn;
using SteadyClock = std::chrono::steady_clock;

/// A record that may be on the page. Smaller is better, but for texts in descending order.
struct Candidate {
  std::int64_t key = 0;               // the order column, unless that is a text
  const std::string* text = nullptr;  // the order column, if that is a text
  std::int64_t time_key = 0;          // newest first, unless ordered by time
  std::int64_t number_key = 0;
  RowAddress at;
};

struct ComesFirst {
  bool is_descending = true;

  bool operator()(const Candidate& a, const Candidate& b) const {
    if (a.key != b.key) return a.key < b.key;
    if (a.text != b.text) return is_descending ? *a.text > *b.text : *a.text < *b.text;
    return std::tie(a.time_key, a.number_key) < std::tie(b.time_key, b.number_key);
  }
};

/// The list while it is built: keeps the best `reach` records that were shown to it.
class LogPage {
 public:
  LogPage(HotColumn column, bool is_descending, std::size_t reach)
      : column_(column),
        is_descending_(is_descending),
        reach_(reach),
        heap_(ComesFirst{is_descending}) {}

  void add(const LogChunk& chunk, blocks::ChunkRows& rows,
           std::span<const std::uint32_t> positions);
  /// No record of the block can be on the page any more.
  [[nodiscard]] bool is_hopeless(const BlockHeader& header) const;
  /// From `offset` on, best first.
  [[nodiscard]] std::vector<RowAddress> take(std::size_t offset);

 private:
  [[nodiscard]] std::int64_t key_of(std::int64_t value) const {
    return is_descending_ ? ~value : value;
  }

  /// The one copy of a text, so that equal ones are one pointer.
  const std::string* kept(std::string_view text) {
    const auto found = texts_.find(text);
    return &*(found != texts_.end() ? found : texts_.emplace(text).first);
  }

  HotColumn column_;
  bool is_descending_;
  std::size_t reach_;
  std::priority_queue<Candidate, std::vector<Candidate>, ComesFirst> heap_;  // the worst on top
  std::set<std::string, std::less<>> texts_;
};

void LogPage::add(const LogChunk& chunk, blocks::ChunkRows& rows,
                  std::span<const std::uint32_t> positions) {
  if (reach_ == 0) return;
  const bool is_by_time = column_ == HotColumn::kStart;
  const bool is_text = blocks::is_text(column_);
  const auto values = rows.values(column_);
  const auto times = rows.values(HotColumn::kStart);
  for (const std::uint32_t row : positions) {
    Candidate made;
    made.key = is_text ? 0 : key_of(values[row]);
    made.time_key = is_by_time ? 0 : ~times[row];
    if (heap_.size() == reach_ && !is_text && made.key > heap_.top().key) continue;
    if (is_text) made.text = kept(rows.chunk().texts.text(values[row]));
    made.at = {chunk.block, chunk.index, row, 0, chunk.number(rows.chunk(), row)};
    made.number_key = is_by_time && !is_descending_ ? made.at.number : ~made.at.number;
    if (heap_.size() == reach_) {
      if (!ComesFirst{is_descending_}(made, heap_.top())) continue;
      heap_.pop();
    }
    heap_.push(made);
  }
}

bool LogPage::is_hopeless(const BlockHeader& header) const {
  if (reach_ == 0) return true;
  if (column_ != HotColumn::kStart || heap_.size() < reach_) return false;
  return key_of(is_descending_ ? header.max_time : header.min_time) > heap_.top().key;
}

std::vector<RowAddress> LogPage::take(std::size_t offset) {
  std::vector<RowAddress> out;
  while (heap_.size() > offset) {
    out.push_back(heap_.top().at);
    heap_.pop();
  }
  std::ranges::reverse(out);
  return out;
}

/// False when the block's header already says that no record of it matches.
bool may_match(const blocks::Selector& selector, const BlockHeader& header) {
  std::vector<std::int64_t> numbers;
  std::vector<std::int64_t> classes;
  for (std::int64_t number = 0; number <= 24; ++number) {
    if ((header.severities >> number & 1) == 0) continue;
    numbers.push_back(number);
    classes.push_back(blocks::severity_class(number));
  }
  return selector.matcher().may_match(HotColumn::kSeverity, numbers) &&
         selector.matcher().may_match(HotColumn::kSeverityClass, classes);
}

/// How long matching rows are still counted once the page is complete.
class CountingTime {
 public:
  explicit CountingTime(std::optional<std::chrono::milliseconds> within) : within_(within) {}

  /// Begins with the first call.
  [[nodiscard]] bool is_over() {
    if (!within_) return false;
    const auto now = SteadyClock::now();
    if (until_ == SteadyClock::time_point::max()) until_ = now + *within_;
    return now >= until_;
  }

 private:
  std::optional<std::chrono::milliseconds> within_;
  SteadyClock::time_point until_ = SteadyClock::time_point::max();
};

/// Newest blocks first, or oldest ones: what comes later can be skipped once the page is complete.
void order_blocks(std::vector<BlockHeader>& headers, bool is_newest_first) {
  std::ranges::sort(headers, [&](const BlockHeader& a, const BlockHeader& b) {
    return is_newest_first ? a.max_time > b.max_time : a.min_time < b.min_time;
  });
}

}  // namespace

Result<Table> aggregate_logs(BlockReader& reader, const AggregateQuery& asked) {
  AggregateQuery query = asked;
  auto scan = LogScan::compile(reader, query.filter);
  if (!scan) return fail(scan);
  auto aggregator = blocks::Aggregator::compile(query);
  if (!aggregator) return fail(aggregator);
  auto selector = blocks::Selector::compile(Family::kLogs, query.filter);
  if (!selector) return fail(selector);
  const auto headers = (*scan)->headers();
  if (!headers) return fail(headers);
  for (const BlockHeader& header : *headers) {
    if (!may_match(*selector, header)) continue;
    auto done = (*scan)->each(header, [&](const LogChunk&, const blocks::HotChunk& hot) {
      return (*aggregator)->add(hot, scan->get());
    });
    if (!done) return fail(done);
  }
  return (*aggregator)->finish();
}

Result<Table> list_logs(BlockReader& reader, const ListQuery& query) {
  const auto column = blocks::hot_column(Family::kLogs, query.order.column);
  if (!column) return fail(column);
  const auto reach = reach_of(query.page);
  if (!reach) return fail(reach);
  Filter filter = query.filter;
  auto scan = LogScan::compile(reader, filter);
  if (!scan) return fail(scan);
  auto selector = blocks::Selector::compile(Family::kLogs, filter);
  if (!selector) return fail(selector);
  auto headers = (*scan)->headers();
  if (!headers) return fail(headers);
  order_blocks(*headers, query.order.is_descending || *column != HotColumn::kStart);

  Table table;
  LogPage page(*column, query.order.is_descending, reach->end);
  blocks::ChunkRows rows(Family::kLogs);
  const bool has_predicates = selector->has_predicates() || !(*scan)->is_empty();
  CountingTime counting(query.count_within);
  for (const BlockHeader& header : *headers) {
    if (!may_match(*selector, header)) continue;
    const bool is_hopeless = page.is_hopeless(header);
    if (is_hopeless && header.lies_in(filter.range) && !has_predicates) {
      table.total += header.rows;
      continue;
    }
    if (is_hopeless && counting.is_over()) {
      table.is_total_exact = false;
      break;
    }
    auto done = (*scan)->each(
        header, [&](const LogChunk& chunk, const blocks::HotChunk& hot) -> Result<void> {
          rows.load(hot);
          const auto kept = (*scan)->keep(selector->select(rows));
          if (!kept) return fail(kept);
          table.total += static_cast<std::int64_t>(kept->size());
          page.add(chunk, rows, *kept);
          return {};
        });
    if (!done) return fail(done);
  }
  auto found = materialise(reader, page.take(reach->offset));
  if (!found) return fail(found);
  table.rows = std::move(*found);
  return table;
}

namespace {

/// The record of that running number in one block.
Result<std::optional<RowAddress>> record_in_block(LogScan& scan, const BlockHeader& header,
                                                  std::int64_t number) {
  std::optional<RowAddress> found;
  auto done = scan.each(header, [&](const LogChunk& chunk, const blocks::HotChunk& hot) {
    for (std::uint32_t row = 0; !found && row < hot.rows; ++row) {
      if (chunk.number(hot, row) == number)
        found = RowAddress{chunk.block, chunk.index, row, 0, number};
    }
    return Result<void>();
  });
  if (!done) return fail(done);
  return found;
}

}  // namespace

Result<Rows> lookup_logs(BlockReader& reader, const Key& key) {
  const auto number = number_of(key.project, key.id);
  if (!number) {
    ListQuery query;
    query.filter = {key.project, range_of(key), {{"trace_id", Op::kEqual, {to_value(key.id)}}}};
    query.order = {"timestamp", false};
    query.page.limit = kMaxTraceLogs;
    auto table = list_logs(reader, query);
    if (!table) return fail(table);
    return std::move(table->rows);
  }
  Filter filter{key.project, range_of(key), {}};
  auto scan = LogScan::compile(reader, filter);
  if (!scan) return fail(scan);
  const auto headers = (*scan)->headers();
  if (!headers) return fail(headers);
  const auto wanted = static_cast<std::int64_t>(*number);
  for (const BlockHeader& header : *headers) {
    if (wanted < header.first_number || wanted > header.last_number) continue;
    auto found = record_in_block(**scan, header, wanted);
    if (!found) return fail(found);
    if (*found) return materialise(reader, std::span(&**found, 1));
  }
  return Rows{};
}

}  // namespace traceway::sqlite
