#include "storage/sqlite/blocks/text_search.h"

#include "storage/sqlite/blocks/filter.h"
#include "storage/sqlite/blocks/tokens.h"

#include <algorithm>
#include <cstring>

namespace traceway::sqlite::blocks {

namespace {

std::uint64_t hash_of(std::string_view token) {
  tokens::Hash hash;
  for (const char c : token) hash.add(tokens::folded(c));
  return hash.value();
}

/// ASCII letters in lower case, nothing else changed.
void fold(std::string_view from, std::string& to) {
  to.resize(from.size());
  char* const out = to.data();
  for (std::size_t i = 0; i < from.size(); ++i) {
    const char c = from[i];
    out[i] = static_cast<char>(c + ((c >= 'A' && c <= 'Z') ? 'a' - 'A' : 0));
  }
}

/// Calls visit(begin, end) for each token.
template <class Visit>
void each_token(std::string_view text, Visit&& visit) {
  for (std::size_t at = 0; at < text.size();) {
    if (tokens::folded(text[at]) == 0) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && tokens::folded(text[end]) != 0) ++end;
    visit(at, end);
    at = end;
  }
}

std::size_t find_from(std::string_view text, std::string_view needle, std::size_t from) {
  // memmem is several times faster than string_view::find on long texts.
  const void* const found =
      memmem(text.data() + from, text.size() - from, needle.data(), needle.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

bool starts_token(std::string_view folded, std::size_t at) {
  return at == 0 || tokens::folded(folded[at - 1]) == 0;
}

}  // namespace

TextSearch TextSearch::words(std::string_view needle) {
  TextSearch out;
  out.is_words_ = true;
  std::string folded;
  fold(needle, folded);
  each_token(folded, [&](std::size_t begin, std::size_t end) {
    out.needles_.push_back(folded.substr(begin, end - begin));
    if (end - begin >= kTokenPrefix)
      out.hashes_.push_back(hash_of(out.needles_.back().substr(0, kTokenPrefix)));
  });
  std::ranges::sort(out.needles_, std::greater<>{}, &std::string::size);
  return out;
}

TextSearch TextSearch::substring(std::string_view needle) {
  TextSearch out;
  std::string folded;
  fold(needle, folded);
  each_token(folded, [&](std::size_t begin, std::size_t end) {
    // What stands at an edge of the needle may be a piece of a longer token.
    if (begin == 0) return;
    if (end < folded.size()) {
      out.hashes_.push_back(hash_of(std::string_view(folded).substr(begin, end - begin)));
    } else if (end - begin >= kTokenPrefix) {
      out.hashes_.push_back(hash_of(std::string_view(folded).substr(begin, kTokenPrefix)));
    }
  });
  if (!folded.empty()) out.needles_.push_back(std::move(folded));
  return out;
}

bool TextSearch::may_match(std::string_view filter) const {
  return std::ranges::all_of(hashes_,
                             [&](std::uint64_t hash) { return may_contain(filter, hash); });
}

bool TextSearch::has_all_words(std::string_view folded) const {
  return std::ranges::all_of(needles_, [&](const std::string& word) {
    for (std::size_t at = 0; at < folded.size(); ++at) {
      at = find_from(folded, word, at);
      if (at == std::string_view::npos) return false;
      if (starts_token(folded, at)) return true;
    }
    return false;
  });
}

bool TextSearch::matches(std::string_view body) {
  if (needles_.empty()) return true;
  fold(body, folded_);
  return is_words_ ? has_all_words(folded_)
                   : find_from(folded_, needles_.front(), 0) != std::string_view::npos;
}

void TextSearch::apply(const ChunkBodies& bodies, std::span<std::uint8_t> mask) {
  if (needles_.empty()) return;
  fold(bodies.joined(), folded_);
  const std::string_view folded = folded_;
  const auto ends = bodies.ends();
  std::size_t row = 0;  // those before it are decided
  const auto reject_until = [&](std::size_t end_row) {
    for (; row < end_row; ++row) mask[row] = 0;
  };
  for (std::size_t at = 0; row < ends.size();) {
    at = at < folded.size() ? find_from(folded, needles_.front(), at) : std::string_view::npos;
    if (at == std::string_view::npos) break;
    const auto in = std::ranges::upper_bound(ends.subspan(row), at);
    reject_until(static_cast<std::size_t>(in - ends.begin()));
    const std::size_t begin = row == 0 ? 0 : ends[row - 1];
    // What begins in one body and ends in the next is no match, and no other place in this body is.
    const bool is_match = is_words_ ? has_all_words(folded.substr(begin, *in - begin))
                                    : at + needles_.front().size() <= *in;
    if (!is_match) mask[row] = 0;
    at = *in;
    ++row;
  }
  reject_until(ends.size());
}

}  // namespace traceway::sqlite::blocks
