// Content decoding with a cap: gzip and deflate, whole bodies, never more memory than the budget
// allows.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace traceway::http {

/// A decoded body and its share of the memory budget.
struct DecodedBody {
  std::vector<char> bytes;
  ByteLease lease;
};

/// Decodes `body` by its Content-Encoding ("" and identity: moved through; gzip with several
/// members; deflate = zlib). Decoding stops at max_bytes + 1; the announced size is never allocated
/// on trust. Errors: kMalformed "Invalid gzip" (truncated, wrong checksum, garbage after the last
/// member), kTooLarge past max_bytes, kUnsupported for any other encoding, kUnavailable when the
/// budget is spent.
[[nodiscard]] Result<DecodedBody> decode_body(std::vector<char>&& body, ByteLease&& body_lease,
                                              std::string_view content_encoding,
                                              std::size_t max_bytes, ByteBudget& budget);

/// One gzip member. level: 1 (fast) to 12 (small). Any thread.
[[nodiscard]] std::string gzip(std::string_view bytes, int level = 6);

}  // namespace traceway::http
