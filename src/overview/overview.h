// Overview: is anything wrong right now, and since when; what has arrived at all.
#pragma once

namespace traceway {
struct Services;
}

namespace traceway::http {
class Router;
}

namespace traceway::overview {

/// Adds POST /api/stats, GET /api/dashboard/overview and GET /api/connection/status.
void add_overview_routes(http::Router& router, Services& services);

}  // namespace traceway::overview
