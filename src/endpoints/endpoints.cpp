#include "endpoints/endpoints.h"

#include "api/list_request.h"
#include "app/services.h"
#include "base/text.h"
#include "endpoints/chart.h"
#include "endpoints/impact.h"
#include "endpoints/rows.h"
#include "endpoints/trace_detail.h"
#include "http/router.h"
#include "storage/telemetry_db.h"

#include <algorithm>
#include <array>

namespace traceway::endpoints {

namespace {

using http::Request;
using http::Response;

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kSatisfiedNs = 750 * kNsPerMs;
constexpr std::int64_t kTolerableNs = 1500 * kNsPerMs;

Predicate where(std::string_view column, Op op, std::int64_t value) {
  return {std::string(column), op, {Value(value)}};
}

Measure quantile(double p, std::string_view as) {
  return {MeasureKind::kQuantile, "duration", p, {}, std::string(as)};
}

Measure count_where(std::vector<Predicate> predicates, std::string_view as) {
  return {MeasureKind::kCountWhere, {}, 0, std::move(predicates), std::string(as)};
}

Filter filter_of(const Request& request, const api::ListRequest& asked, std::int64_t now_ns) {
  return {request.caller.project, api::range_of(asked, now_ns), {}};
}

// --- POST /endpoints ---

std::string list_column(std::string_view asked) {
  for (const std::string_view known : {"duration", "status_code", "body_size"}) {
    if (asked == known) return std::string(known);
  }
  return "recorded_at";
}

Result<Response> list(Request& request, Services& services) {
  auto asked = api::parse_list_request(request.body_text());
  if (!asked) return fail(asked);
  ListQuery query{Family::kEndpoints,
                  filter_of(request, *asked, services.clock.now_ns()),
                  {list_column(asked->order_by), !asked->is_ascending()},
                  {asked->pagination->offset(), asked->pagination->page_size}};
  if (!asked->search.empty())
    query.filter.predicates.push_back({"endpoint", Op::kContains, {asked->search}});
  auto table = services.telemetry.list(query);
  if (!table) return fail(table);
  return api::page_response(to_endpoints(table->rows, request.caller.project),
                            api::page_info(*asked->pagination, table->total));
}

// --- POST /endpoints/grouped ---

/// What one group row must say for its figures and its impact.
std::vector<Measure> group_measures() {
  return {{MeasureKind::kCount, {}, 0, {}, "count"},
          quantile(0.5, "p50_duration"),
          quantile(0.95, "p95_duration"),
          quantile(0.99, "p99_duration"),
          {MeasureKind::kMean, "duration", 0, {}, "avg_duration"},
          {MeasureKind::kLastSeen, {}, 0, {}, "last_seen"},
          count_where({where("duration", Op::kLessEqual, kSatisfiedNs),
                       where("status_code", Op::kLess, 500)},
                      "satisfied"),
          count_where({where("duration", Op::kGreater, kSatisfiedNs),
                       where("duration", Op::kLessEqual, kTolerableNs),
                       where("status_code", Op::kLess, 500)},
                      "tolerable"),
          count_where(
              {where("status_code", Op::kGreaterEqual, 400), where("status_code", Op::kLess, 500)},
              "client_errors"),
          count_where({where("status_code", Op::kGreaterEqual, 500)}, "server_errors"),
          count_where({where("is_stream", Op::kEqual, 1)}, "streams")};
}

EndpointStats to_stats(const Row& row) {
  EndpointStats out;
  out.endpoint = row.text("endpoint");
  out.count = row.integer("count");
  out.p50_duration = row.integer("p50_duration");
  out.p95_duration = row.integer("p95_duration");
  out.p99_duration = row.integer("p99_duration");
  out.avg_duration = row.integer("avg_duration");
  out.last_seen.ns = row.integer("last_seen");
  Impact impact = impact_of({.endpoint = out.endpoint,
                             .rows = out.count,
                             .satisfied = row.integer("satisfied"),
                             .tolerable = row.integer("tolerable"),
                             .client_errors = row.integer("client_errors"),
                             .server_errors = row.integer("server_errors"),
                             .p99_ms = row.real("p99_duration") / static_cast<double>(kNsPerMs),
                             .offset_ms = 0,
                             .is_stream = row.integer("streams") * 2 > out.count});
  out.impact = impact.score;
  out.impact_reason = std::move(impact.reason);
  return out;
}

void add_group_filters(const api::ListRequest& asked, Filter& filter) {
  if (!asked.search.empty())
    filter.predicates.push_back({"endpoint", Op::kContains, {asked.search}});
  if (!asked.method_filter.empty())
    filter.predicates.push_back({"endpoint", Op::kPrefix, {asked.method_filter + " "}});
  if (asked.root_filter == "root") filter.predicates.push_back(where("is_root", Op::kEqual, 1));
  if (asked.root_filter == "non_root") filter.predicates.push_back(where("is_root", Op::kEqual, 0));
}

/// Impact is no column of the store: it is computed for every group, then ordered and paged here.
/// Groups are few (distinct routes), rows are many.
void order_by_impact(std::vector<EndpointStats>& groups, bool is_ascending) {
  std::ranges::sort(groups, [&](const EndpointStats& a, const EndpointStats& b) {
    if (a.impact != b.impact) return is_ascending ? a.impact < b.impact : a.impact > b.impact;
    if (a.count != b.count) return a.count > b.count;  // among equals the busier one matters more
    return a.endpoint < b.endpoint;
  });
}

Result<Response> grouped(Request& request, Services& services) {
  auto asked = api::parse_list_request(request.body_text());
  if (!asked) return fail(asked);
  constexpr std::array<std::string_view, 6> kStored = {
      "count", "p50_duration", "p95_duration", "p99_duration", "avg_duration", "last_seen"};
  const bool is_stored_order = std::ranges::find(kStored, asked->order_by) != kStored.end();
  AggregateQuery query{.family = Family::kEndpoints,
                       .filter = filter_of(request, *asked, services.clock.now_ns()),
                       .group_by = {"endpoint"},
                       .measures = group_measures()};
  add_group_filters(*asked, query.filter);
  if (is_stored_order) {
    query.order = Order{asked->order_by, !asked->is_ascending()};
    query.page = Page{asked->pagination->offset(), asked->pagination->page_size};
  }
  auto table = services.telemetry.aggregate(query);
  if (!table) return fail(table);
  std::vector<EndpointStats> groups;
  groups.reserve(table->rows.size());
  for (const Row& row : table->rows) groups.push_back(to_stats(row));
  if (!is_stored_order) {
    order_by_impact(groups, asked->is_ascending());
    api::keep_page(groups, *asked->pagination);
  }
  return api::page_response(groups, api::page_info(*asked->pagination, table->total));
}

// --- POST /endpoints/endpoint ---

double to_ms(double ns) {
  return ns / static_cast<double>(kNsPerMs);
}

Result<Stats> stats_of(const Filter& filter, Services& services) {
  AggregateQuery query{.family = Family::kEndpoints, .filter = filter};
  query.measures = {{MeasureKind::kCount, {}, 0, {}, "count"},
                    {MeasureKind::kMean, "duration", 0, {}, "mean"},
                    quantile(0.5, "p50"),
                    quantile(0.95, "p95"),
                    quantile(0.99, "p99"),
                    count_where({where("duration", Op::kLessEqual, 500 * kNsPerMs),
                                 where("status_code", Op::kLess, 500)},
                                "satisfied"),
                    count_where({where("duration", Op::kGreater, 500 * kNsPerMs),
                                 where("duration", Op::kLessEqual, 2000 * kNsPerMs),
                                 where("status_code", Op::kLess, 500)},
                                "tolerable"),
                    count_where({where("status_code", Op::kGreaterEqual, 500)}, "failed")};
  auto table = services.telemetry.aggregate(query);
  if (!table) return fail(table);
  Stats out;
  if (table->rows.empty() || table->rows.front().integer("count") == 0) return out;
  const Row& row = table->rows.front();
  const double count = row.real("count");
  const double minutes =
      (static_cast<double>(filter.range.to_ns) - static_cast<double>(filter.range.from_ns)) / 60e9;
  out.count = row.integer("count");
  out.avg_duration = to_ms(row.real("mean"));
  out.median_duration = to_ms(row.real("p50"));
  out.p95_duration = to_ms(row.real("p95"));
  out.p99_duration = to_ms(row.real("p99"));
  out.apdex = (row.real("satisfied") + row.real("tolerable") / 2) / count;
  out.error_rate = 100 * row.real("failed") / count;
  out.throughput = count / std::max(minutes, 1.0);
  return out;
}

/// The original decodes the parameter twice; ours only when the once-decoded name matches nothing.
Result<Table> rows_of_endpoint(ListQuery& query, std::string_view name, Services& services) {
  auto& predicate =
      query.filter.predicates.emplace_back(Predicate{"endpoint", Op::kEqual, {std::string(name)}});
  auto table = services.telemetry.list(query);
  if (!table || table->total > 0) return table;
  const std::string again = text::percent_decoded(name);
  if (again == name) return table;
  predicate.values = {again};
  return services.telemetry.list(query);
}

Result<Response> one_endpoint(Request& request, Services& services) {
  const auto name = request.query_param("endpoint");
  if (!name || name->empty()) return fail(ErrorCode::kMalformed, "endpoint is required");
  auto asked = api::parse_list_request(request.body_text());
  if (!asked) return fail(asked);
  ListQuery query{Family::kEndpoints,
                  filter_of(request, *asked, services.clock.now_ns()),
                  {list_column(asked->order_by), !asked->is_ascending()},
                  {asked->pagination->offset(), asked->pagination->page_size}};
  auto table = rows_of_endpoint(query, *name, services);
  if (!table) return fail(table);
  auto stats = stats_of(query.filter, services);
  if (!stats) return fail(stats);
  json::Writer out;
  out.begin_object().key("data");
  json::write(out, to_endpoints(table->rows, request.caller.project));
  out.key("stats");
  json::write(out, *stats);
  out.key("pagination");
  json::write(out, api::page_info(*asked->pagination, table->total));
  out.end_object();
  return http::json_response(out.take());
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
  router.add(Method::kPost, "/api/endpoints/chart", project_read,
             [&services](Request& r, Later&) { return chart(r, services); });
  router.add(Method::kPost, "/api/endpoints/:endpointId", project_read,
             [&services](Request& r, Later&) { return trace_detail(r, services); });
}

}  // namespace traceway::endpoints
