// Sessions and what they recorded: the list, one session, its replay, that of an exception.
#pragma once

namespace traceway {
struct Services;
}

namespace traceway::http {
class Router;
}

namespace traceway::sessions {

/// POST /api/sessions, /api/sessions/:sessionId, GET /api/sessions/:sessionId/recording and
/// /api/exception-stack-traces/by-id/:exceptionId/recording. Source: dashboard-api 16.1.
void add_session_routes(http::Router& router, Services& services);

}  // namespace traceway::sessions
