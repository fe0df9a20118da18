// POST /api/metrics/query: series of points in time buckets. Source: dashboard-api 8.1.
#pragma once

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace traceway {
struct Services;
}

namespace traceway::metrics {

class Registry;

/// Errors: kMalformed for what is no query, kInvalid past a limit, those of the databases.
[[nodiscard]] Result<http::Response> query_metrics(const http::Request& request, Services& services,
                                                   Registry& registry);

}  // namespace traceway::metrics
