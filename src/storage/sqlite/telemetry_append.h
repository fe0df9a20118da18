// The write side of the telemetry database: one transaction for many requests. Writer thread only.
#pragma once

#include "base/result.h"
#include "storage/sqlite/blocks/chunk.h"
#include "storage/sqlite/connection.h"
#include "storage/telemetry_db.h"

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

namespace traceway::sqlite {

/// How long a request's digest is remembered.
inline constexpr std::int64_t kDigestLifeNs = 15LL * 60 * 1'000'000'000;

/// One exception with its own bytes: it outlives the batch it came in.
struct PreparedException {
  Uuid id;
  TraceId trace;
  SpanId span;
  TraceId linked_trace;
  std::string trace_type;
  std::string hash;
  std::uint16_t grouping_version = 0;
  Uuid content_hash;
  std::string first_line;
  std::string compressed_text;  ///< zstd frame
  std::int64_t recorded_ns = 0;
  std::string attributes;
  std::string app_version;
  std::string server_name;
  bool is_message = false;
  Uuid session;
};

/// What prepare() leaves for append().
struct SqlitePayload final : PreparedPayload {
  std::optional<blocks::Chunk> spans;
  std::vector<PreparedException> exceptions;
};

/// Any thread; pure.
[[nodiscard]] Prepared prepare_batch(TelemetryBatch&& batch);

/// Requests of the last minutes, in memory and on disk.
class DigestMemory {
 public:
  [[nodiscard]] Result<void> load(Connection& connection, std::int64_t now_ns);

  [[nodiscard]] bool knows(const Uuid& digest) const { return known_.contains(digest); }

  void remember(const Uuid& digest, std::int64_t received_ns);
  void forget_before(std::int64_t time_ns);

 private:
  std::unordered_set<Uuid> known_;
  std::deque<std::pair<std::int64_t, Uuid>> by_age_;
};

/// Writes all jobs in one transaction; on an error nothing of them is stored and the connection is
/// ready for the next.
[[nodiscard]] Result<Written> append_jobs(Connection& connection, DigestMemory& digests,
                                          std::span<Prepared> jobs);

/// The text of a zstd frame written by prepare_batch. Errors: kInternal for a broken frame.
[[nodiscard]] Result<std::string> decompress_text(std::string_view frame);

}  // namespace traceway::sqlite
