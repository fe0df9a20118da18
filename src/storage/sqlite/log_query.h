// The questions asked of log records: aggregate, list and lookup over one snapshot.
#pragma once

#include "base/result.h"
#include "storage/sqlite/block_reader.h"
#include "storage/telemetry_db.h"

namespace traceway::sqlite {

[[nodiscard]] Result<Table> aggregate_logs(BlockReader& reader, const AggregateQuery& query);

/// Ordered by timestamp, a page is complete as soon as no older block can have a row on it. Errors:
/// kInvalid for a column that cannot be ordered by, and past kMaxListReach.
[[nodiscard]] Result<Table> list_logs(BlockReader& reader, const ListQuery& query);

/// See TelemetryDb::lookup().
[[nodiscard]] Result<Rows> lookup_logs(BlockReader& reader, const Key& key);

/// How many records of one trace are handed out.
inline constexpr std::int64_t kMaxTraceLogs = 20'000;

}  // namespace traceway::sqlite
