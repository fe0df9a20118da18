// Endpoints: which routes cost users the most time or fail, how one route behaves, one request in
// detail.
#pragma once

namespace traceway {
struct Services;
}

namespace traceway::http {
class Router;
}

namespace traceway::endpoints {

/// Adds POST /api/endpoints, /grouped, /endpoint, /chart and /:endpointId.
void add_endpoint_routes(http::Router& router, Services& services);

}  // namespace traceway::endpoints
