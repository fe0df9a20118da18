#include "base/hash.h"

#include <xxhash.h>

namespace traceway {

std::uint64_t hash64(std::string_view data) {
  return XXH3_64bits(data.data(), data.size());
}

Uuid hash128(std::string_view data, std::uint64_t seed) {
  const XXH128_hash_t value = XXH3_128bits_withSeed(data.data(), data.size(), seed);
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, value);
  Uuid out;
  std::memcpy(out.bytes.data(), canonical.digest, out.bytes.size());
  return out;
}

}  // namespace traceway
