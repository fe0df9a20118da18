// Searching in log bodies: what a needle demands of a chunk's tokens, and which bodies have it.
// Source: telemetry-store 5.
#pragma once

#include "storage/sqlite/blocks/log_bodies.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::sqlite::blocks {

/// One needle. Compared without regard to ASCII case. One thread.
class TextSearch {
 public:
  /// Every word of the needle must occur as the start of a token. A needle without words matches
  /// everything.
  [[nodiscard]] static TextSearch words(std::string_view needle);
  /// The needle must occur anywhere. An empty one matches everything.
  [[nodiscard]] static TextSearch substring(std::string_view needle);

  /// False when no body of the chunk that the filter was made of can match.
  [[nodiscard]] bool may_match(std::string_view filter) const;
  [[nodiscard]] bool matches(std::string_view body);
  /// Clears mask[row] where a body does not match.
  void apply(const ChunkBodies& bodies, std::span<std::uint8_t> mask);

 private:
  [[nodiscard]] bool has_all_words(std::string_view folded) const;

  bool is_words_ = false;
  std::vector<std::string> needles_;   // folded; the longest first, a substring is alone
  std::vector<std::uint64_t> hashes_;  // that the filter must contain
  std::string folded_;
};

}  // namespace traceway::sqlite::blocks
