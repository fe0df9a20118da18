// The alphabet of blocks: little-endian integers, varints, and bounds-checked reading.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace traceway::sqlite::blocks {

static_assert(std::endian::native == std::endian::little, "blocks are little-endian as they rest");

/// Reading a packed value loads 8 bytes at once: whatever holds packed columns ends with this many
/// spare bytes.
inline constexpr std::size_t kPadding = 8;

template <class T>
void put_fixed(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80U));
    value >>= 7U;
  }
  out.push_back(static_cast<char>(value));
}

/// Small magnitudes of either sign to small unsigned numbers.
[[nodiscard]] inline std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}

[[nodiscard]] inline std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1));
}

inline void put_signed(std::string& out, std::int64_t value) {
  put_varint(out, zigzag(value));
}

template <class T>
[[nodiscard]] T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// Walks over encoded bytes. A read past the end yields zeros and makes ok() false for good.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  [[nodiscard]] bool ok() const { return is_ok_; }

  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

  template <class T>
  [[nodiscard]] T fixed() {
    if (left() < sizeof(T)) return failed<T>();
    const T value = load<T>(at_);
    at_ += sizeof(T);
    return value;
  }

  [[nodiscard]] std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(*at_++);
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    return failed<std::uint64_t>();
  }

  [[nodiscard]] std::int64_t signed_varint() { return unzigzag(varint()); }

  /// A count of things that take at least one byte in `per` things: a larger one is a defect, not
  /// an allocation.
  [[nodiscard]] std::uint32_t count(std::size_t at_most) {
    const std::uint64_t value = varint();
    if (value > at_most) return failed<std::uint32_t>();
    return static_cast<std::uint32_t>(value);
  }

  [[nodiscard]] std::string_view bytes(std::size_t size) {
    if (left() < size) {
      failed<int>();
      return {};
    }
    const std::string_view out(at_, size);
    at_ += size;
    return out;
  }

 private:
  template <class T>
  T failed() {
    is_ok_ = false;
    at_ = end_;
    return T{};
  }

  const char* at_;
  const char* end_;
  bool is_ok_ = true;
};

}  // namespace traceway::sqlite::blocks
