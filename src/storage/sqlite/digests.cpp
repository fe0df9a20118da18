#include "storage/sqlite/digests.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace traceway::sqlite {

namespace {

constexpr std::int64_t kNsPerMinute = 60'000'000'000;
constexpr std::size_t kFirstSlots = 64;

/// Both halves of the digest folded into eight bytes. 0 marks free slots.
std::uint64_t fingerprint_of(const Uuid& digest) {
  std::array<std::uint64_t, 2> words{};
  std::memcpy(words.data(), digest.bytes.data(), sizeof words);
  const std::uint64_t word = words[0] ^ std::rotl(words[1], 32);
  return word == 0 ? 1 : word;
}

}  // namespace

void FingerprintSet::place(std::uint64_t fingerprint) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = fingerprint & mask;
  while (slots_[slot] != 0) slot = (slot + 1) & mask;
  slots_[slot] = fingerprint;
}

bool FingerprintSet::insert(std::uint64_t fingerprint) {
  if (contains(fingerprint)) return false;
  if ((size_ + 1) * 2 > slots_.size()) {
    std::vector<std::uint64_t> old(std::max(kFirstSlots, slots_.size() * 2), 0);
    old.swap(slots_);
    for (const std::uint64_t one : old) {
      if (one != 0) place(one);
    }
  }
  place(fingerprint);
  ++size_;
  return true;
}

bool FingerprintSet::contains(std::uint64_t fingerprint) const {
  if (slots_.empty()) return false;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = fingerprint & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    if (slots_[slot] == fingerprint) return true;
  }
  return false;
}

void DigestMemory::remember(const Uuid& digest, std::int64_t committed_ns) {
  const std::int64_t number = committed_ns / kNsPerMinute;
  const auto found = std::ranges::find(minutes_, number, &Minute::number);
  Minute& minute = found != minutes_.end() ? *found : minutes_.emplace_back(Minute{number, {}});
  minute.fingerprints.insert(fingerprint_of(digest));
}

bool DigestMemory::is_known(const Uuid& digest, std::int64_t now_ns) const {
  const std::uint64_t fingerprint = fingerprint_of(digest);
  const std::int64_t oldest = (now_ns - kRememberedNs) / kNsPerMinute;
  // Repeats follow soon: the newest minute first.
  return std::any_of(minutes_.rbegin(), minutes_.rend(), [&](const Minute& minute) {
    return minute.number >= oldest && minute.fingerprints.contains(fingerprint);
  });
}

void DigestMemory::forget(std::int64_t now_ns) {
  const std::int64_t oldest = (now_ns - kRememberedNs) / kNsPerMinute;
  std::erase_if(minutes_, [&](const Minute& minute) { return minute.number < oldest; });
}

std::size_t DigestMemory::size() const {
  std::size_t sum = 0;
  for (const Minute& minute : minutes_) sum += minute.fingerprints.size();
  return sum;
}

}  // namespace traceway::sqlite
