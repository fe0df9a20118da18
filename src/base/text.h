// Text: UTF-8 repair, hex, base64, numbers as text, small ASCII helpers. Pure; any thread.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::text {

/// True when every byte sequence is well-formed UTF-8 and there is no U+0000.
[[nodiscard]] bool is_clean_utf8(std::string_view text);
/// The text itself when clean; else a copy in the arena with ill-formed sequences and U+0000 as
/// U+FFFD.
[[nodiscard]] std::string_view clean_utf8(std::string_view text, Arena& arena);
/// Cut to at most max_bytes at a code point boundary. A view into the argument.
[[nodiscard]] std::string_view truncate_utf8(std::string_view text, std::size_t max_bytes);

[[nodiscard]] std::string to_hex(std::string_view bytes);
/// Even number of hex digits in either case; empty optional on anything else.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view hex);
/// Standard alphabet with padding.
[[nodiscard]] std::string to_base64(std::string_view bytes);
/// Standard or URL alphabet, padding optional.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view base64);
/// URL alphabet, no padding (JWT).
[[nodiscard]] std::string to_base64url(std::string_view bytes);

/// Shortest digits that read back equal; plain notation for 1e-6 <= |v| < 1e21, integral values
/// without `.0`, else exponent; `NaN`, `+Inf`, `-Inf`. Source: ingest 2.4.
[[nodiscard]] std::string number_to_text(double value);

[[nodiscard]] std::string_view trim(std::string_view text);  ///< ASCII white space at both ends
[[nodiscard]] std::string to_lower(std::string_view text);   ///< ASCII only
[[nodiscard]] bool equals_ignore_case(std::string_view a, std::string_view b);  ///< ASCII folding
/// ASCII-case-insensitive substring; an empty needle is always found. Source: dashboard-api 1.9.
[[nodiscard]] bool contains_ignore_case(std::string_view haystack, std::string_view needle);
/// A whole non-negative or negative decimal integer; empty on anything else or overflow.
[[nodiscard]] std::optional<std::int64_t> parse_int(std::string_view text);
[[nodiscard]] std::optional<double> parse_double(std::string_view text);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// `%41` -> `A`; what is no escape stays as it is.
[[nodiscard]] std::string percent_decoded(std::string_view text);
/// Appends a JSON string literal, quotes included. The text must be clean UTF-8.
void append_json_string(std::string& out, std::string_view text);

}  // namespace traceway::text
