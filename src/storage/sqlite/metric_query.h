// Questions about metric points over one snapshot.
#pragma once

#include "base/result.h"
#include "storage/sqlite/block_reader.h"
#include "storage/telemetry_db.h"

namespace traceway::sqlite {

/// The reader's family is kMetricPoints. Blocks that cannot hold the metric asked for are not read.
[[nodiscard]] Result<Table> aggregate_metrics(BlockReader& reader, const AggregateQuery& query);

}  // namespace traceway::sqlite
