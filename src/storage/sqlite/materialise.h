// Chosen rows of blocks as the rows that the interface hands out: every column of ingest 9.1.
#pragma once

#include "base/result.h"
#include "storage/sqlite/block_reader.h"
#include "storage/telemetry_db.h"

#include <cstdint>
#include <span>
#include <vector>

namespace traceway::sqlite {

/// Where a row rests.
struct RowAddress {
  std::int64_t block = 0;
  std::uint32_t chunk = 0;
  std::uint32_t row = 0;     ///< of the chunk
  std::uint32_t entity = 0;  ///< of the chunk's entities; endpoints and tasks only
  std::int64_t number = 0;   ///< running number in the project; log records only
};

/// The rows of the reader's family at those addresses, in that order. Each chunk is decoded once.
/// Rows of a damaged part are left out.
[[nodiscard]] Result<Rows> materialise(BlockReader& reader, std::span<const RowAddress> addresses);

}  // namespace traceway::sqlite
