#include "base/id.h"

#include "base/crypto.h"
#include "base/hash.h"
#include "base/text.h"

namespace traceway {

namespace {

constexpr char kHex[] = "0123456789abcdef";

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Reads 32 hex digits, skipping dashes where a dashed UUID has them.
std::optional<Uuid> parse_digits(std::string_view text, bool is_dashed) {
  Uuid id;
  std::size_t at = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    if (is_dashed && (i == 4 || i == 6 || i == 8 || i == 10)) {
      if (text[at++] != '-') return std::nullopt;
    }
    const int high = nibble(text[at]);
    const int low = nibble(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    at += 2;
  }
  return id;
}

std::string hex_of(const std::uint8_t* bytes, std::size_t size) {
  std::string out(size * 2, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    out[2 * i] = kHex[bytes[i] >> 4];
    out[2 * i + 1] = kHex[bytes[i] & 15];
  }
  return out;
}

void set_version(Uuid& id, int version) {
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | version << 4);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
}

}  // namespace

SpanId span_id_from_bytes(std::string_view raw) {
  SpanId id;
  if (raw.size() != 8 && raw.size() != 16) return id;
  std::memcpy(id.bytes.data(), raw.data(), raw.size());
  if (id.bytes == decltype(id.bytes){}) return id;
  id.size = static_cast<std::uint8_t>(raw.size());
  return id;
}

Uuid uuid_from_bytes(std::string_view raw) {
  Uuid id;
  if (raw.size() == id.bytes.size()) std::memcpy(id.bytes.data(), raw.data(), raw.size());
  return id;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() == 45 && text::equals_ignore_case(text.substr(0, 9), "urn:uuid:")) {
    text.remove_prefix(9);
  } else if (text.size() == 38 && text.front() == '{' && text.back() == '}') {
    text = text.substr(1, 36);
  }
  if (text.size() == 36) return parse_digits(text, true);
  if (text.size() == 32) return parse_digits(text, false);
  return std::nullopt;
}

std::string to_string(const Uuid& id) {
  std::string out(36, '-');
  std::size_t at = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++at;
    out[at++] = kHex[id.bytes[i] >> 4];
    out[at++] = kHex[id.bytes[i] & 15];
  }
  return out;
}

std::string to_hex(const Uuid& id) {
  return hex_of(id.bytes.data(), id.bytes.size());
}

std::string to_hex(const SpanId& id) {
  return hex_of(id.bytes.data(), id.size);
}

std::string to_dashed(const SpanId& id) {
  if (id.is_empty()) return {};
  Uuid padded;
  std::memcpy(padded.bytes.data() + 16 - id.size, id.bytes.data(), id.size);
  return to_string(padded);
}

Uuid uuid_v4() {
  Uuid id = uuid_from_bytes(crypto::random_bytes(16));
  set_version(id, 4);
  return id;
}

Uuid uuid_v7(std::int64_t now_ns) {
  Uuid id = uuid_from_bytes(crypto::random_bytes(16));
  auto ms = static_cast<std::uint64_t>(now_ns / 1'000'000);
  for (std::size_t i = 6; i-- > 0; ms >>= 8U) id.bytes[i] = static_cast<std::uint8_t>(ms & 0xFFU);
  set_version(id, 7);
  return id;
}

Uuid uuid_v5(const Uuid& name_space, std::string_view name) {
  std::string data(name_space.view());
  data += name;
  const auto digest = crypto::sha1(data);
  Uuid id;
  std::memcpy(id.bytes.data(), digest.data(), id.bytes.size());
  set_version(id, 5);
  return id;
}

Uuid derived_entity_id(const Uuid& project, const TraceId& trace, const SpanId& span) {
  std::array<char, 32> name{};
  std::memcpy(name.data(), trace.bytes.data(), 16);
  std::memcpy(name.data() + 16, span.bytes.data(), span.size);
  return uuid_v5(project, {name.data(), 16U + span.size});
}

Uuid numbered_id(const Uuid& name_space, std::uint64_t number) {
  Uuid id;
  const std::uint64_t tag = hash64(name_space.view());
  std::memcpy(id.bytes.data(), &tag, sizeof tag);
  for (std::size_t i = 0; i < sizeof number; ++i)
    id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0FU) | 0x80U);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3FU) | 0x80U);
  return id;
}

std::optional<std::uint64_t> number_of(const Uuid& name_space, const Uuid& id) {
  std::uint64_t number = id.bytes[8] & 0x3FU;
  for (std::size_t i = 9; i < id.bytes.size(); ++i) number = number << 8U | id.bytes[i];
  if (numbered_id(name_space, number) != id) return std::nullopt;
  return number;
}

}  // namespace traceway
