// Metrics: what their points show, which there are, and what is known of them.
#pragma once

namespace traceway {
struct Services;
}

namespace traceway::http {
class Router;
}

namespace traceway::metrics {

class Registry;

/// Adds POST /api/metrics/query, GET /api/metrics/discover, GET /api/metrics/discover/tags and PUT
/// /api/metrics/registry. Source: dashboard-api 8.
void add_metric_routes(http::Router& router, Services& services, Registry& registry);

}  // namespace traceway::metrics
