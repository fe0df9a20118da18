// One line of a filter bar: what several lists read.
#pragma once

#include "base/fields.h"

#include <cstddef>
#include <string>
#include <tuple>

namespace traceway::api {

/// What the keys are is the list's business; commonly a column's name or the key of an attribute.
struct FieldFilter {
  std::string key;
  std::string value;
};

inline constexpr std::size_t kMaxFilters = 10;

}  // namespace traceway::api

namespace traceway {

template <>
inline constexpr auto fields<api::FieldFilter> =
    std::tuple{field("key", &api::FieldFilter::key), field("value", &api::FieldFilter::value)};

}  // namespace traceway
