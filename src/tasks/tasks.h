// Tasks: background work by name, how one task behaves, one run in detail.
#pragma once

namespace traceway {
struct Services;
}

namespace traceway::http {
class Router;
}

namespace traceway::tasks {

/// Adds POST /api/tasks, /grouped, /task, /chart and /:taskId.
void add_task_routes(http::Router& router, Services& services);

}  // namespace traceway::tasks
