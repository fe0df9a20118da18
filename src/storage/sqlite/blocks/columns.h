// Integer columns as arrays of the narrowest width that fits, and the byte cursor that reads them
// back.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::sqlite::blocks {

/// Appends little-endian scalars, varints and texts to a byte string.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  template <class T>
  void scalar(T value) {
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }

  void varint(std::uint64_t value) {
    while (value >= 0x80) {
      out_ += static_cast<char>(value | 0x80U);
      value >>= 7U;
    }
    out_ += static_cast<char>(value);
  }

  void text(std::string_view value) {
    varint(value.size());
    out_ += value;
  }

  void bytes(std::string_view value) { out_ += value; }

  /// Frame of reference: smallest value, then each difference in 1, 2, 4 or 8 bytes.
  ///   i64 base | u8 width | count * width bytes
  void column(std::span<const std::int64_t> values);

 private:
  std::string& out_;
};

/// Reads what ByteWriter wrote. Past the end it reads zeros and remembers: check ok() before
/// trusting anything.
class ByteReader {
 public:
  explicit ByteReader(std::string_view data) : rest_(data) {}

  template <class T>
  T scalar() {
    T value{};
    if (const std::string_view raw = bytes(sizeof value); raw.size() == sizeof value) {
      std::memcpy(&value, raw.data(), sizeof value);
    }
    return value;
  }

  std::uint64_t varint();

  std::string_view text() { return bytes(varint()); }

  std::string_view bytes(std::uint64_t count) {
    if (count > rest_.size()) {
      is_ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return out;
  }

  /// Decodes a column of `count` values into `to` (resized).
  void column(std::size_t count, std::vector<std::int64_t>& to);
  void skip_column(std::size_t count);

  [[nodiscard]] bool ok() const { return is_ok_; }

  [[nodiscard]] std::size_t left() const { return rest_.size(); }

  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool is_ok_ = true;
};

}  // namespace traceway::sqlite::blocks
