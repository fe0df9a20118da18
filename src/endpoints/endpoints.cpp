#include "endpoints/endpoints.h"

#include "api/endpoint_groups.h"
#include "api/list_request.h"
#include "api/measures.h"
#include "api/run_chart.h"
#include "api/run_detail.h"
#include "api/runs.h"
#include "app/services.h"
#include "http/router.h"
#include "storage/telemetry_db.h"

namespace traceway::endpoints {

namespace {

using http::Request;
using http::Response;

/// dashboard-api 10.1.
struct Endpoint : api::Run {
  std::string endpoint;
  std::int64_t status_code = 0;
  std::int64_t body_size = 0;
  bool is_stream = false;
};

/// The figures above one endpoint's list.
struct Stats : api::RunStats {
  double apdex = 0;
  double error_rate = 0;  ///< percent
};

}  // namespace

}  // namespace traceway::endpoints

namespace traceway {

template <>
inline constexpr auto fields<endpoints::Endpoint> = std::tuple_cat(
    api::kRunFields, std::tuple{field("endpoint", &endpoints::Endpoint::endpoint),
                                field("status_code", &endpoints::Endpoint::status_code),
                                field("body_size", &endpoints::Endpoint::body_size),
                                field("is_stream", &endpoints::Endpoint::is_stream)});

template <>
inline constexpr auto fields<endpoints::Stats> = std::tuple_cat(
    api::kRunStatsFields, std::tuple{field("apdex", &endpoints::Stats::apdex),
                                     field("error_rate", &endpoints::Stats::error_rate)});

}  // namespace traceway

namespace traceway::endpoints {

namespace {

Endpoint to_endpoint(const Row& row, const Uuid& project) {
  return {api::to_run(row, project), row.text("endpoint"), row.integer("status_code"),
          row.integer("body_size"), row.integer("is_stream") != 0};
}

std::vector<Endpoint> to_endpoints(const Rows& rows, const Uuid& project) {
  std::vector<Endpoint> out;
  out.reserve(rows.size());
  for (const Row& row : rows) out.push_back(to_endpoint(row, project));
  return out;
}

Result<Response> list(const Request& request, Services& services) {
  const auto asked = api::parse_list_request(request.body_text());
  if (!asked) return fail(asked);
  const Uuid& project = request.caller.project;
  const auto query = api::run_query(api::kEndpointRuns, project, *asked, services.clock.now_ns());
  const auto table = api::find_runs(api::kEndpointRuns, query, asked->search, services.telemetry);
  if (!table) return fail(table);
  return api::page_response(to_endpoints(table->rows, project),
                            api::page_info(*asked->pagination, table->total));
}

void add_group_filters(const api::ListRequest& asked, Filter& filter) {
  if (!asked.search.empty())
    filter.predicates.push_back({"endpoint", Op::kContains, {asked.search}});
  if (!asked.method_filter.empty())
    filter.predicates.push_back({"endpoint", Op::kPrefix, {asked.method_filter + " "}});
  if (asked.root_filter == "root")
    filter.predicates.push_back(api::where("is_root", Op::kEqual, 1));
  if (asked.root_filter == "non_root")
    filter.predicates.push_back(api::where("is_root", Op::kEqual, 0));
}

Result<Response> grouped(const Request& request, Services& services) {
  const auto asked = api::parse_list_request(request.body_text());
  if (!asked) return fail(asked);
  AggregateQuery query = api::endpoint_groups_query(
      {request.caller.project, api::range_of(*asked, services.clock.now_ns()), {}});
  add_group_filters(*asked, query.filter);
  const bool is_stored_order = api::is_endpoint_group_order(asked->order_by);
  if (is_stored_order) {
    query.order = Order{asked->order_by, !asked->is_ascending()};
    query.page = Page{asked->pagination->offset(), asked->pagination->page_size};
  }
  const auto table = services.telemetry.aggregate(query);
  if (!table) return fail(table);
  auto groups = api::to_endpoint_groups(table->rows);
  if (!is_stored_order) {
    api::order_by_impact(groups, asked->is_ascending());
    api::keep_page(groups, *asked->pagination);
  }
  return api::page_response(groups, api::page_info(*asked->pagination, table->total));
}

Result<Stats> stats_of(const Filter& filter, TelemetryDb& telemetry) {
  AggregateQuery query{.family = Family::kEndpoints, .filter = filter};
  query.measures = api::run_stats_measures();
  for (Measure& measure : api::apdex_counts()) query.measures.push_back(std::move(measure));
  query.measures.push_back(api::server_errors());
  const auto table = telemetry.aggregate(query);
  if (!table) return fail(table);
  if (table->rows.empty()) return Stats{};
  const Row& row = table->rows.front();
  Stats out{api::to_run_stats(row, filter.range)};
  if (out.count == 0) return out;
  const auto count = static_cast<double>(out.count);
  out.apdex = (row.real("satisfied") + row.real("tolerable") / 2) / count;
  out.error_rate = 100 * row.real("server_errors") / count;
  return out;
}

Result<Response> one_endpoint(const Request& request, Services& services) {
  const auto name = request.query_param("endpoint");
  if (!name || name->empty()) return fail(ErrorCode::kMalformed, "endpoint is required");
  const auto asked = api::parse_list_request(request.body_text());
  if (!asked) return fail(asked);
  const Uuid& project = request.caller.project;
  auto query = api::run_query(api::kEndpointRuns, project, *asked, services.clock.now_ns());
  const auto table = api::runs_of_name(api::kEndpointRuns, query, *name, services.telemetry);
  if (!table) return fail(table);
  const auto stats = stats_of(query.filter, services.telemetry);
  if (!stats) return fail(stats);
  return api::page_response(to_endpoints(table->rows, project), *stats,
                            api::page_info(*asked->pagination, table->total));
}

Result<Response> detail(const Request& request, Services& services) {
  return api::run_detail(request, api::kEndpointRuns, services.telemetry,
                         [&](const Row& run, const Rows&) {
                           return to_json(to_endpoint(run, request.caller.project));
                         });
}

}  // namespace

void add_endpoint_routes(http::Router& router, Services& services) {
  using http::Later;
  using http::Method;
  const auto project_read = http::guard::project_read();
  router.add(Method::kPost, "/api/endpoints", project_read,
             [&services](Request& r, Later&) { return list(r, services); });
  router.add(Method::kPost, "/api/endpoints/grouped", project_read,
             [&services](Request& r, Later&) { return grouped(r, services); });
  router.add(Method::kPost, "/api/endpoints/endpoint", project_read,
             [&services](Request& r, Later&) { return one_endpoint(r, services); });
  router.add(Method::kPost, "/api/endpoints/chart", project_read, [&services](Request& r, Later&) {
    return api::run_chart(r, api::kEndpointRuns, services.telemetry, services.clock.now_ns());
  });
  router.add(Method::kPost, "/api/endpoints/:endpointId", project_read,
             [&services](Request& r, Later&) { return detail(r, services); });
}

}  // namespace traceway::endpoints
