// From stored spans to rows with the logical column names of each family.
#pragma once

#include "storage/sqlite/blocks/chunk.h"
#include "storage/sqlite/blocks/scan.h"
#include "storage/telemetry_db.h"

namespace traceway::sqlite {

/// Where a span rests.
struct SpanPlace {
  std::int64_t block = 0;
  std::uint32_t chunk = 0;
  std::uint32_t row = 0;

  friend auto operator<=>(const SpanPlace&, const SpanPlace&) = default;
};

/// The row of span_chunk_cold that holds a chunk. A block has fewer than 65,536 chunks: one per
/// request of a commit.
[[nodiscard]] constexpr std::int64_t cold_row_id(std::int64_t block, std::uint32_t chunk) {
  return block * 65'536 + chunk;
}

/// The family's row of one stored span. Column names: ingest 9.1.
[[nodiscard]] Row to_row(Family family, blocks::HotChunk& hot, std::uint32_t row,
                         const blocks::ColdSpan& cold);

}  // namespace traceway::sqlite
