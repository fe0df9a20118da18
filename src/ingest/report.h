// POST /api/report, where the Traceway SDKs send.
#pragma once

#include <memory>

namespace traceway {
struct Services;
}

namespace traceway::http {
class Router;
}

namespace traceway::ingest {

class RejectionLog;

/// Adds the route. Source: ingest 1 and 3.
void add_report_route(http::Router& router, Services& services,
                      std::shared_ptr<RejectionLog> rejections);

}  // namespace traceway::ingest
