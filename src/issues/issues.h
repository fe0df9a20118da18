// Issues: exceptions and messages grouped by hash, their occurrences, archiving.
#pragma once

namespace traceway {
struct Services;
}

namespace traceway::http {
class Router;
}

namespace traceway::issues {

/// Routes of dashboard-api 12.
void add_issue_routes(http::Router& router, Services& services);

}  // namespace traceway::issues
