// The version of this build.
#pragma once

#include <string_view>

namespace traceway {

inline constexpr std::string_view kVersion = TRACEWAY_VERSION;

}  // namespace traceway
