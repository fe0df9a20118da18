// One request in detail: the endpoint, the spans below it, what went wrong.
#pragma once

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace traceway {
struct Services;
}

namespace traceway::endpoints {

/// POST /api/endpoints/:endpointId. Source: dashboard-api 10.7. An id that is a trace id selects
/// that trace's first endpoint.
[[nodiscard]] Result<http::Response> trace_detail(http::Request& request, Services& services);

}  // namespace traceway::endpoints
