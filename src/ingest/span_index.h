// Finds a span of one request by trace and span id: duplicates, entry points, subtrees.
#pragma once

#include "model/span.h"

#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

namespace traceway::ingest {

/// Open addressing over positions in a span vector, which stays the caller's. Seeded, because
/// clients choose the ids.
class SpanIndex {
 public:
  explicit SpanIndex(std::uint64_t seed) : seed_(seed | 1U) { slots_.resize(kFirstSlots); }

  [[nodiscard]] std::optional<std::uint32_t> find(const std::vector<Span>& spans,
                                                  const TraceId& trace, const SpanId& id) const {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash(trace, id) & mask; slots_[at] != 0; at = (at + 1) & mask) {
      const Span& span = spans[slots_[at] - 1];
      if (span.id == id && span.trace == trace) return slots_[at] - 1;
    }
    return std::nullopt;
  }

  /// The span at `position` must not be in the index yet.
  void insert(const std::vector<Span>& spans, std::uint32_t position) {
    if ((used_ + 1) * 2 > slots_.size()) grow(spans);
    place(spans[position], position);
    ++used_;
  }

 private:
  static constexpr std::size_t kFirstSlots = 256;

  [[nodiscard]] std::size_t hash(const TraceId& trace, const SpanId& id) const {
    std::uint64_t words[4];
    std::memcpy(words, trace.bytes.data(), 16);
    std::memcpy(words + 2, id.bytes.data(), 16);
    std::uint64_t mixed = seed_;
    for (const std::uint64_t word : words) {
      mixed = (mixed ^ word) * 0x9E3779B97F4A7C15ULL;
      mixed = (mixed ^ mixed >> 32U) * seed_;
    }
    return static_cast<std::size_t>(mixed ^ mixed >> 29U);
  }

  void place(const Span& span, std::uint32_t position) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash(span.trace, span.id) & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = position + 1;
  }

  void grow(const std::vector<Span>& spans) {
    const std::vector<std::uint32_t> before = std::move(slots_);
    slots_.assign(before.size() * 2, 0);
    for (const std::uint32_t slot : before) {
      if (slot != 0) place(spans[slot - 1], slot - 1);
    }
  }

  std::uint64_t seed_;
  std::size_t used_ = 0;
  std::vector<std::uint32_t> slots_;  ///< position + 1; 0 = free
};

}  // namespace traceway::ingest
