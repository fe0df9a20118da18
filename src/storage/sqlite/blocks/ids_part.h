// Part 1 of a chunk: trace, span, parent and linked trace ids, their bytes exactly as sent.
//
//   varint traces | 16 bytes each              the distinct trace ids
//   packed column                              per row: which of them
//   packed column                              per row: size of the span id (0, 8 or 16)
//   the span ids, joined
//   packed column                              per row: parent: 0 none, 1..rows the span of row -
//   1,
//                                              rows + 1 one of the explicit ids that follow, in
//                                              turn
//   varint n | n x (u8 size, bytes)            parents that are no row of this chunk
//   varint n | n x (varint row, 16 bytes)      linked traces
#pragma once

#include "base/id.h"
#include "model/span.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::sqlite::blocks {

/// Encoding side; reused from chunk to chunk.
class IdsEncoder {
 public:
  /// Appends the part and the filter hashes of the distinct trace ids.
  void write(std::span<const Span> spans, std::string& out, std::vector<std::uint64_t>& id_hashes);

 private:
  void write_traces(std::span<const Span> spans, std::string& out,
                    std::vector<std::uint64_t>& id_hashes);
  void write_span_ids(std::span<const Span> spans, std::string& out);
  void write_parents(std::span<const Span> spans, std::string& out);
  void index_rows(std::span<const Span> spans);

  std::vector<std::int64_t> numbers_;
  std::vector<std::uint32_t> slots_;  // open addressing: index + 1, 0 = free
  std::vector<Uuid> traces_;
};

/// Reading side: all ids of one chunk.
struct ChunkIds {
  std::vector<Uuid> traces;                            ///< the distinct ones
  std::vector<std::uint32_t> trace;                    ///< per row, an index into `traces`
  std::vector<std::string_view> span;                  ///< per row; views into the part
  std::vector<std::string_view> parent;                ///< per row, empty for none
  std::vector<std::pair<std::uint32_t, Uuid>> linked;  ///< row and trace, by row

  /// False when the bytes are no ids part of `rows` rows.
  [[nodiscard]] bool read(std::string_view part, std::uint32_t rows);
  /// Zero for none.
  [[nodiscard]] Uuid linked_trace(std::uint32_t row) const;
};

}  // namespace traceway::sqlite::blocks
