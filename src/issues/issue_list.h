// The list of issues: groups of a range by state, search and filters.
#pragma once

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace traceway {
struct Services;
}

namespace traceway::issues {

/// POST /api/exception-stack-traces. Source: dashboard-api 12.2. Errors: kMalformed for a broken
/// request, kInvalid for filters that cannot be, kUnavailable past the deadline.
[[nodiscard]] Result<http::Response> list(http::Request& request, Services& services);

}  // namespace traceway::issues
