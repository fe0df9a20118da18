// A cursor over the fields of one protobuf message. protozero reads the varints; groups, which its
// own reader refuses, are skipped here.
#pragma once

#include <protozero/exception.hpp>
#include <protozero/types.hpp>
#include <protozero/varint.hpp>

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace traceway::ingest {

/// Field number and wire type in one number, to switch on: a field of an unexpected wire type is an
/// unknown field.
[[nodiscard]] constexpr std::uint32_t varint_field(std::uint32_t number) {
  return number << 3U | static_cast<std::uint32_t>(protozero::pbf_wire_type::varint);
}

[[nodiscard]] constexpr std::uint32_t fixed64_field(std::uint32_t number) {
  return number << 3U | static_cast<std::uint32_t>(protozero::pbf_wire_type::fixed64);
}

[[nodiscard]] constexpr std::uint32_t fixed32_field(std::uint32_t number) {
  return number << 3U | static_cast<std::uint32_t>(protozero::pbf_wire_type::fixed32);
}

[[nodiscard]] constexpr std::uint32_t bytes_field(std::uint32_t number) {
  return number << 3U | static_cast<std::uint32_t>(protozero::pbf_wire_type::length_delimited);
}

/// Reads one message field by field. next() decodes the value as well, so nothing needs skipping.
/// Throws protozero::exception on broken wire data; never reads outside the message.
class FieldReader {
 public:
  explicit FieldReader(std::string_view message)
      : at_(message.data()), end_(message.data() + message.size()) {}

  /// False at the end of the message.
  [[nodiscard]] bool next() {
    while (at_ != end_) {
      const std::uint64_t tag = protozero::decode_varint(&at_, end_);
      if (tag > UINT32_MAX || (tag >> 3U) == 0) throw protozero::invalid_tag_exception{};
      key_ = static_cast<std::uint32_t>(tag);
      if (read_value()) return true;
    }
    return false;
  }

  /// What varint_field() and its siblings build.
  [[nodiscard]] std::uint32_t key() const { return key_; }

  /// Of a varint, fixed64 or fixed32 field.
  [[nodiscard]] std::uint64_t number() const { return number_; }

  [[nodiscard]] std::uint32_t number32() const { return static_cast<std::uint32_t>(number_); }

  [[nodiscard]] double as_double() const {
    double value = 0;
    std::memcpy(&value, &number_, sizeof value);
    return value;
  }

  /// Of a length-delimited field.
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  static constexpr std::uint32_t kStartGroup = 3;
  static constexpr std::uint32_t kEndGroup = 4;
  static constexpr std::size_t kMaxGroupDepth = 64;

  /// False when what stood there was a group, which no known message has.
  bool read_value() {
    switch (key_ & 7U) {
      case static_cast<std::uint32_t>(protozero::pbf_wire_type::varint):
        number_ = protozero::decode_varint(&at_, end_);
        return true;
      case static_cast<std::uint32_t>(protozero::pbf_wire_type::fixed64):
        number_ = read_fixed<std::uint64_t>();
        return true;
      case static_cast<std::uint32_t>(protozero::pbf_wire_type::length_delimited):
        bytes_ = read_bytes();
        return true;
      case static_cast<std::uint32_t>(protozero::pbf_wire_type::fixed32):
        number_ = read_fixed<std::uint32_t>();
        return true;
      case kStartGroup:
        skip_group();
        return false;
      default:
        throw protozero::unknown_pbf_wire_type_exception{};
    }
  }

  template <class T>
  T read_fixed() {
    if (static_cast<std::size_t>(end_ - at_) < sizeof(T)) {
      throw protozero::end_of_buffer_exception{};
    }
    T value = 0;
    std::memcpy(&value, at_, sizeof value);  // little-endian on the wire and here
    at_ += sizeof value;
    return value;
  }

  std::string_view read_bytes() {
    const std::uint64_t size = protozero::decode_varint(&at_, end_);
    if (size > static_cast<std::uint64_t>(end_ - at_)) throw protozero::end_of_buffer_exception{};
    const std::string_view view{at_, static_cast<std::size_t>(size)};
    at_ += size;
    return view;
  }

  void skip_group() {
    std::vector<std::uint32_t> open{key_ >> 3U};
    while (!open.empty()) {
      const std::uint64_t tag = protozero::decode_varint(&at_, end_);
      if (tag > UINT32_MAX || (tag >> 3U) == 0) throw protozero::invalid_tag_exception{};
      key_ = static_cast<std::uint32_t>(tag);
      switch (key_ & 7U) {
        case kStartGroup:
          if (open.size() == kMaxGroupDepth) throw protozero::invalid_length_exception{};
          open.push_back(key_ >> 3U);
          break;
        case kEndGroup:
          if (open.back() != key_ >> 3U) throw protozero::invalid_tag_exception{};
          open.pop_back();
          break;
        default:
          read_value();
      }
    }
  }

  const char* at_;
  const char* end_;
  std::uint32_t key_ = 0;
  std::uint64_t number_ = 0;
  std::string_view bytes_;
};

static_assert(std::endian::native == std::endian::little,
              "FieldReader copies fixed-width fields as they lie on the wire");

}  // namespace traceway::ingest
