#include "app/slices.h"

#include "accounts/accounts.h"
#include "app/config.h"
#include "app/services.h"
#include "endpoints/endpoints.h"
#include "http/router.h"
#include "http/static_files.h"
#include "ingest/ingest.h"
#include "issues/issues.h"
#include "logs/logs.h"
#include "metrics/metrics.h"
#include "ops/ops.h"
#include "overview/overview.h"
#include "projects/projects.h"
#include "tasks/tasks.h"

namespace traceway {

void add_slices(http::Router& router, Services& services, SliceParts parts) {
  accounts::add_account_routes(router, parts.accounts);
  projects::add_project_routes(router, parts.projects);
  endpoints::add_endpoint_routes(router, services);
  issues::add_issue_routes(router, services);
  tasks::add_task_routes(router, services);
  logs::add_log_routes(router, services);
  overview::add_overview_routes(router, services);
  metrics::add_metric_routes(router, services, parts.metrics);
  ingest::add_ingest_routes(router, services);
  ops::add_ops_routes(router, services);

  http::StaticOptions dashboard;
  dashboard.base_path = services.config.base_path;
  dashboard.api_only = services.config.api_only;
  router.set_fallback(http::static_files(dashboard));
}

}  // namespace traceway
