#include "storage/sqlite/blocks/encode_logs.h"

#include "storage/sqlite/blocks/log_bodies.h"

#include <algorithm>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::uint8_t kError = 17;
constexpr std::size_t kMaxKeptScratch = 4U << 20U;

void add_stats(BlockStats& stats, const LogRecord& record) {
  ++stats.rows;
  if (record.severity_number >= kError) ++stats.errors;
  stats.severities |= 1U << record.severity_number;
  stats.min_time = std::min(stats.min_time, record.timestamp_ns);
  stats.max_time = std::max(stats.max_time, record.timestamp_ns);
}

/// HotColumn::kObserved. The difference wraps like unsigned numbers do, and back again.
std::int64_t observed_later(const LogRecord& record) {
  if (record.observed_ns == 0) return 0;
  const auto later = static_cast<std::int64_t>(static_cast<std::uint64_t>(record.observed_ns) -
                                               static_cast<std::uint64_t>(record.timestamp_ns));
  return later < 0 ? later : later + 1;
}

}  // namespace

void LogChunkEncoder::gather_hot(std::span<const LogRecord> records,
                                 std::span<const std::int64_t> numbers) {
  hot_.clear();
  stats_ = {};
  for (std::size_t row = 0; row < records.size(); ++row) {
    const LogRecord& record = records[row];
    add_stats(stats_, record);
    hot_.add(HotColumn::kStart, record.timestamp_ns);
    hot_.add(HotColumn::kObserved, observed_later(record));
    hot_.add(HotColumn::kSeverity, std::int64_t{record.severity_number});
    hot_.add(HotColumn::kTraceFlags, std::int64_t{record.trace_flags});
    hot_.add(HotColumn::kHasTrace, std::int64_t{!record.trace.is_zero()});
    hot_.add(HotColumn::kNumber, numbers.empty() ? 0 : numbers[row]);
    hot_.add(HotColumn::kSeverityText, record.severity_text);
    hot_.add(HotColumn::kService, record.service_name);
    hot_.add(HotColumn::kScope, record.scope_name);
  }
}

EncodedChunk LogChunkEncoder::encode(std::span<const LogRecord> records,
                                     std::span<const Attribute> attributes,
                                     std::span<const std::int64_t> numbers) {
  gather_hot(records, numbers);
  EncodedChunk chunk;
  chunk.stats = stats_;
  const auto finish = [&](Part part) {
    chunk.parts[static_cast<std::size_t>(part)] = scratch_;  // a copy has no spare capacity
    scratch_.clear();
    raw_.clear();
  };
  scratch_.clear();
  raw_.clear();
  hot_.write(stats_, scratch_);
  finish(Part::kHot);
  ids_.write(records, scratch_, chunk.id_hashes);
  finish(Part::kIds);
  attributes_.write(records, attributes, raw_);
  put_compressed(scratch_, raw_);
  finish(Part::kAttributes);
  write_bodies(records, raw_);
  put_compressed(scratch_, raw_);
  finish(Part::kBodies);
  tokens_.clear();
  for (const LogRecord& record : records) tokens_.add(record.body);
  tokens_.write(scratch_);
  finish(Part::kTokens);
  if (scratch_.capacity() > kMaxKeptScratch) std::string().swap(scratch_);
  if (raw_.capacity() > kMaxKeptScratch) std::string().swap(raw_);
  return chunk;
}

LogChunkEncoder& thread_log_encoder() {
  thread_local LogChunkEncoder encoder;
  return encoder;
}

}  // namespace traceway::sqlite::blocks
