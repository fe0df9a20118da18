#include "storage/sqlite/blocks/packed_column.h"

#include <algorithm>
#include <bit>

namespace traceway::sqlite::blocks {

namespace {

constexpr unsigned kMaxPackedWidth = 56;
constexpr unsigned kRawWidth = 64;

std::size_t data_bytes(std::size_t count, unsigned width) {
  return (count * width + 7) / 8;
}

}  // namespace

PackedColumn::PackedColumn(Reader& from, std::size_t count) {
  const unsigned width = from.fixed<std::uint8_t>();
  base_ = from.signed_varint();
  if (!from.ok() || (width > kMaxPackedWidth && width != kRawWidth)) return;
  const std::string_view data = from.bytes(data_bytes(count, width));
  if (!from.ok()) return;
  data_ = data.data();
  count_ = count;
  width_ = width;
  mask_ = width == kRawWidth ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
}

void PackedColumn::unpack(std::int64_t* to) const {
  if (width_ == 0) {
    std::fill_n(to, count_, base_);
    return;
  }
  const auto base = static_cast<std::uint64_t>(base_);
  std::size_t bit = 0;
  for (std::size_t i = 0; i < count_; ++i, bit += width_) {
    const std::uint64_t word = load<std::uint64_t>(data_ + (bit >> 3U)) >> (bit & 7U);
    to[i] = static_cast<std::int64_t>(base + (word & mask_));
  }
}

void put_packed(std::string& out, std::span<const std::int64_t> values) {
  if (values.empty()) {
    out.append(2, '\0');
    return;
  }
  std::int64_t smallest = values[0];
  std::int64_t largest = values[0];
  for (const std::int64_t value : values) {
    smallest = std::min(smallest, value);
    largest = std::max(largest, value);
  }
  const auto base = static_cast<std::uint64_t>(smallest);
  auto width = static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(largest) - base));
  if (width > kMaxPackedWidth) width = kRawWidth;
  out.push_back(static_cast<char>(width));
  put_signed(out, smallest);
  if (width == 0) return;

  // Words are written whole, so the last one needs room behind the column's end for a moment.
  const std::size_t begin = out.size();
  const std::size_t size = data_bytes(values.size(), width);
  out.resize(begin + size + kPadding);
  char* const data = out.data() + begin;
  std::size_t bit = 0;
  for (const std::int64_t value : values) {
    const std::uint64_t offset = static_cast<std::uint64_t>(value) - base;
    char* const at = data + (bit >> 3U);
    const std::uint64_t word = load<std::uint64_t>(at) | (offset << (bit & 7U));
    std::memcpy(at, &word, sizeof word);
    bit += width;
  }
  out.resize(begin + size);
}

}  // namespace traceway::sqlite::blocks
