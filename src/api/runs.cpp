#include "api/runs.h"

#include "api/measures.h"
#include "base/text.h"

#include <algorithm>

namespace traceway::api {

namespace {

/// Native runs have 16-byte span ids and share a trace only when a distributed id was sent; OTLP
/// rows always have one.
std::optional<Uuid> distributed_trace_of(const Row& row, const Uuid& id) {
  const Uuid linked = row.uuid("linked_trace_id");
  if (!linked.is_zero()) return linked;
  const Uuid trace = row.uuid("trace_id");
  if (trace.is_zero() || trace == id) return std::nullopt;
  return trace;
}

}  // namespace

RawJson map_or_null(std::string json) {
  if (json == "{}") return {};
  return {std::move(json)};
}

std::optional<std::string> dashed_span_id(const Row& row, std::string_view column) {
  const SpanId id = span_id_from_bytes(row.blob(column));
  if (id.is_empty()) return std::nullopt;
  return to_dashed(id);
}

Run to_run(const Row& row, const Uuid& project) {
  Run out;
  out.id = row.uuid("id");
  out.project_id = project;
  out.duration = row.integer("duration");
  out.recorded_at.ns = row.integer("recorded_at");
  out.client_ip = row.text("client_ip");
  out.attributes = map_or_null(row.text("attributes"));
  out.app_version = row.text("app_version");
  out.server_name = row.text("server_name");
  out.distributed_trace_id = distributed_trace_of(row, out.id);
  out.span_id = dashed_span_id(row, "span_id");
  out.parent_span_id = dashed_span_id(row, "parent_span_id");
  out.is_root = row.integer("is_root") != 0;
  return out;
}

std::vector<Measure> run_stats_measures() {
  return {{MeasureKind::kCount, {}, 0, {}, "count"},
          {MeasureKind::kMean, "duration", 0, {}, "mean"},
          duration_quantile(0.5, "p50"),
          duration_quantile(0.95, "p95"),
          duration_quantile(0.99, "p99")};
}

RunStats to_run_stats(const Row& row, const TimeRange& range) {
  RunStats out;
  out.count = row.integer("count");
  if (out.count == 0) return out;
  const double minutes =
      (static_cast<double>(range.to_ns) - static_cast<double>(range.from_ns)) / 60e9;
  out.avg_duration = to_ms(row.real("mean"));
  out.median_duration = to_ms(row.real("p50"));
  out.p95_duration = to_ms(row.real("p95"));
  out.p99_duration = to_ms(row.real("p99"));
  out.throughput = static_cast<double>(out.count) / std::max(minutes, 1.0);
  return out;
}

ListQuery run_query(const RunKind& kind, const Uuid& project, const ListRequest& asked,
                    std::int64_t now_ns) {
  const bool is_known =
      std::ranges::find(kind.order_columns, asked.order_by) != kind.order_columns.end();
  return {kind.family,
          {project, range_of(asked, now_ns), {}},
          {is_known ? asked.order_by : "recorded_at", !asked.is_ascending()},
          {asked.pagination->offset(), asked.pagination->page_size}};
}

Result<Table> find_runs(const RunKind& kind, ListQuery query, std::string_view search,
                        TelemetryDb& telemetry) {
  if (!search.empty()) {
    query.filter.predicates.push_back(
        {std::string(kind.name_column), Op::kContains, {std::string(search)}});
  }
  return telemetry.list(query);
}

Result<Table> runs_of_name(const RunKind& kind, ListQuery& query, std::string_view name,
                           TelemetryDb& telemetry) {
  auto& predicate = query.filter.predicates.emplace_back(
      Predicate{std::string(kind.name_column), Op::kEqual, {std::string(name)}});
  auto table = telemetry.list(query);
  if (!table || table->total > 0) return table;
  const std::string again = text::percent_decoded(name);
  if (again == name) return table;
  predicate.values = {again};
  return telemetry.list(query);
}

}  // namespace traceway::api
