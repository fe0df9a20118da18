// Log records of one request to chunks: everything that can be done before the writer thread.
#pragma once

#include "model/log_record.h"
#include "storage/sqlite/blocks/block_format.h"
#include "storage/sqlite/blocks/hot_chunk.h"
#include "storage/sqlite/blocks/log_attributes.h"
#include "storage/sqlite/blocks/log_ids.h"
#include "storage/sqlite/blocks/tokens.h"

#include <cstdint>
#include <span>
#include <string>

namespace traceway::sqlite::blocks {

/// Encodes chunk after chunk in the same buffers. One thread at a time; keep one per thread.
class LogChunkEncoder {
 public:
  /// At most kMaxChunkRows records, at least one. `attributes` is what their ranges index.
  /// `numbers` as HotColumn::kNumber has them, one per record; none: all 0.
  [[nodiscard]] EncodedChunk encode(std::span<const LogRecord> records,
                                    std::span<const Attribute> attributes,
                                    std::span<const std::int64_t> numbers = {});

 private:
  void gather_hot(std::span<const LogRecord> records, std::span<const std::int64_t> numbers);

  HotEncoder hot_{BlockFamily::kLogs};
  BlockStats stats_;
  LogIdsEncoder ids_;
  LogAttributesEncoder attributes_;
  TokenSet tokens_;
  std::string raw_;
  std::string scratch_;
};

/// The calling thread's encoder.
[[nodiscard]] LogChunkEncoder& thread_log_encoder();

}  // namespace traceway::sqlite::blocks
