// What requests and runs of tasks have in common: their rows, their lists, the figures above a
// list.
#pragma once

#include "api/list_request.h"
#include "base/json.h"
#include "storage/telemetry_db.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::api {

/// What sets the routes of endpoints and tasks apart.
struct RunKind {
  Family family = Family::kEndpoints;
  std::string_view noun;         ///< as key in JSON and as parameter of a path: `endpoint`
  std::string_view title;        ///< first word of a message: `Endpoint`
  std::string_view name_column;  ///< of the store: `endpoint`, `task_name`
  std::span<const std::string_view> order_columns;  ///< beside recorded_at
};

inline constexpr std::array<std::string_view, 3> kEndpointOrder = {"duration", "status_code",
                                                                   "body_size"};
inline constexpr std::array<std::string_view, 1> kTaskOrder = {"duration"};
inline constexpr RunKind kEndpointRuns{Family::kEndpoints, "endpoint", "Endpoint", "endpoint",
                                       kEndpointOrder};
inline constexpr RunKind kTaskRuns{Family::kTasks, "task", "Task", "task_name", kTaskOrder};

/// dashboard-api 10.1 and 11 without what only one kind has. Durations in ns.
struct Run {
  Uuid id;
  Uuid project_id;
  std::int64_t duration = 0;
  Timestamp recorded_at;
  std::string client_ip;
  RawJson attributes;
  std::string app_version;
  std::string server_name;
  std::optional<Uuid> distributed_trace_id;
  std::optional<std::string> span_id;
  std::optional<std::string> parent_span_id;
  bool is_root = false;
};

/// For the field lists of structs that derive from Run.
inline constexpr auto kRunFields =
    std::tuple{field("id", &Run::id),
               field("project_id", &Run::project_id),
               field("duration", &Run::duration),
               field("recorded_at", &Run::recorded_at),
               field("client_ip", &Run::client_ip, "clientIP"),
               field("attributes", &Run::attributes),
               field("app_version", &Run::app_version),
               field("server_name", &Run::server_name),
               field("distributed_trace_id", &Run::distributed_trace_id),
               field("span_id", &Run::span_id),
               field("parent_span_id", &Run::parent_span_id),
               field("is_root", &Run::is_root)};

/// A stored row of the endpoint or task family as the API shows it.
[[nodiscard]] Run to_run(const Row& row, const Uuid& project);

/// The figures above one name's list. Durations in ms, throughput per minute.
struct RunStats {
  std::int64_t count = 0;
  double avg_duration = 0;
  double median_duration = 0;
  double p95_duration = 0;
  double p99_duration = 0;
  double throughput = 0;
};

/// For the field lists of structs that derive from RunStats.
inline constexpr auto kRunStatsFields =
    std::tuple{field("count", &RunStats::count),
               field("avg_duration", &RunStats::avg_duration),
               field("median_duration", &RunStats::median_duration),
               field("p95_duration", &RunStats::p95_duration),
               field("p99_duration", &RunStats::p99_duration),
               field("throughput", &RunStats::throughput)};

/// What to_run_stats() reads: `count`, `mean`, `p50`, `p95`, `p99`.
[[nodiscard]] std::vector<Measure> run_stats_measures();

/// No runs: zeros. Source: dashboard-api 10.4, 11.
[[nodiscard]] RunStats to_run_stats(const Row& row, const TimeRange& range);

/// The runs of a list request, ordered as asked (unknown columns: by time) and paged.
[[nodiscard]] ListQuery run_query(const RunKind& kind, const Uuid& project,
                                  const ListRequest& asked, std::int64_t now_ns);

/// POST /endpoints, /tasks: all runs whose name contains the search. Source: dashboard-api 10.2.
[[nodiscard]] Result<Table> find_runs(const RunKind& kind, ListQuery query, std::string_view search,
                                      TelemetryDb& telemetry);

/// The runs of one name, which stays in `query` as a predicate. The original decodes the name
/// twice; ours only when the once-decoded name matches nothing.
[[nodiscard]] Result<Table> runs_of_name(const RunKind& kind, ListQuery& query,
                                         std::string_view name, TelemetryDb& telemetry);

/// `{}` reads as null, as the API shows attribute maps of rows.
[[nodiscard]] RawJson map_or_null(std::string json);

/// The span id of a stored column (8 or 16 bytes) in the API's dashed form; empty optional for
/// none.
[[nodiscard]] std::optional<std::string> dashed_span_id(const Row& row, std::string_view column);

/// The envelope of one name's page: its rows, the figures of all of them, the page's place.
template <HasFields T, HasFields S>
[[nodiscard]] http::Response page_response(const std::vector<T>& rows, const S& stats,
                                           const PageInfo& info) {
  json::Writer out;
  out.begin_object().key("data");
  json::write(out, rows);
  out.key("stats");
  json::write(out, stats);
  out.key("pagination");
  json::write(out, info);
  out.end_object();
  return http::json_response(out.take());
}

}  // namespace traceway::api
