// Part 3 of a chunk of log records: their texts.
//
//   packed column of lengths | the texts, joined
#pragma once

#include "model/log_record.h"
#include "storage/sqlite/blocks/packed_column.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::sqlite::blocks {

void write_bodies(std::span<const LogRecord> records, std::string& out);

/// Reading side; views into the decompressed part.
class ChunkBodies {
 public:
  /// False when the bytes are no bodies of that many records.
  [[nodiscard]] bool read(std::string_view raw, std::uint32_t rows);

  [[nodiscard]] std::uint32_t rows() const { return static_cast<std::uint32_t>(ends_.size()); }

  [[nodiscard]] std::string_view body(std::uint32_t row) const {
    const std::size_t begin = row == 0 ? 0 : ends_[row - 1];
    return joined_.substr(begin, ends_[row] - begin);
  }

  /// All bodies, one after another.
  [[nodiscard]] std::string_view joined() const { return joined_; }

  /// Where each body ends in joined().
  [[nodiscard]] std::span<const std::size_t> ends() const { return ends_; }

 private:
  std::string_view joined_;
  std::vector<std::size_t> ends_;
};

}  // namespace traceway::sqlite::blocks
