// Attribute maps of many rows: how spans, log records and metric points keep theirs.
//
// Rows of one kind carry the same keys in the same order: such an order is a *shape*. Values lie
// column by column, one column a key, so that equal and similar texts are neighbours.
//
//   varint keys | per key: varint size, bytes
//   varint shapes | per shape: varint n, n x varint key
//   packed column                              per row: its shape
//   per key:
//     varint values | varint distinct
//     packed column of lengths                 of the distinct values, in order of first appearance
//     packed column                            per value: which distinct one; left out when all
//     differ
//   ..                                         what else the part holds
//   the distinct values of each key, joined
#pragma once

#include "model/span.h"
#include "storage/sqlite/blocks/packed_column.h"
#include "storage/sqlite/blocks/string_table.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::sqlite::blocks {

/// Encoding side; reused from chunk to chunk. The texts must live until they are written.
class MapsEncoder {
 public:
  void clear();
  /// The next row's map.
  void add(std::span<const Attribute> map);
  void write_columns(std::string& out);
  void write_values(std::string& out) const;

 private:
  /// A value that was seen lately: repeats are found here, not proven absent.
  struct Seen {
    std::uint64_t hash = 0;
    std::uint32_t column = 0;
    std::uint32_t index = 0;  // into the column's values
    std::uint32_t chunk = 0;  // which chunk it belongs to; others are as good as empty
  };

  static constexpr std::size_t kSeen = 1024;

  struct Column {
    std::string_view key;
    std::vector<std::string_view> values;  // the distinct ones, nearly
    std::vector<std::int64_t> indices;
  };

  struct Shape {
    std::uint64_t signature;
    std::uint32_t first;  // into shape_columns_
    std::uint32_t count;
  };

  std::uint32_t shape_of(std::span<const Attribute> map);
  std::uint32_t add_shape(std::span<const Attribute> map, std::uint64_t signature);
  [[nodiscard]] bool has_shape(const Shape& shape, std::span<const Attribute> map) const;
  void add_value(std::uint32_t column, std::string_view value);

  std::uint32_t chunk_ = 0;
  std::array<Seen, kSeen> seen_{};
  StringTable keys_;
  std::vector<Column> columns_;  // the first keys_.size() are in use
  std::vector<Shape> shapes_;
  std::vector<std::uint32_t> shape_columns_;
  std::vector<std::uint32_t> shape_slots_;  // open addressing: index + 1, 0 = free
  std::vector<std::int64_t> row_shapes_;
  std::vector<std::int64_t> lengths_;
};

/// Reading side; views into the decompressed part.
class AttributeMaps {
 public:
  /// False when the bytes are no maps of that many rows. read_values() must follow before anything
  /// is asked.
  [[nodiscard]] bool read_columns(Reader& from, std::uint32_t rows);
  [[nodiscard]] bool read_values(Reader& from);
  /// The map of each of `rows` (ascending) as a JSON object of strings; of a repeated key the last
  /// value.
  [[nodiscard]] std::vector<std::string> maps(std::span<const std::uint32_t> rows) const;
  /// The value of that key in each row's map, of a repeated key the last one; no data where there
  /// is none.
  void values(std::string_view key, std::vector<std::string_view>& to) const;

 private:
  struct Column {
    std::string_view key;
    PackedColumn lengths;
    PackedColumn indices;
    bool has_indices = false;
    std::string_view bytes;
  };

  struct Shape {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };

  [[nodiscard]] bool read_shapes(Reader& from);
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> value_offsets() const;

  std::uint32_t rows_ = 0;
  std::vector<Column> columns_;
  std::vector<Shape> shapes_;
  std::vector<std::uint32_t> shape_columns_;
  PackedColumn row_shapes_;
};

}  // namespace traceway::sqlite::blocks
