// The telemetry database: append-only families behind a small algebra (filter, group, bucket,
// measures; list; lookup).
#pragma once

#include "base/result.h"
#include "model/batch.h"
#include "storage/row.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace traceway {

/// The families that can be asked. Endpoints and tasks are the promoted rows of the span family.
enum class Family : std::uint8_t { kSpans, kEndpoints, kTasks, kExceptions, kLogs, kMetricPoints };

/// Both bounds inclusive, ns since 1970 UTC. from > to matches nothing.
struct TimeRange {
  std::int64_t from_ns = INT64_MIN;
  std::int64_t to_ns = INT64_MAX;
};

enum class Op : std::uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kPrefix,
  kContains
};

/// column op values. Columns have the names of ingest 9.1 (`endpoint`, `task_name`, `name`,
/// `status_code`, `duration`, `recorded_at`, ...). kContains folds ASCII case; kIn takes any of the
/// values, the others take values[0]. `id` of endpoints and tasks compares with 16-byte blobs, by
/// kEqual, kNotEqual and kIn.
struct Predicate {
  std::string column;
  Op op = Op::kEqual;
  std::vector<Value> values;
};

/// Predicates are joined by *and*.
struct Filter {
  Uuid project;
  TimeRange range;
  std::vector<Predicate> predicates;
};

/// Impact inputs and scores are computed by the store because they need per-row conditions. Source:
/// dashboard-api 10.9.
enum class MeasureKind : std::uint8_t {
  kCount,  ///< rows
  kSum,    ///< of `column`
  kMin,
  kMax,
  kMean,
  kFirstSeen,   ///< smallest recorded_at, ns
  kLastSeen,    ///< largest recorded_at, ns
  kQuantile,    ///< of `column` at `p` in 0..1, linear interpolation (dashboard-api 1.8)
  kCountWhere,  ///< rows that satisfy every predicate in `where`
};

struct Measure {
  MeasureKind kind = MeasureKind::kCount;
  std::string column;  ///< "duration" where a column is needed
  double p = 0;
  std::vector<Predicate> where;
  std::string as;  ///< name of the result column
};

/// By any measure or group column; ties by the group columns, ascending.
struct Order {
  std::string column;
  bool is_descending = true;
};

struct Page {
  std::int64_t offset = 0;
  std::int64_t limit = 20;
};

struct AggregateQuery {
  Family family = Family::kEndpoints;
  Filter filter = {};
  std::vector<std::string> group_by = {};  ///< at most two columns; empty = one row over everything
  int bucket_minutes = 0;  ///< > 0 adds the column `bucket` (ns, start of the bucket)
  std::vector<Measure> measures = {};
  std::optional<Order> order = {};
  std::optional<Page> page = {};  ///< absent = all groups
  /// > 0: keeps the n groups of group_by[0] that rank first by `top_by` over the whole range; all
  /// others are merged into one group named `other_name`, its quantiles over the merged sample.
  /// Buckets are split after ranking.
  int top = 0;
  std::string top_by = {};
  std::string other_name = "Other";
};

/// Newest first by default; ties by id.
struct ListQuery {
  Family family = Family::kEndpoints;
  Filter filter;
  Order order{"recorded_at", true};
  Page page;
};

/// Rows of one answer and how many matched in all.
struct Table {
  Rows rows;
  std::int64_t total = 0;  ///< groups (aggregate) or rows (list) before paging
};

/// One request's rows, encoded on the thread that received it; the engine knows what is inside.
struct PreparedPayload {
  virtual ~PreparedPayload() = default;
};

struct Prepared {
  Uuid project;
  std::int64_t received_ns = 0;
  std::uint32_t records = 0;  ///< rows of user data
  std::size_t bytes = 0;      ///< memory it holds, for the ring's byte budget
  std::unique_ptr<PreparedPayload> payload;
};

/// What one append did. Index i of `rejected` is job i.
struct Written {
  std::uint64_t committed_records = 0;
  std::uint64_t repeated_jobs = 0;      ///< every part was known; stored nothing, acknowledged
  std::vector<std::uint32_t> rejected;  ///< records of each job that could not be stored (fallback)
};

/// The five classes of write failure. Source: write-pipeline 7.2.
enum class WriteFailureClass : std::uint8_t {
  kConnection,
  kTimeout,
  kContention,
  kConstraint,
  kUnknown
};

/// How a lookup names its rows.
struct Key {
  Uuid project;
  Uuid id;                                     ///< entity id, trace id or exception id
  std::optional<std::int64_t> recorded_at_ns;  ///< hint: searched ± 24 h
};

/// Commands are changes that are not appends; ordered with the data.
struct Command {
  enum class Kind : std::uint8_t {
    kCheckpoint,
    kForgetDigests,
    kSetSlowEndpoint,
    /// exception_hash, archived_at, archived_by, until (its sentence), until_kind: "events",
    /// "days" or "version" with until_value; "" for any later occurrence
    kArchiveIssue,
    kUnarchiveIssue,  ///< exception_hash, unarchived_at, unarchived_by
  };

  Kind kind = Kind::kCheckpoint;
  Uuid project;
  Params params;
};

/// One engine's telemetry store. prepare, aggregate, list, lookup and run: any thread. append and
/// apply: the writer thread only. Reads use snapshots: everything committed before the call is
/// seen, nothing later can block ingestion.
class TelemetryDb {
 public:
  virtual ~TelemetryDb() = default;

  /// Encodes columns, dictionaries and filters. Pure CPU, no I/O.
  [[nodiscard]] virtual Result<Prepared> prepare(TelemetryBatch&& batch) = 0;
  /// Commands as a job, so that a user's change takes the road of the data: written in order with
  /// it, acknowledged once committed. kArchiveIssue and kUnarchiveIssue only, all of one project.
  [[nodiscard]] virtual Result<Prepared> prepare(std::vector<Command> commands) = 0;
  /// One transaction for all jobs; on return it is committed or nothing of it is stored.
  /// Errors carry the failure class in `last_failure_class()`.
  [[nodiscard]] virtual Result<Written> append(std::span<Prepared> jobs) = 0;
  [[nodiscard]] virtual Result<void> apply(const Command& command) = 0;
  [[nodiscard]] virtual WriteFailureClass last_failure_class() const = 0;

  /// Group rows: one column per group_by entry, `bucket` if asked, one per measure.
  [[nodiscard]] virtual Result<Table> aggregate(const AggregateQuery& query) = 0;
  [[nodiscard]] virtual Result<Table> list(const ListQuery& query) = 0;
  /// kEndpoints / kTasks: the entity of that id (0 or 1 rows; failing that, the first entity of the
  /// trace of that id). kSpans: the spans of the trace of that id, by start, at most the first
  /// 20,000. kExceptions: the exceptions of the trace of that id, oldest first, at most 1,000 and
  /// 32 MiB of stack text.
  [[nodiscard]] virtual Result<Rows> lookup(Family family, const Key& key) = 0;
  /// Named statements of sql/telemetry/queries; row families only.
  [[nodiscard]] virtual Result<Rows> run(std::string_view query_name, const Params& params) = 0;

  [[nodiscard]] virtual bool is_healthy() = 0;
  [[nodiscard]] virtual std::int64_t file_bytes() const = 0;  ///< database plus WAL
  [[nodiscard]] virtual std::int64_t wal_bytes() const = 0;
};

}  // namespace traceway
