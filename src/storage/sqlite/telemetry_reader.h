// Questions to the span blocks: aggregate, list, lookup. Each works on one read connection and sees
// one snapshot.
#pragma once

#include "base/result.h"
#include "storage/sqlite/connection.h"
#include "storage/telemetry_db.h"

#include <functional>
#include <string_view>

namespace traceway::sqlite {

/// At most this many values are held at once to answer one question exactly; more is refused with a
/// sentence.
inline constexpr std::size_t kMaxSamples = 16'000'000;

/// Calls visit(block id, hot data) for every block of the project that may hold rows of the range.
/// A block that cannot be read is logged, counted and skipped by the callers through
/// report_broken_block.
[[nodiscard]] Result<void> for_each_block(
    Connection& connection, const Filter& filter,
    const std::function<Result<void>(std::int64_t block, std::string_view hot)>& visit);

/// Logs once a block and counts it.
void report_broken_block(std::int64_t block, const Error& error);
[[nodiscard]] std::uint64_t broken_blocks_seen();

[[nodiscard]] Result<Table> aggregate_spans(Connection& connection, const AggregateQuery& query);
[[nodiscard]] Result<Table> list_spans(Connection& connection, const ListQuery& query);
/// kSpans: every span of the trace, by start; kEndpoints, kTasks: the entity, or the trace's first
/// one.
[[nodiscard]] Result<Rows> lookup_spans(Connection& connection, Family family, const Key& key);

}  // namespace traceway::sqlite
