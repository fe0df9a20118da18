#include "storage/sqlite/blocks/filter.h"

#include "base/hash.h"
#include "storage/sqlite/blocks/wire.h"

#include <algorithm>

namespace traceway::sqlite::blocks {

namespace {

constexpr char kList = 0;
constexpr char kBloom = 1;
constexpr std::size_t kMaxListed = 64;
constexpr std::size_t kBitsPerKey = 10;
constexpr unsigned kProbes = 7;
constexpr std::size_t kBloomHead = 1 + sizeof(std::uint32_t);

/// The bit of probe `probe`, below `bits`.
std::size_t bit_of(std::uint64_t hash, unsigned probe, std::uint32_t bits) {
  const auto low = static_cast<std::uint32_t>(hash);
  const auto high = static_cast<std::uint32_t>(hash >> 32U) | 1U;
  const std::uint32_t mixed = low + probe * high;
  return static_cast<std::size_t>((static_cast<std::uint64_t>(mixed) * bits) >> 32U);
}

}  // namespace

std::uint64_t id_hash(const Uuid& id) {
  return hash64(id.view());
}

std::string make_filter(std::vector<std::uint64_t> hashes) {
  std::string out;
  if (hashes.size() <= kMaxListed) {
    std::ranges::sort(hashes);
    const auto repeated = std::ranges::unique(hashes);
    hashes.erase(repeated.begin(), repeated.end());
    out.push_back(kList);
    for (const std::uint64_t hash : hashes) put_fixed(out, hash);
    return out;
  }
  const std::size_t bytes = (hashes.size() * kBitsPerKey + 7) / 8;
  const auto bits = static_cast<std::uint32_t>(bytes * 8);
  out.push_back(kBloom);
  put_fixed(out, bits);
  out.resize(kBloomHead + bytes);
  char* const map = out.data() + kBloomHead;
  for (const std::uint64_t hash : hashes) {
    for (unsigned probe = 0; probe < kProbes; ++probe) {
      const std::size_t bit = bit_of(hash, probe, bits);
      map[bit >> 3U] = static_cast<char>(map[bit >> 3U] | (1 << (bit & 7U)));
    }
  }
  return out;
}

bool may_contain(std::string_view filter, std::uint64_t hash) {
  if (filter.empty()) return true;
  if (filter[0] == kList) {
    for (std::size_t at = 1; at + 8 <= filter.size(); at += 8) {
      if (load<std::uint64_t>(filter.data() + at) == hash) return true;
    }
    return (filter.size() - 1) % 8 != 0;
  }
  if (filter[0] != kBloom || filter.size() <= kBloomHead) return true;
  const auto bits = load<std::uint32_t>(filter.data() + 1);
  if (bits != (filter.size() - kBloomHead) * 8) return true;
  const char* const map = filter.data() + kBloomHead;
  for (unsigned probe = 0; probe < kProbes; ++probe) {
    const std::size_t bit = bit_of(hash, probe, bits);
    if ((static_cast<unsigned char>(map[bit >> 3U]) >> (bit & 7U) & 1U) == 0) return false;
  }
  return true;
}

}  // namespace traceway::sqlite::blocks
