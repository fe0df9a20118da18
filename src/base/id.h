// 16-byte ids: UUIDs of our own objects, W3C trace ids, and their text forms.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace traceway {

/// 16 bytes in network order. All zero means "none" everywhere.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  friend auto operator<=>(const Uuid&, const Uuid&) = default;

  [[nodiscard]] bool is_zero() const { return *this == Uuid{}; }

  [[nodiscard]] std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

/// A W3C trace id as sent, 16 bytes; the same layout as a UUID, shown as 32 hex digits without
/// dashes.
using TraceId = Uuid;

/// A span id: 8 bytes from OTLP, 16 from the native protocol, 0 = none.
struct SpanId {
  std::array<std::uint8_t, 16> bytes{};
  std::uint8_t size = 0;  ///< 0, 8 or 16; bytes past size are zero

  friend auto operator<=>(const SpanId&, const SpanId&) = default;

  [[nodiscard]] bool is_empty() const { return size == 0; }

  [[nodiscard]] std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), size};
  }
};

/// Copies 8 or 16 raw bytes; any other length or all zero gives the empty id.
[[nodiscard]] SpanId span_id_from_bytes(std::string_view raw);
/// Copies exactly 16 raw bytes; any other length gives the zero id.
[[nodiscard]] Uuid uuid_from_bytes(std::string_view raw);

/// Accepts 36 characters with dashes, 32 hex digits, `urn:uuid:` + 36, `{` + 36 + `}`, in either
/// case. Empty on anything else. The zero UUID parses; callers that treat it as absent check
/// is_zero(). Source: ingest 2.1.
[[nodiscard]] std::optional<Uuid> parse_uuid(std::string_view text);

/// Lower case with dashes, 36 characters.
[[nodiscard]] std::string to_string(const Uuid& id);
/// Lower-case hex without dashes: 32 digits.
[[nodiscard]] std::string to_hex(const Uuid& id);
/// Lower-case hex: 16 or 32 digits, empty for the empty id.
[[nodiscard]] std::string to_hex(const SpanId& id);
/// The span id zero-padded on the left to 16 bytes and dashed, as the dashboard API shows it; empty
/// for none.
[[nodiscard]] std::string to_dashed(const SpanId& id);

/// Random (version 4). Any thread.
[[nodiscard]] Uuid uuid_v4();
/// Time-ordered (version 7): 48 bits of Unix milliseconds, the rest random. Any thread.
[[nodiscard]] Uuid uuid_v7(std::int64_t now_ns);
/// Name-based (version 5, SHA-1) in a namespace. Pure.
[[nodiscard]] Uuid uuid_v5(const Uuid& name_space, std::string_view name);

/// The entity id of an OTLP span that became an endpoint or task: UUID v5 in the project's
/// namespace over the 16 trace id bytes followed by the span id bytes. Source: ingest 2.1.
[[nodiscard]] Uuid derived_entity_id(const Uuid& project, const TraceId& trace, const SpanId& span);

/// The id of what is only numbered in its namespace: a UUID of version 8 that carries the number.
/// number: below 2^62. Pure.
[[nodiscard]] Uuid numbered_id(const Uuid& name_space, std::uint64_t number);
/// Back again; empty for an id of another namespace or kind.
[[nodiscard]] std::optional<std::uint64_t> number_of(const Uuid& name_space, const Uuid& id);

}  // namespace traceway

template <>
struct std::hash<traceway::Uuid> {
  std::size_t operator()(const traceway::Uuid& id) const noexcept {
    std::uint64_t word = 0;  // v4/v7/v5 ids carry enough entropy in their second half
    std::memcpy(&word, id.bytes.data() + 8, sizeof word);
    return static_cast<std::size_t>(word * 0x9E3779B97F4A7C15ULL);
  }
};
