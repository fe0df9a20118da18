#include "overview/arrivals.h"

#include <algorithm>
#include <utility>

namespace traceway::overview {

namespace {

/// The ends of a list cost one block each, whatever its length; the store counts by block headers.
Result<Arrival> arrival_of(TelemetryDb& telemetry, const Uuid& project, Family family,
                           std::string kind) {
  Arrival out{std::move(kind), {}, {}, 0};
  ListQuery query{family, {project, {}, {}}, {"recorded_at", true}, {0, 1}};
  const auto last = telemetry.list(query);
  if (!last) return fail(last);
  out.count = last->total;
  if (last->rows.empty()) return out;
  out.last_ns = last->rows.front().integer("recorded_at");
  query.order.is_descending = false;
  const auto first = telemetry.list(query);
  if (!first) return fail(first);
  if (!first->rows.empty()) out.first_ns = first->rows.front().integer("recorded_at");
  return out;
}

/// The headers of blocks say all of it.
Result<Arrival> metrics_of(TelemetryDb& telemetry, const Uuid& project) {
  const auto table =
      telemetry.aggregate({.family = Family::kMetricPoints,
                           .filter = {project, {}, {}},
                           .measures = {{MeasureKind::kCount, {}, 0, {}, "count"},
                                        {MeasureKind::kFirstSeen, {}, 0, {}, "first"},
                                        {MeasureKind::kLastSeen, {}, 0, {}, "last"}}});
  if (!table) return fail(table);
  const Row& row = table->rows.at(0);
  Arrival out{"metric", {}, {}, row.integer("count")};
  if (out.count == 0) return out;
  out.first_ns = row.integer("first");
  out.last_ns = row.integer("last");
  return out;
}

Result<Arrival> errors_of(TelemetryDb& telemetry, const Uuid& project) {
  const auto rows = telemetry.run("overview.exceptions_ever", {{"project_id", to_value(project)}});
  if (!rows) return fail(rows);
  const Row& row = rows->at(0);
  Arrival out{"error", {}, {}, row.integer("count")};
  if (out.count == 0) return out;
  out.first_ns = row.integer("first_seen");
  out.last_ns = row.integer("last_seen");
  return out;
}

}  // namespace

Result<std::vector<Arrival>> arrivals_of(TelemetryDb& telemetry, const Uuid& project) {
  std::vector<Arrival> out;
  constexpr std::pair<Family, const char*> kFamilies[] = {
      {Family::kEndpoints, "request"}, {Family::kTasks, "task"}, {Family::kSpans, "span"}};
  for (const auto& [family, kind] : kFamilies) {
    auto arrival = arrival_of(telemetry, project, family, kind);
    if (!arrival) return fail(arrival);
    out.push_back(std::move(*arrival));
  }
  auto errors = errors_of(telemetry, project);
  if (!errors) return fail(errors);
  out.insert(out.begin() + 1, std::move(*errors));
  auto metrics = metrics_of(telemetry, project);
  if (!metrics) return fail(metrics);
  out.push_back(std::move(*metrics));
  // These kinds are not asked for yet.
  for (const char* kind : {"log", "session"}) out.push_back({kind, {}, {}, 0});
  return out;
}

std::optional<std::int64_t> last_arrival(const std::vector<Arrival>& arrivals) {
  std::optional<std::int64_t> out;
  for (const Arrival& one : arrivals) out = std::max(out, one.last_ns);
  return out;
}

}  // namespace traceway::overview
