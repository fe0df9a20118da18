#include "tasks/tasks.h"

#include "api/list_request.h"
#include "api/measures.h"
#include "api/run_chart.h"
#include "api/run_detail.h"
#include "api/runs.h"
#include "api/task_groups.h"
#include "app/services.h"
#include "http/router.h"
#include "storage/telemetry_db.h"

#include <algorithm>
#include <array>

namespace traceway::tasks {

namespace {

using api::FailedRuns;
using http::Request;
using http::Response;

/// dashboard-api 11.
struct Task : api::Run {
  std::string task_name;
  bool failed = false;
};

/// The figures above one task's list.
struct Stats : api::RunStats {
  std::int64_t failures = 0;
};

}  // namespace

}  // namespace traceway::tasks

namespace traceway {

template <>
inline constexpr auto fields<tasks::Task> =
    std::tuple_cat(api::kRunFields, std::tuple{field("task_name", &tasks::Task::task_name),
                                               field("failed", &tasks::Task::failed)});

template <>
inline constexpr auto fields<tasks::Stats> =
    std::tuple_cat(api::kRunStatsFields, std::tuple{field("failures", &tasks::Stats::failures)});

}  // namespace traceway

namespace traceway::tasks {

namespace {

Task to_task(const Row& row, const Uuid& project) {
  return {api::to_run(row, project), row.text("task_name")};
}

std::vector<Task> to_tasks(const Rows& rows, const Uuid& project, const FailedRuns& failed) {
  std::vector<Task> out;
  out.reserve(rows.size());
  for (const Row& row : rows) {
    out.push_back(to_task(row, project));
    out.back().failed = failed.contains(out.back().id);
  }
  return out;
}

Result<Response> list(const Request& request, Services& services) {
  const auto asked = api::parse_list_request(request.body_text());
  if (!asked) return fail(asked);
  const Uuid& project = request.caller.project;
  const auto query = api::run_query(api::kTaskRuns, project, *asked, services.clock.now_ns());
  const auto table = api::find_runs(api::kTaskRuns, query, asked->search, services.telemetry);
  if (!table) return fail(table);
  const auto failed = FailedRuns::find(services.telemetry, project, query.filter.range);
  if (!failed) return fail(failed);
  return api::page_response(to_tasks(table->rows, project, *failed),
                            api::page_info(*asked->pagination, table->total));
}

bool is_group_order(std::string_view column) {
  constexpr std::array<std::string_view, 6> kStored = {
      "count", "p50_duration", "p95_duration", "avg_duration", "last_seen", "failures"};
  return std::ranges::find(kStored, column) != kStored.end();
}

void order_by_impact(std::vector<api::TaskStats>& groups, bool is_ascending) {
  std::ranges::sort(groups, [&](const api::TaskStats& a, const api::TaskStats& b) {
    const double left = a.impact();
    const double right = b.impact();
    if (left != right) return is_ascending ? left < right : left > right;
    return a.task_name < b.task_name;
  });
}

Result<Response> grouped(const Request& request, Services& services) {
  const auto asked = api::parse_list_request(request.body_text());
  if (!asked) return fail(asked);
  Filter filter{request.caller.project, api::range_of(*asked, services.clock.now_ns()), {}};
  if (!asked->search.empty())
    filter.predicates.push_back({"task_name", Op::kContains, {asked->search}});
  if (asked->root_filter == "root")
    filter.predicates.push_back(api::where("is_root", Op::kEqual, 1));
  if (asked->root_filter == "non_root")
    filter.predicates.push_back(api::where("is_root", Op::kEqual, 0));
  const auto failed = FailedRuns::find(services.telemetry, filter.project, filter.range);
  if (!failed) return fail(failed);
  AggregateQuery query = api::task_groups_query(std::move(filter), *failed);
  const bool is_stored_order = is_group_order(asked->order_by);
  if (is_stored_order) {
    query.order = Order{asked->order_by, !asked->is_ascending()};
    query.page = Page{asked->pagination->offset(), asked->pagination->page_size};
  }
  const auto table = services.telemetry.aggregate(query);
  if (!table) return fail(table);
  auto groups = api::to_task_groups(table->rows);
  if (!is_stored_order) {
    order_by_impact(groups, asked->is_ascending());
    api::keep_page(groups, *asked->pagination);
  }
  return api::page_response(groups, api::page_info(*asked->pagination, table->total));
}

Result<Stats> stats_of(const Filter& filter, const FailedRuns& failed, TelemetryDb& telemetry) {
  AggregateQuery query{.family = Family::kTasks, .filter = filter};
  query.measures = api::run_stats_measures();
  query.measures.push_back(failed.measure());
  const auto table = telemetry.aggregate(query);
  if (!table) return fail(table);
  if (table->rows.empty()) return Stats{};
  const Row& row = table->rows.front();
  return Stats{api::to_run_stats(row, filter.range), row.integer("failures")};
}

Result<Response> one_task(const Request& request, Services& services) {
  const auto name = request.query_param("task");
  if (!name || name->empty()) return fail(ErrorCode::kMalformed, "task is required");
  const auto asked = api::parse_list_request(request.body_text());
  if (!asked) return fail(asked);
  const Uuid& project = request.caller.project;
  auto query = api::run_query(api::kTaskRuns, project, *asked, services.clock.now_ns());
  const auto table = api::runs_of_name(api::kTaskRuns, query, *name, services.telemetry);
  if (!table) return fail(table);
  const auto failed = FailedRuns::find(services.telemetry, project, query.filter.range);
  if (!failed) return fail(failed);
  const auto stats = stats_of(query.filter, *failed, services.telemetry);
  if (!stats) return fail(stats);
  return api::page_response(to_tasks(table->rows, project, *failed), *stats,
                            api::page_info(*asked->pagination, table->total));
}

Result<Response> detail(const Request& request, Services& services) {
  const Uuid& project = request.caller.project;
  return api::run_detail(
      request, api::kTaskRuns, services.telemetry, [&](const Row& run, const Rows& exceptions) {
        Task task = to_task(run, project);
        task.failed = std::ranges::any_of(exceptions, [&](const Row& one) {
          return one.integer("is_message") == 0 && api::owner_of_exception(project, one) == task.id;
        });
        return to_json(task);
      });
}

}  // namespace

void add_task_routes(http::Router& router, Services& services) {
  using http::Later;
  using http::Method;
  const auto project_read = http::guard::project_read();
  router.add(Method::kPost, "/api/tasks", project_read,
             [&services](Request& r, Later&) { return list(r, services); });
  router.add(Method::kPost, "/api/tasks/grouped", project_read,
             [&services](Request& r, Later&) { return grouped(r, services); });
  router.add(Method::kPost, "/api/tasks/task", project_read,
             [&services](Request& r, Later&) { return one_task(r, services); });
  router.add(Method::kPost, "/api/tasks/chart", project_read, [&services](Request& r, Later&) {
    return api::run_chart(r, api::kTaskRuns, services.telemetry, services.clock.now_ns());
  });
  router.add(Method::kPost, "/api/tasks/:taskId", project_read,
             [&services](Request& r, Later&) { return detail(r, services); });
}

}  // namespace traceway::tasks
