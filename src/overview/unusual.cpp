#include "overview/unusual.h"

#include "api/buckets.h"
#include "api/measures.h"

#include <algorithm>
#include <iterator>

namespace traceway::overview {

namespace {

constexpr int kPulseMinutes = 5;
constexpr std::int64_t kDayNs = 86'400'000'000'000;

void append(std::vector<Attention>& to, std::vector<Attention> from) {
  std::ranges::move(from, std::back_inserter(to));
}

Result<std::vector<Attention>> of_endpoints(TelemetryDb& telemetry, const Known& known) {
  const auto before =
      telemetry.aggregate(api::endpoint_groups_query({known.project, known.window.previous, {}}));
  if (!before) return fail(before);
  return endpoint_attention(known.endpoints, api::to_endpoint_groups(before->rows));
}

Result<std::vector<Attention>> of_tasks(TelemetryDb& telemetry, const Known& known) {
  const auto now = telemetry.aggregate(
      api::task_groups_query({known.project, known.window.current, {}}, known.failed));
  if (!now) return fail(now);
  const auto before = telemetry.aggregate(
      api::task_groups_query({known.project, known.window.previous, {}}, known.failed));
  if (!before) return fail(before);
  return task_attention(api::to_task_groups(now->rows), api::to_task_groups(before->rows));
}

/// Silence is about now: a range that ended earlier has none.
Result<std::optional<Attention>> of_silence(TelemetryDb& telemetry, const Known& known) {
  constexpr std::int64_t kPulseNs = kPulseMinutes * api::kNsPerMinute;
  if (!known.last_event_ns || known.window.current.to_ns < known.now_ns - kPulseNs)
    return std::optional<Attention>{};
  const std::int64_t last = *known.last_event_ns;
  AggregateQuery query{.family = Family::kSpans,
                       .filter = {known.project, {last - kDayNs, last}, {}},
                       .bucket_minutes = kPulseMinutes,
                       .measures = {api::count_of_rows()},
                       .order = Order{"bucket", false}};
  const auto table = telemetry.aggregate(query);
  if (!table) return fail(table);
  std::vector<std::int64_t> active;
  for (const Row& row : table->rows) active.push_back(row.integer("bucket"));
  auto sentence = silence(active, kPulseNs, last, known.now_ns);
  if (sentence) sentence->entity = {"project", to_string(known.project)};
  return sentence;
}

/// Start of the first bucket of the range in which the endpoint was outside its band.
Result<std::int64_t> left_band_at(TelemetryDb& telemetry, const Known& known,
                                  const Attention& about) {
  AggregateQuery query{
      .family = Family::kEndpoints,
      .filter = {known.project, known.window.current, {}},
      .bucket_minutes = known.window.bucket_minutes,
      .measures = {api::count_of_rows(), api::server_errors(), api::duration_quantile(0.95, "p95")},
      .order = Order{"bucket", false}};
  query.filter.predicates.push_back({"endpoint", Op::kEqual, {about.entity.id}});
  const auto table = telemetry.aggregate(query);
  if (!table) return fail(table);
  for (const Row& row : table->rows) {
    const double value = about.kind == AttentionKind::kErrorRate
                             ? row.real("server_errors") / row.real("count")
                             : row.real("p95");
    if (value > about.limit) return std::max(row.integer("bucket"), known.window.current.from_ns);
  }
  return known.window.current.from_ns;
}

Result<std::int64_t> first_failure_at(TelemetryDb& telemetry, const Known& known,
                                      const std::string& task) {
  AggregateQuery query{
      .family = Family::kTasks,
      .filter = {known.project, known.window.current, known.failed.measure().where},
      .measures = {{MeasureKind::kFirstSeen, {}, 0, {}, "first_seen"}}};
  query.filter.predicates.push_back({"task_name", Op::kEqual, {task}});
  const auto table = telemetry.aggregate(query);
  if (!table) return fail(table);
  return table->rows.at(0).integer("first_seen");
}

/// Names the version that came with the change, if one did.
void add_release(Attention& about, const Known& known) {
  const std::int64_t bucket = known.window.bucket_minutes * api::kNsPerMinute;
  for (const Release& release : known.releases) {
    const std::int64_t apart = release.first_seen.ns - about.since.ns;
    if (apart >= -bucket && apart < bucket) {
      about.detail += ", since deploy " + release.version;
      return;
    }
  }
}

Result<void> add_since(TelemetryDb& telemetry, const Known& known, Attention& about) {
  if (about.entity.type == "endpoint") {
    const auto at = left_band_at(telemetry, known, about);
    if (!at) return fail(at);
    about.since.ns = *at;
    add_release(about, known);
  }
  if (about.entity.type == "task") {
    const auto at = first_failure_at(telemetry, known, about.entity.id);
    if (!at) return fail(at);
    about.since.ns = *at;
  }
  return {};
}

}  // namespace

Result<std::vector<Attention>> unusual(TelemetryDb& telemetry, const Known& known,
                                       std::vector<Attention> others) {
  auto endpoints = of_endpoints(telemetry, known);
  if (!endpoints) return endpoints;
  append(others, std::move(*endpoints));
  auto tasks = of_tasks(telemetry, known);
  if (!tasks) return tasks;
  append(others, std::move(*tasks));
  auto quiet = of_silence(telemetry, known);
  if (!quiet) return fail(quiet);
  if (*quiet) others.push_back(std::move(**quiet));

  std::vector<Attention> kept = most_severe(std::move(others));
  for (Attention& about : kept) {
    if (auto ok = add_since(telemetry, known, about); !ok) return fail(ok);
  }
  return kept;
}

}  // namespace traceway::overview
