// The read half of the telemetry database: aggregate, list and lookup over one snapshot.
#pragma once

#include "base/result.h"
#include "storage/sqlite/block_reader.h"
#include "storage/telemetry_db.h"

namespace traceway::sqlite {

// Each asks the family of its reader, which is that of the query.

/// How many rows offset and limit of a list may reach: what is kept in memory while it is built.
inline constexpr std::int64_t kMaxListReach = 200'000;

/// A page of a list, in rows.
struct Reach {
  std::size_t offset = 0;
  std::size_t end = 0;  ///< offset and limit together
};

/// Errors: kInvalid past kMaxListReach. A negative offset or limit counts as 0.
[[nodiscard]] Result<Reach> reach_of(const Page& page);

[[nodiscard]] Result<Table> aggregate_blocks(BlockReader& reader, const AggregateQuery& query);

/// Ties are ordered by id (endpoints, tasks), else by arrival. Errors: kInvalid for a column the
/// family has not, and past kMaxListReach.
[[nodiscard]] Result<Table> list_blocks(BlockReader& reader, const ListQuery& query);

/// The entity of that id, failing that the first one of the trace of that id.
[[nodiscard]] Result<Rows> lookup_entity(BlockReader& reader, const Key& key);

/// How many spans of one trace are handed out: what a page can show and a process can hold.
inline constexpr std::size_t kMaxTraceSpans = 20'000;

/// The first kMaxTraceSpans spans of the trace, by start, ties by arrival.
[[nodiscard]] Result<Rows> lookup_trace(BlockReader& reader, const Key& key);

/// ± 24 h around the hint; everything without one.
[[nodiscard]] TimeRange range_of(const Key& key);

}  // namespace traceway::sqlite
