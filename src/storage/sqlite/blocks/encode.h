// Spans of one request to chunks: everything that can be done before the writer thread.
#pragma once

#include "model/span.h"
#include "storage/sqlite/blocks/attributes_part.h"
#include "storage/sqlite/blocks/block_format.h"
#include "storage/sqlite/blocks/hot_chunk.h"
#include "storage/sqlite/blocks/ids_part.h"
#include "storage/sqlite/blocks/rest_part.h"

#include <span>
#include <string>
#include <vector>

namespace traceway::sqlite::blocks {

/// Encodes chunk after chunk in the same buffers. One thread at a time; keep one per thread.
class ChunkEncoder {
 public:
  /// At most kMaxChunkRows spans, at least one. `attributes` is what their ranges index.
  [[nodiscard]] EncodedChunk encode(std::span<const Span> spans,
                                    std::span<const Attribute> attributes);

 private:
  void gather_hot(std::span<const Span> spans);

  HotEncoder hot_{BlockFamily::kSpans};
  BlockStats stats_;
  IdsEncoder ids_;
  AttributesEncoder attributes_;
  RestEncoder rest_;
  std::string scratch_;
};

/// The calling thread's encoder.
[[nodiscard]] ChunkEncoder& thread_encoder();

}  // namespace traceway::sqlite::blocks
