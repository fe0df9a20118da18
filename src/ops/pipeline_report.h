// The JSON of GET /api/diagnostics/trace-pipeline. Names, order and omission are a contract.
#pragma once

#include "pipeline/diagnostics.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace traceway::ops {

/// What the report shows beside the pipeline's own numbers.
struct PipelineSurroundings {
  std::int64_t generated_at_ns = 0;
  std::int64_t wal_bytes = 0;
  std::string_view durability;  ///< "normal" or "full"
  std::string_view ack;         ///< "commit" or "enqueue"
};

/// Pure. Source: write-pipeline 6.
[[nodiscard]] std::string pipeline_report(const pipeline::Diagnostics& now,
                                          const PipelineSurroundings& around);

}  // namespace traceway::ops
