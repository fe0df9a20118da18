// Reads the members of a JSON object that a table knows, whatever they are called and in whatever
// order they come.
#pragma once

#include <simdjson.h>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace traceway::ingest {

/// One spelling of a field. In a table, of several spellings of one field the first one wins.
template <class Field>
struct MemberName {
  std::string_view name;
  Field field;
};

/// The values of one object. `Field` is an enum that ends with kCount. null is as good as absent;
/// of equal names the last one wins.
template <class Field>
class Members {
 public:
  /// At most 255 names.
  Members(const simdjson::dom::object& object, std::span<const MemberName<Field>> names) {
    ranks_.fill(kAbsent);
    for (const auto& member : object) {
      if (member.value.is_null()) continue;
      for (std::size_t rank = 0; rank < names.size(); ++rank) {
        if (names[rank].name != member.key) continue;
        const auto field = static_cast<std::size_t>(names[rank].field);
        if (rank > ranks_[field]) break;
        ranks_[field] = static_cast<std::uint8_t>(rank);
        values_[field] = member.value;
        break;
      }
    }
  }

  /// Null when absent.
  [[nodiscard]] const simdjson::dom::element* find(Field field) const {
    const auto at = static_cast<std::size_t>(field);
    return ranks_[at] == kAbsent ? nullptr : &values_[at];
  }

 private:
  static constexpr std::uint8_t kAbsent = 255;
  static constexpr auto kFields = static_cast<std::size_t>(Field::kCount);
  std::array<std::uint8_t, kFields> ranks_{};
  std::array<simdjson::dom::element, kFields> values_{};
};

}  // namespace traceway::ingest
