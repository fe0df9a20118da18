#include "storage/sqlite/blocks/tokens.h"

#include "storage/sqlite/blocks/filter.h"

#include <algorithm>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::size_t kFirstSlots = 4096;
constexpr std::size_t kKeptSlots = 256 * 1024;

}  // namespace

void TokenSet::clear() {
  hashes_.clear();
  // One chunk of many tokens must not make every later one pay for wiping its table.
  if (slots_.size() > kKeptSlots || slots_.empty()) slots_.assign(kFirstSlots, 0);
  std::ranges::fill(slots_, std::uint64_t{0});
}

void TokenSet::insert(std::uint64_t hash) {
  const std::uint64_t key = hash == 0 ? 1 : hash;
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = key & mask;
  while (slots_[slot] != 0) {
    if (slots_[slot] == key) return;
    slot = (slot + 1) & mask;
  }
  slots_[slot] = key;
  hashes_.push_back(hash);
  if (hashes_.size() * 2 > slots_.size()) grow();
}

void TokenSet::grow() {
  slots_.assign(slots_.size() * 4, 0);
  const std::size_t mask = slots_.size() - 1;
  for (const std::uint64_t hash : hashes_) {
    const std::uint64_t key = hash == 0 ? 1 : hash;
    std::size_t slot = key & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = key;
  }
}

void TokenSet::add(std::string_view body) {
  if (slots_.empty()) clear();
  const char* at = body.data();
  const char* const end = at + body.size();
  while (at != end) {
    tokens::Hash hash;
    std::size_t length = 0;
    for (std::uint8_t byte = 0; at != end && (byte = tokens::folded(*at)) != 0; ++at) {
      hash.add(byte);
      if (++length == kTokenPrefix) insert(hash.value());
    }
    // A token of four bytes is its own prefix.
    if (length != 0 && length != kTokenPrefix) insert(hash.value());
    if (at != end) ++at;
  }
}

void TokenSet::write(std::string& out) {
  out.append(make_filter(hashes_));
}

}  // namespace traceway::sqlite::blocks
