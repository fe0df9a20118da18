#include "base/json_ranges.h"

#include <algorithm>

namespace traceway::json {

namespace {

constexpr bool is_bracket_or_quote(char c) {
  return c == '"' || c == '{' || c == '}' || c == '[' || c == ']';
}

}  // namespace

std::size_t end_of_string(std::string_view text, std::size_t quote) {
  std::size_t at = quote + 1;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
}

std::size_t end_of_value(std::string_view text, std::size_t at) {
  if (text[at] == '"') return end_of_string(text, at);
  if (text[at] != '{' && text[at] != '[') {
    return std::min(text.find_first_of(",]} \t\r\n", at), text.size());
  }
  std::size_t depth = 0;
  do {
    while (at < text.size() && !is_bracket_or_quote(text[at])) ++at;
    if (at >= text.size()) return text.size();
    if (text[at] == '"') {
      at = end_of_string(text, at);
      continue;
    }
    const bool is_opening = text[at] == '{' || text[at] == '[';
    depth = is_opening ? depth + 1 : depth - 1;
    ++at;
  } while (depth > 0);
  return at;
}

std::vector<std::string_view> items_of(std::string_view array, std::size_t max_items) {
  std::vector<std::string_view> items;
  std::size_t at = skip_blanks(array, 0);
  if (at >= array.size() || array[at] != '[') return items;
  at = skip_blanks(array, at + 1);
  while (at < array.size() && array[at] != ']' && items.size() < max_items) {
    const std::size_t end = end_of_value(array, at);
    items.push_back(array.substr(at, end - at));
    at = skip_blanks(array, end);
    if (at < array.size() && array[at] == ',') at = skip_blanks(array, at + 1);
  }
  return items;
}

std::string_view member_text(std::string_view object, std::string_view name) {
  std::string_view found;
  for_each_member_text(object, [&](std::string_view member, std::string_view value) {
    if (member == name) found = value;
  });
  return found;
}

}  // namespace traceway::json
