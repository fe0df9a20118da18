// Walks over the members and items of a parsed JSON element.
#pragma once

#include <simdjson.h>

#include <string_view>

namespace traceway::ingest {

/// Calls visit(key, element) for every member that is not null; null stands for the default. False
/// when `from` is no object or a visit says false.
template <class Visit>
bool for_each_member(const simdjson::dom::element& from, Visit&& visit) {
  simdjson::dom::object members;
  if (from.get(members) != simdjson::SUCCESS) return false;
  for (const auto& member : members) {
    if (!member.value.is_null() && !visit(member.key, member.value)) return false;
  }
  return true;
}

/// Calls visit(element) for every item. False when `from` is no array or a visit says false.
template <class Visit>
bool for_each_item(const simdjson::dom::element& from, Visit&& visit) {
  simdjson::dom::array items;
  if (from.get(items) != simdjson::SUCCESS) return false;
  for (const simdjson::dom::element item : items) {
    if (!visit(item)) return false;
  }
  return true;
}

}  // namespace traceway::ingest
