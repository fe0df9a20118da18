// Ops: is the server up, is it ready, which version is it, how does the write pipeline fare.
#pragma once

namespace traceway {
struct Services;
}

namespace traceway::http {
class Router;
}

namespace traceway::ops {

/// Adds GET /health, /healthz, /readyz, /version, /api/health and /api/diagnostics/trace-pipeline.
/// The uptime counts from this call.
void add_ops_routes(http::Router& router, Services& services);

}  // namespace traceway::ops
