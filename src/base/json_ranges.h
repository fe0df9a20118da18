// Where values lie in a JSON text: found by skipping over it, without recursion and without a tree.
// For texts that a parser has accepted; on others the answers are meaningless, but harmless.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace traceway::json {

/// Past the closing quote of the string that opens at `quote`.
[[nodiscard]] std::size_t end_of_string(std::string_view text, std::size_t quote);
/// Past the white space at `at`.
[[nodiscard]] std::size_t skip_blanks(std::string_view text, std::size_t at);
/// Past the value that begins at `at`, which must lie inside the text.
[[nodiscard]] std::size_t end_of_value(std::string_view text, std::size_t at);

/// The items of an array, each as it stands; none for anything else. Of more than `max_items` the
/// rest is left out.
[[nodiscard]] std::vector<std::string_view> items_of(std::string_view array, std::size_t max_items);

/// Calls visit(name, value) for the members of an object, in their order, each as it stands and the
/// name without its quotes; none for anything else. A name spelt with escapes keeps them.
template <class Visit>
void for_each_member_text(std::string_view object, Visit&& visit) {
  std::size_t at = skip_blanks(object, 0);
  if (at >= object.size() || object[at] != '{') return;
  at = skip_blanks(object, at + 1);
  while (at < object.size() && object[at] == '"') {
    const std::size_t end = end_of_string(object, at);
    const std::string_view name = object.substr(at + 1, end - at - 2);
    at = skip_blanks(object, skip_blanks(object, end) + 1);  // the colon
    if (at >= object.size()) return;
    const std::size_t next = end_of_value(object, at);
    visit(name, object.substr(at, next - at));
    at = skip_blanks(object, next);
    if (at < object.size() && object[at] == ',') at = skip_blanks(object, at + 1);
  }
}

/// The last member of that name; empty when there is none.
[[nodiscard]] std::string_view member_text(std::string_view object, std::string_view name);

}  // namespace traceway::json
