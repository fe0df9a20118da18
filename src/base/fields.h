// A struct lists its fields once; JSON and SQL rows are read and written from that list.
#pragma once

#include <string_view>
#include <tuple>

namespace traceway {

/// One member of T with its name in C++ and SQL (snake_case). JSON uses the camelCase form, or
/// `json_name` if given.
template <class T, class M>
struct Field {
  std::string_view name;
  M T::* member;
  std::string_view json_name;
};

template <class T, class M>
[[nodiscard]] constexpr Field<T, M> field(std::string_view name, M T::* member,
                                          std::string_view json_name = {}) {
  return {name, member, json_name};
}

/// Specialise for each struct that crosses an edge:
/// `template <> inline constexpr auto fields<Project> = std::tuple{field("id", &Project::id),
/// ...};`
template <class T>
inline constexpr auto fields = nullptr;

template <class T>
concept HasFields = !std::is_same_v<std::remove_cv_t<decltype(fields<T>)>, std::nullptr_t>;

/// Calls visit(Field) for every listed member.
template <class T, class Visit>
constexpr void for_each_field(Visit&& visit) {
  std::apply([&](const auto&... one) { (visit(one), ...); }, fields<T>);
}

}  // namespace traceway
