#include "ops/pipeline_samples.h"

namespace traceway::ops {

std::vector<Sample> pipeline_samples(const pipeline::Diagnostics& now,
                                     const PipelineSurroundings& around) {
  const auto count = [](std::uint64_t number) { return static_cast<double>(number); };
  const auto percent = [](std::uint64_t used, std::uint64_t of) {
    return static_cast<double>(pipeline::utilization_pct(used, of));
  };
  const auto lost = [&](WriteFailureClass failure) {
    return count(now.failures_by_class[static_cast<std::size_t>(failure)]);
  };
  return {
      {"traceway.pipeline.queue_capacity", count(now.queue_capacity)},
      {"traceway.pipeline.queue_depth", count(now.queue_depth)},
      {"traceway.pipeline.queue_depth_high_watermark", count(now.queue_high_watermark)},
      {"traceway.pipeline.queue_utilization_pct", percent(now.queue_depth, now.queue_capacity)},
      {"traceway.pipeline.queue_high_watermark_utilization_pct",
       percent(now.queue_high_watermark, now.queue_capacity)},
      {"traceway.pipeline.enqueue_accepted_total", count(now.enqueue_accepted_total)},
      {"traceway.pipeline.enqueue_dropped_total", count(now.enqueue_dropped_total)},
      {"traceway.pipeline.write_dropped_total", count(now.write_dropped_total)},
      {"traceway.pipeline.total_dropped_total",
       count(now.enqueue_dropped_total + now.write_dropped_total)},
      {"traceway.pipeline.write_failures.connection", lost(WriteFailureClass::kConnection)},
      {"traceway.pipeline.write_failures.timeout", lost(WriteFailureClass::kTimeout)},
      {"traceway.pipeline.write_failures.contention", lost(WriteFailureClass::kContention)},
      {"traceway.pipeline.write_failures.constraint", lost(WriteFailureClass::kConstraint)},
      {"traceway.pipeline.write_failures.unknown", lost(WriteFailureClass::kUnknown)},
      {"traceway.pipeline.queued_bytes", count(now.queued_bytes)},
      {"traceway.pipeline.byte_budget", count(now.byte_budget)},
      {"traceway.pipeline.byte_utilization_pct", percent(now.queued_bytes, now.byte_budget)},
      {"traceway.pipeline.accepted_jobs_total", count(now.accepted_jobs_total)},
      {"traceway.pipeline.committed_records_total", count(now.committed_records_total)},
      {"traceway.pipeline.commits_total", count(now.commits_total)},
      {"traceway.pipeline.last_commit_ms", now.last_commit_ms},
      {"traceway.pipeline.commit_ms_p50", now.commit_ms_p50},
      {"traceway.pipeline.commit_ms_p99", now.commit_ms_p99},
      {"traceway.pipeline.batch_rows_last", count(now.batch_rows_last)},
      {"traceway.pipeline.batch_cap_rows", count(now.batch_cap_rows)},
      {"traceway.pipeline.internal_queue_capacity", count(now.internal_queue_capacity)},
      {"traceway.pipeline.internal_queue_depth", count(now.internal_queue_depth)},
      {"traceway.pipeline.internal_dropped_total", count(now.internal_dropped_total)},
      {"traceway.pipeline.wal_bytes", static_cast<double>(around.wal_bytes)},
      {"traceway.pipeline.storage_degraded", now.is_degraded ? 1.0 : 0.0},
  };
}

}  // namespace traceway::ops
