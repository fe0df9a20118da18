// Part 1 of a chunk of log records: trace and span ids, their bytes exactly as sent.
//
//   varint traces | 16 bytes each              the distinct trace ids
//   packed column                              per row: 0 none, else which of them plus 1
//   varint spans | 8 bytes each                the distinct span ids
//   packed column                              per row: 0 none, else which of them plus 1
#pragma once

#include "base/id.h"
#include "model/log_record.h"
#include "storage/sqlite/blocks/packed_column.h"
#include "storage/sqlite/blocks/string_table.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::sqlite::blocks {

/// Encoding side; reused from chunk to chunk.
class LogIdsEncoder {
 public:
  /// Appends the part and the filter hashes of the distinct trace ids.
  void write(std::span<const LogRecord> records, std::string& out,
             std::vector<std::uint64_t>& id_hashes);

 private:
  void write_table(std::string& out) const;

  StringTable table_;
  std::vector<std::int64_t> numbers_;
};

/// Reading side; views into the part.
class ChunkLogIds {
 public:
  /// False when the bytes are no ids part of `rows` rows.
  [[nodiscard]] bool read(std::string_view part, std::uint32_t rows);

  /// 16 bytes, or none.
  [[nodiscard]] std::string_view trace(std::uint32_t row) const { return traces_.id(row); }

  /// 8 bytes, or none.
  [[nodiscard]] std::string_view span(std::uint32_t row) const { return spans_.id(row); }

  [[nodiscard]] bool has_trace(std::string_view id) const;

 private:
  struct Ids {
    std::string_view bytes;
    std::size_t size = 0;
    PackedColumn numbers;

    bool read(Reader& from, std::size_t id_bytes, std::uint32_t rows);
    [[nodiscard]] std::string_view id(std::uint32_t row) const;
  };

  Ids traces_;
  Ids spans_;
};

}  // namespace traceway::sqlite::blocks
