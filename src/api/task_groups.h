// Runs of tasks by name: how often, how fast, how many failed.
#pragma once

#include "base/json.h"
#include "storage/telemetry_db.h"

#include <string>
#include <string_view>
#include <vector>

namespace traceway::api {

/// The runs of tasks that ended with an exception of their own.
class FailedRuns {
 public:
  /// At most this many are looked at; past that, counts of failures are too low.
  static constexpr std::int64_t kMost = 100'000;

  /// Those that started inside the range: their exceptions may be up to a day younger.
  [[nodiscard]] static Result<FailedRuns> find(TelemetryDb& telemetry, const Uuid& project,
                                               const TimeRange& range);

  [[nodiscard]] bool contains(const Uuid& task) const;
  /// Counts failed rows of the task family as `failures`.
  [[nodiscard]] Measure measure() const;

 private:
  std::vector<Uuid> ids_;  // sorted
};

/// The id of the run on whose own span an exception was recorded. Source: ingest 9.3.
[[nodiscard]] Uuid owner_of_exception(const Uuid& project, const Row& exception);

/// One task. Durations in ns. Source: dashboard-api 11.
struct TaskStats {
  std::string task_name;
  std::int64_t count = 0;
  std::int64_t p50_duration = 0;
  std::int64_t p95_duration = 0;
  std::int64_t avg_duration = 0;
  Timestamp first_seen;
  Timestamp last_seen;
  std::int64_t failures = 0;

  /// For ordering only: the time that slow runs take beyond usual ones.
  [[nodiscard]] double impact() const {
    return static_cast<double>(count) * static_cast<double>(p95_duration - p50_duration);
  }
};

/// Asks for everything to_task_groups() reads; the caller adds order and page.
[[nodiscard]] AggregateQuery task_groups_query(Filter filter, const FailedRuns& failed);

[[nodiscard]] std::vector<TaskStats> to_task_groups(const Rows& rows);

}  // namespace traceway::api

namespace traceway {

template <>
inline constexpr auto fields<api::TaskStats> =
    std::tuple{field("task_name", &api::TaskStats::task_name),
               field("count", &api::TaskStats::count),
               field("p50_duration", &api::TaskStats::p50_duration),
               field("p95_duration", &api::TaskStats::p95_duration),
               field("avg_duration", &api::TaskStats::avg_duration),
               field("first_seen", &api::TaskStats::first_seen),
               field("last_seen", &api::TaskStats::last_seen),
               field("failures", &api::TaskStats::failures)};

}  // namespace traceway
