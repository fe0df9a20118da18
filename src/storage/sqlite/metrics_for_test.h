// Batches of metric points for tests and benchmarks. Tests only.
#pragma once

#include "storage/sqlite/batch_for_test.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace traceway::sqlite {

/// Builds a batch of metric points of project 9 (or another) whose rows point into its own arena.
class MetricBatch {
 public:
  using Tags = std::vector<std::pair<std::string, std::string>>;

  explicit MetricBatch(std::uint64_t digest, const Uuid& project = BatchBuilder::id_of(9))
      : builder_(project, digest) {}

  void point(std::string_view name, const Tags& tags, std::int64_t recorded_ns, double value) {
    const AttributeRange range = builder_.attributes(tags);
    builder_.batch().metric_points.push_back({builder_.text(name), value, recorded_ns, range});
  }

  [[nodiscard]] TelemetryBatch take() { return builder_.take(); }

 private:
  BatchBuilder builder_;
};

}  // namespace traceway::sqlite
