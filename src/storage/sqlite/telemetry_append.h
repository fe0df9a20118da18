// The write half of the telemetry database: jobs to blocks and rows in one transaction.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "storage/sqlite/batch_payload.h"
#include "storage/sqlite/block_tables.h"
#include "storage/sqlite/blocks/block_format.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/digests.h"
#include "storage/telemetry_db.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace traceway::sqlite {

/// Writer thread only.
class TelemetryAppender {
 public:
  TelemetryAppender(Connection& connection, const Clock& clock)
      : connection_(connection), clock_(clock) {}

  /// Reads what the file says: the last block's number, the digests of the last 15 minutes.
  [[nodiscard]] Result<void> load();

  /// One transaction for all jobs; committed on return, or nothing of it is stored and the
  /// connection is clean.
  [[nodiscard]] Result<Written> append(std::span<Prepared> jobs);

  /// The fallback: as append(), but each job, and of a job that fails each record, is written in a
  /// savepoint of its own; what the file refuses is left out and listed. The spans of a part are
  /// one unit. Source: write-pipeline 7.4.
  [[nodiscard]] Result<Written> append_each(std::span<Prepared> jobs);

  /// Deletes digests older than 15 minutes.
  [[nodiscard]] Result<void> forget_digests();

 private:
  /// The chunks of one family and project in this transaction, in the order of the jobs.
  struct ProjectChunks {
    blocks::BlockFamily family = blocks::BlockFamily::kSpans;
    Uuid project;
    std::vector<const blocks::EncodedChunk*> chunks;
  };

  /// A part of a job that was not stored before.
  struct FreshPart {
    Uuid project;
    Uuid digest;  // zero: none to remember
    std::array<std::span<const blocks::EncodedChunk>, blocks::kBlockFamilies> chunks;
    std::span<const PreparedException> exceptions;
    std::uint32_t first = 0;    // position of its first record in the job
    std::uint32_t records = 0;  // spans, then exceptions
  };
  struct Salvage;

  [[nodiscard]] std::vector<FreshPart> fresh_parts(std::span<const Prepared> jobs,
                                                   std::int64_t now_ns,
                                                   DigestMemory& in_this_append,
                                                   Written& written) const;
  void remember(std::span<const FreshPart> parts, std::int64_t now_ns);
  Result<void> write_alone(std::span<const Prepared> jobs, std::size_t index, Salvage& salvage);
  Result<void> write_records(const FreshPart& part, std::size_t job, Salvage& salvage);
  Result<void> write(std::span<const FreshPart> parts);
  Result<void> write_blocks(const ProjectChunks& of);
  Result<void> write_block(const ProjectChunks& of,
                           std::span<const blocks::EncodedChunk* const> chunks);
  Result<void> take_numbers(NewBlock& block);
  Result<void> write_commands(std::span<const Prepared> jobs);
  Result<void> write_exception(const Uuid& project, const PreparedException& exception);
  Result<void> write_return(const Uuid& project, const Exception& row);
  Result<std::int64_t> stack_text_id(const Uuid& project, const PreparedException& exception);
  Result<void> write_digests(std::span<const FreshPart> parts, std::int64_t now_ns);
  /// Binds with `bind`, steps once, leaves the cached statement ready for the next use.
  template <class Bind>
  Result<bool> execute(const Query& query, Bind&& bind);
  template <class Bind>
  Result<bool> execute(std::string_view query_name, Bind&& bind);

  Connection& connection_;
  const Clock& clock_;
  DigestMemory digests_;
  std::array<std::int64_t, blocks::kBlockFamilies> next_block_{};  // per family; ids start at 1
};

}  // namespace traceway::sqlite
