#include "ops/pipeline_report.h"

#include "base/json.h"

#include <algorithm>
#include <cmath>

namespace traceway::ops {

namespace {

using pipeline::Diagnostics;

constexpr std::int64_t kNsPerMs = 1'000'000;

double two_decimals(double value) {
  return std::round(value * 100.0) / 100.0;
}

Timestamp to_the_millisecond(std::int64_t time_ns) {
  return {time_ns / kNsPerMs * kNsPerMs};
}

void write_failures(json::Writer& out, const Diagnostics& now) {
  const bool has_any = std::any_of(std::begin(now.failures_by_class),
                                   std::end(now.failures_by_class), [](auto n) { return n > 0; });
  if (!has_any) return;
  out.key("write_failures_by_class").begin_object();
  for (std::size_t i = 0; i < pipeline::kFailureClasses; ++i) {
    if (now.failures_by_class[i] == 0) continue;
    out.key(pipeline::name_of(static_cast<WriteFailureClass>(i))).value(now.failures_by_class[i]);
  }
  out.end_object();
}

void write_diagnostics(json::Writer& out, const Diagnostics& now) {
  const int used = pipeline::utilization_pct(now.queue_depth, now.queue_capacity);
  const int peak = pipeline::utilization_pct(now.queue_high_watermark, now.queue_capacity);
  out.key("diagnostics").begin_object();
  out.key("queue_capacity").value(now.queue_capacity);
  out.key("queue_depth").value(now.queue_depth);
  out.key("queue_depth_high_watermark").value(now.queue_high_watermark);
  out.key("queue_utilization_pct").value(used);
  out.key("queue_high_watermark_utilization_pct").value(peak);
  out.key("queue_pressure_state").value(pipeline::name_of(pipeline::pressure_of(used)));
  out.key("queue_high_watermark_pressure_state")
      .value(pipeline::name_of(pipeline::pressure_of(peak)));
  out.key("enqueue_accepted_total").value(now.enqueue_accepted_total);
  out.key("enqueue_dropped_total").value(now.enqueue_dropped_total);
  out.key("write_dropped_total").value(now.write_dropped_total);
  out.key("total_dropped_total").value(now.enqueue_dropped_total + now.write_dropped_total);
  if (now.last_enqueue_drop_ns != 0) {
    out.key("last_enqueue_drop_at").value(to_the_millisecond(now.last_enqueue_drop_ns));
  }
  if (now.last_write_drop_ns != 0) {
    out.key("last_write_drop_at").value(to_the_millisecond(now.last_write_drop_ns));
  }
  if (!now.last_write_drop_operation.empty()) {
    out.key("last_write_drop_operation").value(now.last_write_drop_operation);
  }
  write_failures(out, now);
  out.key("store_driver").value("sqlite");
  out.end_object();
}

void write_own(json::Writer& out, const Diagnostics& now, const PipelineSurroundings& around) {
  out.key("traceway").begin_object();
  out.key("queued_bytes").value(now.queued_bytes);
  out.key("byte_budget").value(now.byte_budget);
  out.key("byte_utilization_pct")
      .value(pipeline::utilization_pct(now.queued_bytes, now.byte_budget));
  out.key("accepted_jobs_total").value(now.accepted_jobs_total);
  out.key("committed_records_total").value(now.committed_records_total);
  out.key("commits_total").value(now.commits_total);
  out.key("last_commit_ms").value(two_decimals(now.last_commit_ms));
  out.key("commit_ms_p50").value(two_decimals(now.commit_ms_p50));
  out.key("commit_ms_p99").value(two_decimals(now.commit_ms_p99));
  out.key("batch_rows_last").value(now.batch_rows_last);
  out.key("batch_cap_rows").value(now.batch_cap_rows);
  out.key("internal_queue_capacity").value(now.internal_queue_capacity);
  out.key("internal_queue_depth").value(now.internal_queue_depth);
  out.key("internal_dropped_total").value(now.internal_dropped_total);
  out.key("wal_bytes").value(around.wal_bytes);
  out.key("storage_state").value(now.is_degraded ? "degraded" : "ok");
  if (!now.last_error_code.empty()) out.key("last_error_code").value(now.last_error_code);
  out.key("durability").value(around.durability);
  out.key("ack").value(around.ack);
  out.end_object();
}

}  // namespace

std::string pipeline_report(const Diagnostics& now, const PipelineSurroundings& around) {
  json::Writer out;
  out.begin_object();
  out.key("schema_version").value("trace-pipeline-diagnostics.v1");
  out.key("generated_at").value(to_the_millisecond(around.generated_at_ns));
  write_diagnostics(out, now);
  write_own(out, now, around);
  out.end_object();
  return out.take();
}

}  // namespace traceway::ops
