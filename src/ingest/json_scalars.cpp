#include "ingest/json_scalars.h"

#include "base/text.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace traceway::ingest::json_scalars {

namespace {

template <class T>
bool parse_whole(std::string_view text, T& to) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), to);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size();
}

}  // namespace

bool read_text(const Element& from, std::string_view& to, Arena& arena) {
  std::string_view text;
  if (from.get(text) != simdjson::SUCCESS) return false;
  to = arena.copy(text);
  return true;
}

bool read_integer(const Element& from, std::int64_t& to) {
  std::string_view text;
  if (from.get(text) == simdjson::SUCCESS) return parse_whole(text, to);
  if (from.get(to) == simdjson::SUCCESS) return true;
  double number = 0;
  if (from.get(number) != simdjson::SUCCESS || number != std::trunc(number) ||
      std::abs(number) >= 0x1p63) {
    return false;
  }
  to = static_cast<std::int64_t>(number);
  return true;
}

bool read_unsigned(const Element& from, std::uint64_t& to) {
  std::string_view text;
  if (from.get(text) == simdjson::SUCCESS) return parse_whole(text, to);
  if (from.get(to) == simdjson::SUCCESS) return true;
  double number = 0;
  if (from.get(number) != simdjson::SUCCESS || number != std::trunc(number) || number < 0 ||
      number >= 0x1p64) {
    return false;
  }
  to = static_cast<std::uint64_t>(number);
  return true;
}

bool read_unsigned(const Element& from, std::uint32_t& to) {
  std::uint64_t wide = 0;
  if (!read_unsigned(from, wide) || wide > UINT32_MAX) return false;
  to = static_cast<std::uint32_t>(wide);
  return true;
}

bool read_double(const Element& from, double& to) {
  if (from.get(to) == simdjson::SUCCESS) return true;
  std::string_view text;
  if (from.get(text) != simdjson::SUCCESS) return false;
  if (text == "NaN") {
    to = std::numeric_limits<double>::quiet_NaN();
  } else if (text == "Infinity") {
    to = std::numeric_limits<double>::infinity();
  } else if (text == "-Infinity") {
    to = -std::numeric_limits<double>::infinity();
  } else {
    const auto number = text::parse_double(text);
    if (!number) return false;
    to = *number;
  }
  return true;
}

bool read_base64(const Element& from, std::string_view& to, Arena& arena) {
  std::string_view text;
  if (from.get(text) != simdjson::SUCCESS) return false;
  const auto bytes = text::from_base64(text);
  if (!bytes) return false;
  to = arena.copy(*bytes);
  return true;
}

bool read_id(const Element& from, std::string_view& to, Arena& arena) {
  std::string_view hex;
  if (from.get(hex) != simdjson::SUCCESS) return false;
  const auto bytes = text::from_hex(hex);
  to = bytes ? arena.copy(*bytes) : std::string_view("\0", 1);
  return true;
}

bool read_enum(const Element& from, std::uint64_t& to, std::span<const std::string_view> names) {
  std::string_view text;
  if (from.get(text) != simdjson::SUCCESS) {
    std::int64_t number = 0;
    if (!read_integer(from, number)) return false;
    to = static_cast<std::uint64_t>(number);  // a negative number is as unknown as a huge one
    return true;
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) {
      to = i;
      return true;
    }
  }
  return false;
}

}  // namespace traceway::ingest::json_scalars
