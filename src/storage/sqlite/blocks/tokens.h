// Part 4 of a chunk of log records: which tokens its bodies may hold, a filter (filter.h) over the
// hashes of whole tokens and of their first four bytes.
//
// A token is a run of ASCII letters, digits, underscores and bytes past ASCII, with ASCII letters
// in lower case.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::sqlite::blocks {

inline constexpr std::size_t kTokenPrefix = 4;

namespace tokens {

/// What a byte is in a token: itself, its lower case, or 0 for none.
inline constexpr std::array<std::uint8_t, 256> kFolded = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) {
    const bool is_upper = byte >= 'A' && byte <= 'Z';
    const bool is_other =
        (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_' || byte >= 0x80;
    if (is_upper) table[byte] = static_cast<std::uint8_t>(byte - 'A' + 'a');
    if (is_other) table[byte] = static_cast<std::uint8_t>(byte);
  }
  return table;
}();

[[nodiscard]] constexpr std::uint8_t folded(char c) {
  return kFolded[static_cast<std::uint8_t>(c)];
}

/// The hash of a token, byte by byte. Stored: it never changes.
class Hash {
 public:
  void add(std::uint8_t folded) { state_ = (state_ ^ folded) * 0x9E3779B97F4A7C15ULL; }

  [[nodiscard]] std::uint64_t value() const {
    const std::uint64_t mixed = (state_ ^ (state_ >> 32U)) * 0xD6E8FEB86659FD93ULL;
    return mixed ^ (mixed >> 32U);
  }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325ULL;
};

}  // namespace tokens

/// Encoding side: the distinct hashes of a chunk's bodies. Reused from chunk to chunk.
class TokenSet {
 public:
  void clear();
  void add(std::string_view body);
  void write(std::string& out);

 private:
  void insert(std::uint64_t hash);
  void grow();

  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint64_t> slots_;  // open addressing, 0 = free
};

}  // namespace traceway::sqlite::blocks
