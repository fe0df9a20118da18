#include "ops/pipeline_samples.h"

#include "base/json.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

namespace traceway::ops {

TEST_CASE("pipeline samples: every number of the report is a sample of its name and value") {
  pipeline::Diagnostics now;
  std::uint64_t next = 100;
  for (std::uint64_t* number :
       {&now.queue_capacity, &now.queue_depth, &now.queue_high_watermark, &now.queued_bytes,
        &now.byte_budget, &now.enqueue_accepted_total, &now.enqueue_dropped_total,
        &now.write_dropped_total, &now.committed_records_total, &now.accepted_jobs_total,
        &now.commits_total, &now.batch_rows_last, &now.batch_cap_rows, &now.internal_queue_capacity,
        &now.internal_queue_depth, &now.internal_dropped_total}) {
    *number = next += 7;
  }
  for (std::uint64_t& lost : now.failures_by_class) lost = next += 7;
  now.last_commit_ms = 1.5;
  now.commit_ms_p50 = 2.5;
  now.commit_ms_p99 = 3.5;
  now.is_degraded = true;
  const PipelineSurroundings around{0, 4096, "normal", "commit"};

  std::map<std::string, double> values;
  for (const Sample& sample : pipeline_samples(now, around)) {
    CHECK(values.emplace(std::string(sample.name), sample.value).second);
  }
  CHECK(values.extract("traceway.pipeline.storage_degraded").mapped() == 1);
  const auto report = json::Value::parse(pipeline_report(now, around));
  REQUIRE(report);
  std::size_t found = 0;
  for (const json::Value& part : {report->at("diagnostics"), report->at("traceway"),
                                  report->at("diagnostics").at("write_failures_by_class")}) {
    for (const auto& [name, value] : values) {
      const std::string_view own = std::string_view(name).substr(name.rfind('.') + 1);
      const auto reported = part.at(own).as_double();
      if (!reported) continue;
      CAPTURE(name);
      CHECK(*reported == value);
      ++found;
    }
  }
  CHECK(found == values.size());
}

}  // namespace traceway::ops
