// A chunk's own dictionary: each distinct text once, in order of first appearance.
#pragma once

#include "base/hash.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace traceway::sqlite::blocks {

/// Open addressing over views; the texts must outlive it. Reused from chunk to chunk: clear() keeps
/// its memory.
class TextTable {
 public:
  struct Entry {
    std::uint64_t hash;
    std::string_view text;
  };

  /// The position of the text, added when new.
  std::uint32_t intern(std::string_view text) {
    if (last_ < entries_.size() && entries_[last_].text.data() == text.data() &&
        entries_[last_].text.size() == text.size()) {
      return last_;  // neighbours often share the very same view: resource, scope, service
    }
    if ((entries_.size() + 1) * 2 > slots_.size()) grow();
    const std::uint64_t hash = hash64(text);
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at] != 0) {
      const std::uint32_t found = slots_[at] - 1;
      if (entries_[found].hash == hash && entries_[found].text == text) return last_ = found;
      at = (at + 1) & (slots_.size() - 1);
    }
    entries_.push_back({hash, text});
    slots_[at] = static_cast<std::uint32_t>(entries_.size());
    return last_ = static_cast<std::uint32_t>(entries_.size() - 1);
  }

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

  void clear() {
    entries_.clear();
    slots_.assign(slots_.size(), 0);
    last_ = 0;
  }

 private:
  void grow() {
    slots_.assign(slots_.empty() ? 64 : slots_.size() * 2, 0);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      std::size_t at = entries_[i].hash & (slots_.size() - 1);
      while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = static_cast<std::uint32_t>(i + 1);
    }
  }

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  // position + 1; 0 = free
  std::uint32_t last_ = 0;
};

}  // namespace traceway::sqlite::blocks
