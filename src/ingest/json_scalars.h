// Scalars of OTLP/JSON as the protobuf JSON mapping allows them. False means: a wrong JSON type.
#pragma once

#include "base/bytes.h"

#include <simdjson.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace traceway::ingest::json_scalars {

using Element = simdjson::dom::element;

/// A copy in the arena, because the parser's strings end with the parser.
[[nodiscard]] bool read_text(const Element& from, std::string_view& to, Arena& arena);
/// Numbers, or strings of digits.
[[nodiscard]] bool read_integer(const Element& from, std::int64_t& to);
[[nodiscard]] bool read_unsigned(const Element& from, std::uint64_t& to);
[[nodiscard]] bool read_unsigned(const Element& from, std::uint32_t& to);
/// Numbers, numeric strings, `NaN`, `Infinity`, `-Infinity`.
[[nodiscard]] bool read_double(const Element& from, double& to);
/// Base64 in either alphabet, padding optional; raw bytes in the arena.
[[nodiscard]] bool read_base64(const Element& from, std::string_view& to, Arena& arena);
/// Hex in either case; raw bytes in the arena. Text that is no hex gives one zero byte, which is no
/// id of any kind, so that only its own span is rejected.
[[nodiscard]] bool read_id(const Element& from, std::string_view& to, Arena& arena);
/// A number, or one of the names (its position).
[[nodiscard]] bool read_enum(const Element& from, std::uint64_t& to,
                             std::span<const std::string_view> names);

}  // namespace traceway::ingest::json_scalars
