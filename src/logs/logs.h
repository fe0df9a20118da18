// Logs: what was written around a moment, found by words, severity, service, trace or attribute.
#pragma once

namespace traceway {
struct Services;
}

namespace traceway::http {
class Router;
}

namespace traceway::logs {

/// Adds POST /api/logs, /api/logs/histogram and /api/logs/facets, and GET /api/logs/:logId.
void add_log_routes(http::Router& router, Services& services);

}  // namespace traceway::logs
