#include "storage/sqlite/blocks/hot_chunk.h"

namespace traceway::sqlite::blocks {

namespace {

using enum HotColumn;

constexpr HotColumn kPerSpan[] = {kStart,  kDuration, kKind,    kSpanStatus,
                                  kIsRoot, kName,     kService, kVersion};
constexpr HotColumn kPerEntity[] = {kEntityRow,  kEntityKind, kEntityName,
                                    kHttpStatus, kBodySize,   kIsStream};

constexpr HotColumn kPerRecord[] = {kStart,  kObserved,     kSeverity, kTraceFlags, kHasTrace,
                                    kNumber, kSeverityText, kService,  kScope};

constexpr std::size_t kIdBytes = 16;

}  // namespace

HotLayout hot_layout(BlockFamily family) {
  switch (family) {
    case BlockFamily::kSpans:
      return {kPerSpan, kPerEntity};
    case BlockFamily::kLogs:
      return {kPerRecord, {}};
    case BlockFamily::kMetrics:  // its hot part is no table of columns: metric_chunk.h
      break;
  }
  return {};
}

bool HotChunk::read(std::string_view chunk, BlockFamily family) {
  const HotLayout layout = hot_layout(family);
  Reader from(chunk);
  rows = from.count(kMaxChunkRows);
  entities = from.count(rows);
  min_time = from.signed_varint();
  max_time = from.signed_varint();
  for (const HotColumn column : layout.per_row)
    columns[static_cast<std::size_t>(column)] = PackedColumn(from, rows);
  for (const HotColumn column : layout.per_entity)
    columns[static_cast<std::size_t>(column)] = PackedColumn(from, entities);
  entity_ids = from.bytes(entities * kIdBytes);
  return from.ok() && texts.read(from);
}

void HotEncoder::clear() {
  for (auto& column : numbers_) column.clear();
  for (TextColumn& column : texts_) column.clear();
  entity_ids_.clear();
  table_.clear();
}

std::span<const std::int64_t> HotEncoder::values(HotColumn column) const {
  return is_text(column) ? texts_[index(column)].ids() : numbers_[index(column)];
}

void HotEncoder::write(const BlockStats& stats, std::string& out) const {
  put_varint(out, stats.rows);
  put_varint(out, entity_ids_.size() / kIdBytes);
  put_signed(out, stats.min_time);
  put_signed(out, stats.max_time);
  for (const HotColumn column : layout_.per_row) put_packed(out, values(column));
  for (const HotColumn column : layout_.per_entity) put_packed(out, values(column));
  out.append(entity_ids_);
  table_.write(out);
}

}  // namespace traceway::sqlite::blocks
