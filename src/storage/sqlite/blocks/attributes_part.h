// Part 2 of a chunk: the attribute map of every span and the client address of every entity.
//
// Spans of one kind carry the same keys in the same order: such an order is a *shape*. Values lie
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
//   packed column                              per entity: number of its client address
//   string table                               of client addresses
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

/// Encoding side; reused from chunk to chunk.
class AttributesEncoder {
 public:
  void write(std::span<const Span> spans, std::span<const Attribute> attributes, std::string& out);

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

  void clear();
  std::uint32_t shape_of(std::span<const Attribute> map);
  std::uint32_t add_shape(std::span<const Attribute> map, std::uint64_t signature);
  [[nodiscard]] bool has_shape(const Shape& shape, std::span<const Attribute> map) const;
  void add_value(std::uint32_t column, std::string_view value);
  void write_columns(std::string& out);

  std::uint32_t chunk_ = 0;
  std::array<Seen, kSeen> seen_{};
  StringTable keys_;
  std::vector<Column> columns_;  // the first keys_.size() are in use
  std::vector<Shape> shapes_;
  std::vector<std::uint32_t> shape_columns_;
  std::vector<std::uint32_t> shape_slots_;  // open addressing: index + 1, 0 = free
  std::vector<std::int64_t> row_shapes_;
  std::vector<std::int64_t> lengths_;
  TextColumn client_ips_;
  StringTable client_ip_table_;
};

/// Reading side; views into the decompressed part.
class ChunkAttributes {
 public:
  /// False when the bytes are no attributes part of that many rows and entities.
  [[nodiscard]] bool read(std::string_view raw, std::uint32_t rows, std::uint32_t entities);
  /// The map of each of `rows` (ascending) as a JSON object of strings; of a repeated key the last
  /// value.
  [[nodiscard]] std::vector<std::string> maps(std::span<const std::uint32_t> rows) const;
  [[nodiscard]] std::string_view client_ip(std::uint32_t entity) const;

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
  [[nodiscard]] bool read_columns(Reader& from);
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> value_offsets() const;

  std::uint32_t rows_ = 0;
  std::vector<Column> columns_;
  std::vector<Shape> shapes_;
  std::vector<std::uint32_t> shape_columns_;
  PackedColumn row_shapes_;
  PackedColumn client_ips_;
  Dictionary client_ip_table_;
};

}  // namespace traceway::sqlite::blocks
