#include "storage/sqlite/blocks/encode.h"

#include "storage/sqlite/blocks/filter.h"

#include <algorithm>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::uint8_t kStatusError = 2;
constexpr std::uint16_t kServerError = 500;
constexpr std::size_t kMaxKeptScratch = 4U << 20U;

void add_stats(BlockStats& stats, const Span& span) {
  ++stats.rows;
  if (span.entity == EntityKind::kEndpoint) ++stats.endpoints;
  if (span.entity == EntityKind::kTask) ++stats.tasks;
  if (span.status_code == kStatusError || span.http_status >= kServerError) ++stats.errors;
  stats.min_time = std::min(stats.min_time, span.start_ns);
  stats.max_time = std::max(stats.max_time, span.start_ns);
  stats.min_duration = std::min(stats.min_duration, span.duration_ns);
  stats.max_duration = std::max(stats.max_duration, span.duration_ns);
}

}  // namespace

void ChunkEncoder::gather_hot(std::span<const Span> spans) {
  hot_.clear();
  stats_ = {};
  for (std::size_t row = 0; row < spans.size(); ++row) {
    const Span& span = spans[row];
    add_stats(stats_, span);
    hot_.add(HotColumn::kStart, span.start_ns);
    hot_.add(HotColumn::kDuration, span.duration_ns);
    hot_.add(HotColumn::kKind, static_cast<std::int64_t>(span.kind));
    hot_.add(HotColumn::kSpanStatus, std::int64_t{span.status_code});
    hot_.add(HotColumn::kIsRoot, std::int64_t{span.parent.is_empty()});
    hot_.add(HotColumn::kName, span.name);
    hot_.add(HotColumn::kService, span.service_name);
    hot_.add(HotColumn::kVersion, span.service_version);
    if (span.entity == EntityKind::kNone) continue;
    hot_.add(HotColumn::kEntityRow, static_cast<std::int64_t>(row));
    hot_.add(HotColumn::kEntityKind, static_cast<std::int64_t>(span.entity));
    hot_.add(HotColumn::kEntityName, span.entity_name);
    hot_.add(HotColumn::kHttpStatus, std::int64_t{span.http_status});
    hot_.add(HotColumn::kBodySize, span.body_size);
    hot_.add(HotColumn::kIsStream, std::int64_t{span.is_stream});
    hot_.add_entity_id(span.entity_id);
  }
}

EncodedChunk ChunkEncoder::encode(std::span<const Span> spans,
                                  std::span<const Attribute> attributes) {
  gather_hot(spans);
  EncodedChunk chunk;
  chunk.stats = stats_;
  const auto finish = [&](Part part) {
    chunk.parts[static_cast<std::size_t>(part)] = scratch_;  // a copy has no spare capacity
    scratch_.clear();
  };
  scratch_.clear();
  hot_.write(stats_, scratch_);
  finish(Part::kHot);

  ids_.write(spans, scratch_, chunk.id_hashes);
  finish(Part::kIds);
  for (const Span& span : spans) {
    if (!span.entity_id.is_zero() && span.entity != EntityKind::kNone)
      chunk.id_hashes.push_back(id_hash(span.entity_id));
  }

  thread_local std::string raw;
  raw.clear();
  attributes_.write(spans, attributes, raw);
  put_compressed(scratch_, raw);
  finish(Part::kAttributes);
  raw.clear();
  rest_.write(spans, raw);
  put_compressed(scratch_, raw);
  finish(Part::kRest);
  if (scratch_.capacity() > kMaxKeptScratch) std::string().swap(scratch_);
  if (raw.capacity() > kMaxKeptScratch) std::string().swap(raw);
  return chunk;
}

ChunkEncoder& thread_encoder() {
  thread_local ChunkEncoder encoder;
  return encoder;
}

}  // namespace traceway::sqlite::blocks
