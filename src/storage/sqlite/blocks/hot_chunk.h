// Part 0 of a chunk as scans read it: packed columns and the strings they number.
//
//   varint rows | varint entities | zigzag min time | zigzag max time
//   per row:     start, duration, span kind, span status, is root, name, service, version
//   per entity:  row, kind, name, HTTP status, body size, is stream      (packed columns, all)
//   16 bytes per entity: its id
//   string table
#pragma once

#include "base/id.h"
#include "model/span.h"
#include "storage/sqlite/blocks/packed_column.h"
#include "storage/sqlite/blocks/string_table.h"

#include <cstdint>
#include <string_view>

namespace traceway::sqlite::blocks {

/// Views into a block. Reused from chunk to chunk.
struct HotChunk {
  std::uint32_t rows = 0;
  std::uint32_t entities = 0;  ///< spans that are an endpoint, a task or an AI trace
  std::int64_t min_time = 0;
  std::int64_t max_time = 0;

  PackedColumn start, duration, kind, status, is_root, name, service, version;
  PackedColumn entity_row, entity_kind, entity_name, http_status, body_size, is_stream;
  std::string_view entity_ids;
  Dictionary texts;

  /// False when the bytes are no hot chunk.
  [[nodiscard]] bool read(std::string_view chunk);

  [[nodiscard]] Uuid entity_id(std::size_t entity) const {
    return uuid_from_bytes(entity_ids.substr(entity * 16, 16));
  }

  [[nodiscard]] EntityKind kind_of(std::size_t entity) const {
    return static_cast<EntityKind>(entity_kind[entity]);
  }
};

}  // namespace traceway::sqlite::blocks
