// One column of integers as offsets from its smallest value, bit-packed: how hot columns rest.
//
//   u8 width | zigzag varint base | ceil(count * width / 8) bytes of offsets, lowest bits first
//
// Width is 0 for a constant column, up to 56 for packed ones, 64 for raw words: any packed value is
// one unaligned 8-byte load, a shift and a mask.
#pragma once

#include "storage/sqlite/blocks/wire.h"

#include <cstdint>
#include <span>
#include <string>

namespace traceway::sqlite::blocks {

/// A view into encoded bytes that end with kPadding spare ones.
class PackedColumn {
 public:
  PackedColumn() = default;

  /// Reads the column's head and skips its values; count() is 0 and the reader not ok() when they
  /// run past the end.
  PackedColumn(Reader& from, std::size_t count);

  [[nodiscard]] std::size_t count() const { return count_; }

  /// Bits per value.
  [[nodiscard]] unsigned width() const { return width_; }

  [[nodiscard]] std::int64_t base() const { return base_; }

  [[nodiscard]] std::int64_t operator[](std::size_t index) const {
    if (width_ == 0) return base_;
    const std::size_t bit = index * width_;
    const std::uint64_t word = load<std::uint64_t>(data_ + (bit >> 3U)) >> (bit & 7U);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(base_) + (word & mask_));
  }

  /// All values; `to` holds count() of them.
  void unpack(std::int64_t* to) const;

 private:
  const char* data_ = nullptr;
  std::size_t count_ = 0;
  std::int64_t base_ = 0;
  std::uint64_t mask_ = 0;
  unsigned width_ = 0;
};

/// Appends a column.
void put_packed(std::string& out, std::span<const std::int64_t> values);

}  // namespace traceway::sqlite::blocks
