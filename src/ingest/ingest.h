// The routes that reporting clients send to.
#pragma once

namespace traceway {
struct Services;
}

namespace traceway::http {
class Router;
}

namespace traceway::ingest {

/// Adds POST /api/otel/v1/traces, /api/otel/v1/metrics, /api/otel/v1/logs and /api/report.
void add_ingest_routes(http::Router& router, Services& services);

}  // namespace traceway::ingest
