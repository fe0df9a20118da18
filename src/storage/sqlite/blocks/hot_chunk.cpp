#include "storage/sqlite/blocks/hot_chunk.h"

#include "storage/sqlite/blocks/block_format.h"

namespace traceway::sqlite::blocks {

bool HotChunk::read(std::string_view chunk) {
  Reader from(chunk);
  rows = from.count(kMaxChunkRows);
  entities = from.count(rows);
  min_time = from.signed_varint();
  max_time = from.signed_varint();
  for (PackedColumn* column :
       {&start, &duration, &kind, &status, &is_root, &name, &service, &version}) {
    *column = PackedColumn(from, rows);
  }
  for (PackedColumn* column :
       {&entity_row, &entity_kind, &entity_name, &http_status, &body_size, &is_stream}) {
    *column = PackedColumn(from, entities);
  }
  entity_ids = from.bytes(entities * std::size_t{16});
  return from.ok() && texts.read(from);
}

}  // namespace traceway::sqlite::blocks
