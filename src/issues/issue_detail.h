// One issue with its occurrences, and one occurrence among its neighbours.
#pragma once

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace traceway {
struct Services;
}

namespace traceway::issues {

/// POST /api/exception-stack-traces/:hash, over all time. Source: dashboard-api 12.3. Errors:
/// kNotFound.
[[nodiscard]] Result<http::Response> one_issue(http::Request& request, Services& services);

/// POST /api/exception-stack-traces/by-id/:exceptionId. Source: dashboard-api 12.3. Errors:
/// kMalformed for an id that is none, kNotFound.
[[nodiscard]] Result<http::Response> one_occurrence(http::Request& request, Services& services);

}  // namespace traceway::issues
