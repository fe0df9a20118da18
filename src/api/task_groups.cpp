#include "api/task_groups.h"

#include "api/measures.h"

#include <algorithm>

namespace traceway::api {

Uuid owner_of_exception(const Uuid& project, const Row& exception) {
  const std::string span = exception.blob("span_id");
  if (span.size() == sizeof(Uuid::bytes)) return uuid_from_bytes(span);  // native: the run's id
  return derived_entity_id(project, exception.uuid("trace_id"), span_id_from_bytes(span));
}

Result<FailedRuns> FailedRuns::find(TelemetryDb& telemetry, const Uuid& project,
                                    const TimeRange& range) {
  constexpr std::int64_t kDayNs = 86'400'000'000'000;
  const std::int64_t to = range.to_ns > INT64_MAX - kDayNs ? INT64_MAX : range.to_ns + kDayNs;
  const auto rows = telemetry.run("tasks.failed_runs", {{"project_id", to_value(project)},
                                                        {"from_time", to_value(range.from_ns)},
                                                        {"to_time", to_value(to)},
                                                        {"most", to_value(kMost)}});
  if (!rows) return fail(rows);
  FailedRuns out;
  out.ids_.reserve(rows->size());
  for (const Row& row : *rows) out.ids_.push_back(owner_of_exception(project, row));
  std::ranges::sort(out.ids_);
  return out;
}

bool FailedRuns::contains(const Uuid& task) const {
  return std::ranges::binary_search(ids_, task);
}

Measure FailedRuns::measure() const {
  Predicate has_failed{"id", Op::kIn, {}};
  has_failed.values.reserve(ids_.size());
  for (const Uuid& id : ids_) has_failed.values.push_back(to_value(id));
  return count_where({std::move(has_failed)}, "failures");
}

AggregateQuery task_groups_query(Filter filter, const FailedRuns& failed) {
  AggregateQuery query{
      .family = Family::kTasks, .filter = std::move(filter), .group_by = {"task_name"}};
  query.measures = {count_of_rows(),
                    duration_quantile(0.5, "p50_duration"),
                    duration_quantile(0.95, "p95_duration"),
                    {MeasureKind::kMean, "duration", 0, {}, "avg_duration"},
                    {MeasureKind::kFirstSeen, {}, 0, {}, "first_seen"},
                    {MeasureKind::kLastSeen, {}, 0, {}, "last_seen"},
                    failed.measure()};
  return query;
}

std::vector<TaskStats> to_task_groups(const Rows& rows) {
  std::vector<TaskStats> out;
  out.reserve(rows.size());
  for (const Row& row : rows) out.push_back(from_row<TaskStats>(row));
  return out;
}

}  // namespace traceway::api
