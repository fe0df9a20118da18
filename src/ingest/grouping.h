// The identity of an issue: normalises exception text and hashes what is left.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace traceway::ingest {

/// Stored beside every hash; raised when a change of the steps changes any hash.
inline constexpr std::uint16_t kGroupingVersion = 1;

/// The text after the 21 steps of ingest 5.2; for a message, the trimmed text. Linear in the length
/// of the text. Pure.
[[nodiscard]] std::string normalize_stack(std::string_view stack_trace, bool is_message);
/// First 16 lower-case hex digits of SHA-256 over the normalised text.
[[nodiscard]] std::string exception_hash(std::string_view stack_trace, bool is_message);

/// V8 and Gecko traces in the SDK's two-line frame form; any other text is returned unchanged.
/// Source: ingest 5.5.
[[nodiscard]] std::string canonical_javascript_stack(std::string_view stack_trace);

}  // namespace traceway::ingest
