#include "storage/sqlite/blocks/encode.h"

#include "storage/sqlite/blocks/filter.h"
#include "storage/sqlite/blocks/packed_column.h"

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

void ChunkEncoder::HotColumns::clear() {
  for (auto* column : {&start, &duration, &kind, &status, &is_root, &entity_row, &entity_kind,
                       &http_status, &body_size, &is_stream}) {
    column->clear();
  }
  for (auto* column : {&name, &service, &version, &entity_name}) column->clear();
  entity_ids.clear();
  texts.clear();
}

void ChunkEncoder::gather_hot(std::span<const Span> spans) {
  hot_.clear();
  stats_ = {};
  for (std::size_t row = 0; row < spans.size(); ++row) {
    const Span& span = spans[row];
    add_stats(stats_, span);
    hot_.start.push_back(span.start_ns);
    hot_.duration.push_back(span.duration_ns);
    hot_.kind.push_back(static_cast<std::int64_t>(span.kind));
    hot_.status.push_back(span.status_code);
    hot_.is_root.push_back(span.parent.is_empty() ? 1 : 0);
    hot_.name.add(span.name, hot_.texts);
    hot_.service.add(span.service_name, hot_.texts);
    hot_.version.add(span.service_version, hot_.texts);
    if (span.entity == EntityKind::kNone) continue;
    hot_.entity_row.push_back(static_cast<std::int64_t>(row));
    hot_.entity_kind.push_back(static_cast<std::int64_t>(span.entity));
    hot_.entity_name.add(span.entity_name, hot_.texts);
    hot_.http_status.push_back(span.http_status);
    hot_.body_size.push_back(span.body_size);
    hot_.is_stream.push_back(span.is_stream ? 1 : 0);
    hot_.entity_ids.append(span.entity_id.view());
  }
}

void ChunkEncoder::write_hot(std::span<const Span> spans, std::string& out) const {
  put_varint(out, spans.size());
  put_varint(out, hot_.entity_row.size());
  put_signed(out, stats_.min_time);
  put_signed(out, stats_.max_time);
  for (const auto* column : {&hot_.start, &hot_.duration, &hot_.kind, &hot_.status, &hot_.is_root})
    put_packed(out, *column);
  for (const auto* column : {&hot_.name, &hot_.service, &hot_.version})
    put_packed(out, column->ids());
  put_packed(out, hot_.entity_row);
  put_packed(out, hot_.entity_kind);
  put_packed(out, hot_.entity_name.ids());
  for (const auto* column : {&hot_.http_status, &hot_.body_size, &hot_.is_stream})
    put_packed(out, *column);
  out.append(hot_.entity_ids);
  hot_.texts.write(out);
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
  write_hot(spans, scratch_);
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
