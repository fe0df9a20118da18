// Character classes and the rewriting cursor of the grouping scanners.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace traceway::ingest::scanner {

[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

[[nodiscard]] constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

[[nodiscard]] constexpr bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '_';
}

[[nodiscard]] constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// RE2's `\s`: without the vertical tab.
[[nodiscard]] constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

/// First position from `at` on whose character is not in the class; the end when all are.
template <class InClass>
[[nodiscard]] constexpr std::size_t skip(std::string_view text, std::size_t at, InClass in_class) {
  while (at < text.size() && in_class(text[at])) ++at;
  return at;
}

/// The character at `at`, NUL past the end.
[[nodiscard]] constexpr char peek(std::string_view text, std::size_t at) {
  return at < text.size() ? text[at] : '\0';
}

[[nodiscard]] constexpr std::size_t line_end(std::string_view text, std::size_t at) {
  const std::size_t found = text.find('\n', at);
  return found == std::string_view::npos ? text.size() : found;
}

/// Where the last two numbers of a text that ends in `:digits:digits` begin; `line` is npos when it
/// does not end so. Positions are of the colons.
struct LocationEnd {
  std::size_t line = std::string_view::npos;
  std::size_t column = 0;
};

[[nodiscard]] constexpr LocationEnd location_end(std::string_view text) {
  std::size_t colons[2] = {};
  std::size_t end = text.size();
  for (std::size_t& colon : colons) {
    std::size_t at = end;
    while (at > 0 && is_digit(text[at - 1])) --at;
    if (at == end || at == 0 || text[at - 1] != ':') return {};
    colon = end = at - 1;
  }
  return {colons[1], colons[0]};
}

/// Copies a text with parts of it replaced. Nothing is copied before the first replacement.
class Rewriter {
 public:
  Rewriter(std::string_view text, std::string& out) : text_(text), out_(out) {}

  /// Replacements must come from left to right and not overlap.
  void replace(std::size_t from, std::size_t to, std::string_view with) {
    if (!has_changed_) {
      out_.clear();
      out_.reserve(text_.size());
      has_changed_ = true;
    }
    out_ += text_.substr(copied_, from - copied_);
    out_ += with;
    copied_ = to;
  }

  /// Copies what is left; false when nothing was replaced.
  [[nodiscard]] bool finish() {
    if (has_changed_) out_ += text_.substr(copied_);
    return has_changed_;
  }

 private:
  std::string_view text_;
  std::string& out_;
  std::size_t copied_ = 0;
  bool has_changed_ = false;
};

}  // namespace traceway::ingest::scanner
