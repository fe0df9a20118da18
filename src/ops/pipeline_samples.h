// The pipeline's diagnostics as named numbers: what the server stores of itself every ten seconds.
#pragma once

#include "ops/pipeline_report.h"
#include "pipeline/diagnostics.h"

#include <string_view>
#include <vector>

namespace traceway::ops {

/// One value of one moment. Totals only rise; everything else goes up and down.
struct Sample {
  std::string_view name;  ///< "traceway.pipeline.queue_depth"; a literal
  double value = 0;
};

/// The numbers of pipeline_report() under the same names, in its order; a failure class as
/// `write_failures.constraint`, the storage state as `storage_degraded` (0 or 1). Pure. Source:
/// write-pipeline 6.
[[nodiscard]] std::vector<Sample> pipeline_samples(const pipeline::Diagnostics& now,
                                                   const PipelineSurroundings& around);

}  // namespace traceway::ops
