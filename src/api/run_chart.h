// The chart above the endpoints list: the five routes that matter most by a metric, over time, the
// rest as Other.
#pragma once

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace traceway {
struct Services;
}

namespace traceway::endpoints {

/// POST /api/endpoints/chart. Source: dashboard-api 10.5. Errors: kInvalid past 2,000 buckets.
[[nodiscard]] Result<http::Response> chart(http::Request& request, Services& services);

}  // namespace traceway::endpoints
