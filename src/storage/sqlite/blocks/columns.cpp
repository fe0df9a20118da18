#include "storage/sqlite/blocks/columns.h"

#include <algorithm>
#include <bit>

namespace traceway::sqlite::blocks {

static_assert(std::endian::native == std::endian::little, "blocks are little-endian on disk");

namespace {

template <class Narrow>
void append_narrow(std::string& out, std::span<const std::int64_t> values, std::uint64_t base) {
  const std::size_t at = out.size();
  out.resize(at + values.size() * sizeof(Narrow));
  char* to = out.data() + at;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto narrow = static_cast<Narrow>(static_cast<std::uint64_t>(values[i]) - base);
    std::memcpy(to + i * sizeof(Narrow), &narrow, sizeof(Narrow));
  }
}

template <class Narrow>
void widen(std::string_view raw, std::uint64_t base, std::vector<std::int64_t>& to) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    Narrow narrow{};
    std::memcpy(&narrow, raw.data() + i * sizeof(Narrow), sizeof(Narrow));
    to[i] = static_cast<std::int64_t>(base + narrow);
  }
}

}  // namespace

void ByteWriter::column(std::span<const std::int64_t> values) {
  std::int64_t smallest = values.empty() ? 0 : values[0];
  std::int64_t largest = smallest;
  for (const std::int64_t value : values) {
    smallest = std::min(smallest, value);
    largest = std::max(largest, value);
  }
  const auto base = static_cast<std::uint64_t>(smallest);
  const std::uint64_t range = static_cast<std::uint64_t>(largest) - base;
  scalar<std::uint64_t>(base);
  if (range == 0) {
    scalar<std::uint8_t>(0);
  } else if (range <= 0xFF) {
    scalar<std::uint8_t>(1);
    append_narrow<std::uint8_t>(out_, values, base);
  } else if (range <= 0xFFFF) {
    scalar<std::uint8_t>(2);
    append_narrow<std::uint16_t>(out_, values, base);
  } else if (range <= 0xFFFFFFFF) {
    scalar<std::uint8_t>(4);
    append_narrow<std::uint32_t>(out_, values, base);
  } else {
    scalar<std::uint8_t>(8);
    append_narrow<std::uint64_t>(out_, values, base);
  }
}

std::uint64_t ByteReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) break;
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80) return value;
  }
  is_ok_ = false;
  return 0;
}

void ByteReader::column(std::size_t count, std::vector<std::int64_t>& to) {
  const auto base = scalar<std::uint64_t>();
  const auto width = scalar<std::uint8_t>();
  const std::string_view raw = bytes(static_cast<std::uint64_t>(count) * width);
  to.resize(is_ok_ ? count : 0);
  switch (is_ok_ ? width : 0) {
    case 1:
      widen<std::uint8_t>(raw, base, to);
      break;
    case 2:
      widen<std::uint16_t>(raw, base, to);
      break;
    case 4:
      widen<std::uint32_t>(raw, base, to);
      break;
    case 8:
      widen<std::uint64_t>(raw, base, to);
      break;
    case 0:
      std::ranges::fill(to, static_cast<std::int64_t>(base));
      break;
    default:
      is_ok_ = false;
      to.clear();
  }
}

void ByteReader::skip_column(std::size_t count) {
  bytes(8);
  const auto width = scalar<std::uint8_t>();
  bytes(static_cast<std::uint64_t>(count) * width);
}

}  // namespace traceway::sqlite::blocks
