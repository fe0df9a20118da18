// The address under which a client reaches this server, as answers and links show it.
#pragma once

#include "http/request.h"

#include <string>
#include <string_view>

namespace traceway::http {

/// `base_url` when it is set; else the request's scheme and Host with `base_path`. Never ends with
/// a slash. Empty when there is neither, or when Host is not of the form of a host and port: the
/// client then knows its own address best.
[[nodiscard]] std::string public_url(const RequestHead& head, std::string_view base_url,
                                     std::string_view base_path);

}  // namespace traceway::http
