// Fast non-cryptographic hashes: block checksums, string hashes, request digests.
#pragma once

#include "base/id.h"

#include <cstdint>
#include <string_view>

namespace traceway {

/// XXH3, 64 bits. Stable across releases: it is stored in blocks.
[[nodiscard]] std::uint64_t hash64(std::string_view data);
/// XXH3, 128 bits, as 16 bytes in canonical (big-endian) order.
[[nodiscard]] Uuid hash128(std::string_view data, std::uint64_t seed = 0);

}  // namespace traceway
