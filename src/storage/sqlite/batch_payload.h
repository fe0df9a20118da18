// What prepare() makes of one request: encoded chunks of each family and rows of its
// exceptions.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "model/batch.h"
#include "storage/sqlite/blocks/block_format.h"
#include "storage/sqlite/exception_rows.h"
#include "storage/telemetry_db.h"

#include <array>
#include <string_view>
#include <vector>

namespace traceway::sqlite {

/// One BatchPart: what of the payload it covers.
struct PayloadPart {
  Uuid digest;  ///< zero: no repeat detection
  std::array<std::size_t, blocks::kBlockFamilies> chunks{};
  std::size_t exceptions = 0;
  std::uint32_t records = 0;
};

struct BatchPayload final : PreparedPayload {
  std::vector<PayloadPart> parts;  ///< in the order of chunks and exceptions, covering all of them
  std::array<std::vector<blocks::EncodedChunk>, blocks::kBlockFamilies> chunks;  ///< by family
  std::vector<PreparedException> exceptions;
  std::vector<Command> commands;  ///< instead of rows
  Arena arena;
};

/// Encodes a batch; its body and arena are freed with it. Pure CPU, any thread.
[[nodiscard]] Result<Prepared> prepare_batch(TelemetryBatch&& batch);

/// Commands of one project as a job. Errors: kInternal when there are none.
[[nodiscard]] Result<Prepared> prepare_commands(std::vector<Command> commands);

}  // namespace traceway::sqlite
