#include "storage/sqlite/metric_query.h"

#include "base/hash.h"
#include "storage/sqlite/blocks/metric_aggregate.h"

#include <algorithm>

namespace traceway::sqlite {

namespace {

using blocks::MetricAggregator;
using blocks::Part;

/// Calls add() for every readable chunk of a block.
Result<void> add_block(BlockReader& reader, std::int64_t block, MetricAggregator& aggregator) {
  thread_local std::string points_buffer;
  thread_local std::string series_buffer;
  thread_local std::string raw_buffer;
  thread_local blocks::MetricPoints points;
  thread_local blocks::MetricSeries series;
  const auto points_view = reader.part(block, Part::kHot, points_buffer);
  if (!points_view) return fail(points_view);
  const auto series_view = reader.part(block, Part::kAttributes, series_buffer);
  if (!series_view) return fail(series_view);
  if (!*points_view || !*series_view) return {};
  for (std::size_t i = 0; i < (*points_view)->chunks(); ++i) {
    const bool has_series = i < (*series_view)->chunks();
    const auto raw =
        has_series ? blocks::decompress((*series_view)->chunk(i), raw_buffer) : std::nullopt;
    if (!raw || !series.read(*raw)) {
      reader.note_damage(block, Part::kAttributes);
      continue;
    }
    if (!points.read((*points_view)->chunk(i)) || points.series() != series.size()) {
      reader.note_damage(block, Part::kHot);
      continue;
    }
    if (auto done = aggregator.add(series, points); !done) return done;
  }
  return {};
}

/// By their first time, so that a rate need not remember what is over; equal ones as they came.
Result<std::vector<BlockHeader>> blocks_of(BlockReader& reader, const Uuid& project,
                                           const MetricAggregator& aggregator) {
  const TimeRange range = aggregator.range();
  auto headers = reader.headers(project, range);
  if (!headers) return headers;
  if (const auto name = aggregator.only_name()) {
    const auto holding = reader.blocks_with(project, range, hash64(*name));
    if (!holding) return fail(holding);
    std::erase_if(*headers, [&](const BlockHeader& header) {
      return !std::ranges::binary_search(*holding, header.block);
    });
  }
  std::stable_sort(
      headers->begin(), headers->end(),
      [](const BlockHeader& a, const BlockHeader& b) { return a.min_time < b.min_time; });
  return headers;
}

}  // namespace

Result<Table> aggregate_metrics(BlockReader& reader, const AggregateQuery& query) {
  const auto aggregator = MetricAggregator::compile(query);
  if (!aggregator) return fail(aggregator);
  const TimeRange& range = query.filter.range;
  if (range.from_ns > range.to_ns) return (*aggregator)->finish();
  const auto headers = blocks_of(reader, query.filter.project, **aggregator);
  if (!headers) return fail(headers);
  for (const BlockHeader& header : *headers) {
    const bool is_inside = range.from_ns <= header.min_time && header.max_time <= range.to_ns;
    if (is_inside && (*aggregator)->is_by_header()) {
      (*aggregator)->add_block(header.rows, header.min_time, header.max_time);
      continue;
    }
    if (auto done = (*aggregator)->settle(header.min_time); !done) return fail(done);
    if (auto done = add_block(reader, header.block, **aggregator); !done) return fail(done);
  }
  return (*aggregator)->finish();
}

}  // namespace traceway::sqlite
