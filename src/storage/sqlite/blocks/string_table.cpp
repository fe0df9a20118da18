#include "storage/sqlite/blocks/string_table.h"

#include "base/hash.h"
#include "storage/sqlite/blocks/packed_column.h"

#include <algorithm>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::size_t kFirstSlots = 64;
constexpr std::size_t kKeptSlots = 64 * 1024;

}  // namespace

void StringTable::clear() {
  entries_.clear();
  // One chunk of many strings must not make every later one pay for wiping its table.
  if (slots_.size() > kKeptSlots || slots_.empty()) slots_.assign(kFirstSlots, 0);
  std::ranges::fill(slots_, 0U);
}

std::uint32_t StringTable::id_of(std::string_view text) {
  if (slots_.empty()) slots_.assign(kFirstSlots, 0);
  const std::uint64_t hash = hash64(text);
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  while (slots_[slot] != 0) {
    const Entry& entry = entries_[slots_[slot] - 1];
    if (entry.hash == hash && entry.text == text) return slots_[slot] - 1;
    slot = (slot + 1) & mask;
  }
  entries_.push_back({hash, text});
  const auto id = static_cast<std::uint32_t>(entries_.size() - 1);
  slots_[slot] = id + 1;
  if (entries_.size() * 2 > slots_.size()) grow();
  return id;
}

void StringTable::grow() {
  slots_.assign(slots_.size() * 4, 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    std::size_t slot = entries_[i].hash & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = static_cast<std::uint32_t>(i + 1);
  }
}

void StringTable::write(std::string& out) const {
  put_varint(out, entries_.size());
  for (const Entry& entry : entries_) put_fixed(out, entry.hash);
  std::vector<std::int64_t> lengths;
  lengths.reserve(entries_.size());
  for (const Entry& entry : entries_)
    lengths.push_back(static_cast<std::int64_t>(entry.text.size()));
  put_packed(out, lengths);
  for (const Entry& entry : entries_) out.append(entry.text);
}

bool Dictionary::read(Reader& from) {
  texts_.clear();
  const std::uint32_t count = from.count(from.left() / 8);
  hashes_ = from.bytes(count * std::size_t{8}).data();
  const PackedColumn lengths(from, count);
  if (!from.ok() || lengths.count() != count) return false;
  texts_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    texts_.push_back(from.bytes(static_cast<std::size_t>(lengths[i])));
  }
  return from.ok();
}

}  // namespace traceway::sqlite::blocks
