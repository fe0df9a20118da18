#include "ops/pipeline_report.h"

#include <doctest/doctest.h>

namespace traceway::ops {

TEST_CASE(
    "pipeline report: a fresh server leaves the optional members out, in the contract's order") {
  pipeline::Diagnostics now;
  now.queue_capacity = 8192;
  now.byte_budget = 67108864;
  now.batch_cap_rows = 1000;
  now.internal_queue_capacity = 1024;
  CHECK(
      pipeline_report(now, {1'795'176'000'123'456'789, 4096, "normal", "commit"}) ==
      R"({"schema_version":"trace-pipeline-diagnostics.v1","generated_at":"2026-11-20T12:00:00.123Z",)"
      R"("diagnostics":{"queue_capacity":8192,"queue_depth":0,"queue_depth_high_watermark":0,)"
      R"("queue_utilization_pct":0,"queue_high_watermark_utilization_pct":0,)"
      R"("queue_pressure_state":"ok","queue_high_watermark_pressure_state":"ok",)"
      R"("enqueue_accepted_total":0,"enqueue_dropped_total":0,"write_dropped_total":0,)"
      R"("total_dropped_total":0,"store_driver":"sqlite"},)"
      R"("traceway":{"queued_bytes":0,"byte_budget":67108864,"byte_utilization_pct":0,)"
      R"("accepted_jobs_total":0,"committed_records_total":0,"commits_total":0,)"
      R"("last_commit_ms":0,"commit_ms_p50":0,"commit_ms_p99":0,)"
      R"("batch_rows_last":0,"batch_cap_rows":1000,)"
      R"("internal_queue_capacity":1024,"internal_queue_depth":0,"internal_dropped_total":0,)"
      R"("wal_bytes":4096,"storage_state":"ok","durability":"normal","ack":"commit"}})");
}

TEST_CASE("pipeline report: what happened shows in the optional members") {
  pipeline::Diagnostics now;
  now.queue_capacity = 8192;
  now.queue_depth = 12;
  now.queue_high_watermark = 4100;
  now.enqueue_dropped_total = 3;
  now.write_dropped_total = 2;
  now.last_enqueue_drop_ns = 1'795'175'883'500'000'000;
  now.last_write_drop_ns = 1'795'174'260'000'000'000;
  now.last_write_drop_operation = "write_batch_fallback";
  now.failures_by_class[static_cast<int>(WriteFailureClass::kConstraint)] = 2;
  now.last_error_code = "SQLITE_CONSTRAINT_CHECK";
  now.is_degraded = true;
  const std::string report = pipeline_report(now, {0, 0, "full", "enqueue"});
  for (const char* part :
       {R"("queue_utilization_pct":0,"queue_high_watermark_utilization_pct":50)",
        R"("queue_high_watermark_pressure_state":"elevated")",
        R"("total_dropped_total":5,"last_enqueue_drop_at":"2026-11-20T11:58:03.5Z",)"
        R"("last_write_drop_at":"2026-11-20T11:31:00Z",)"
        R"("last_write_drop_operation":"write_batch_fallback",)"
        R"("write_failures_by_class":{"constraint":2},"store_driver":"sqlite")",
        R"("storage_state":"degraded","last_error_code":"SQLITE_CONSTRAINT_CHECK",)"
        R"("durability":"full","ack":"enqueue")"}) {
    CAPTURE(part);
    CHECK(report.find(part) != std::string::npos);
  }
}

}  // namespace traceway::ops
