// The explicit list of slices: what the product can do, one line each.
#pragma once

namespace traceway {
struct Services;

namespace http {
class Router;
}

namespace accounts {
class Accounts;
}

namespace projects {
class Projects;
}

namespace metrics {
class Registry;
}

/// What some slices need beyond Services.
struct SliceParts {
  accounts::Accounts& accounts;
  projects::Projects& projects;
  metrics::Registry& metrics;
};

/// Adds every route of the product, and the dashboard as the fallback.
void add_slices(http::Router& router, Services& services, SliceParts parts);

}  // namespace traceway
