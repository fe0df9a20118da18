// Names of time zones, as the IANA database knows them.
#pragma once

#include <string>
#include <string_view>

namespace traceway {

/// Where the system keeps its time zone files.
inline constexpr std::string_view kZoneinfoDirectory = "/usr/share/zoneinfo";

/// True for a name of the IANA database: "Europe/Belgrade", "UTC". A system without zone files
/// judges the form only, which never reaches outside the directory.
[[nodiscard]] bool is_timezone(std::string_view name,
                               std::string_view zoneinfo_directory = kZoneinfoDirectory);

}  // namespace traceway
