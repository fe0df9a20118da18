// The telemetry database: append-only families behind a small algebra (filter, group, bucket,
// measures; list; lookup).
#pragma once

#include "base/result.h"
#include "model/batch.h"
#include "storage/row.h"

#include <atomic>
#include <chrono>
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
  kContains,
  kWords  ///< every word occurs as the start of a token; `body` of logs only
};

/// column op values. Columns have the names of ingest 9.1 (`endpoint`, `task_name`, `name`,
/// `status_code`, `duration`, `recorded_at`, ...). kContains folds ASCII case; kIn takes any of the
/// values, the others take values[0]. `id` of endpoints and tasks compares with 16-byte blobs, by
/// kEqual, kNotEqual and kIn. Of logs, `trace_id` and `span_id` compare with blobs by kEqual and
/// kNotEqual, `body` takes kContains and kWords, and `log_attributes.<key>`,
/// `resource_attributes.<key>`, `scope_attributes.<key>` compare texts; an attribute that is not
/// there only satisfies kNotEqual. Metric points have `name` and `tags.<key>`, which compare texts
/// like attributes do.
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
  kLast,        ///< value of the newest row; metric points only
  /// Metric points only: increases between neighbours of a series per second of the bucket (without
  /// buckets: of the range); a decrease is a reset and counts as none. Goes with kCount alone,
  /// which then counts the increases. Source: dashboard-api 8.1.
  kRate,
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

/// Metric points are measured by `value`, grouped by `name`, `tags.<key>` (null where the tag is
/// not there) and `tag_key` (a point counts for each of its tags); their groups come in order.
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
  /// Buckets are split after ranking. Without `other_name` the others are left out (metric points).
  int top = 0;
  std::string top_by = {};
  std::string other_name = "Other";
};

/// Newest first by default; ties by id, of logs by arrival, newest first.
struct ListQuery {
  Family family = Family::kEndpoints;
  Filter filter;
  Order order{"recorded_at", true};
  Page page;
  /// How long matching rows are still counted once the page is complete, without a bound by
  /// default; a text search may have to read everything for that. Logs only.
  std::optional<std::chrono::milliseconds> count_within = {};
};

/// Rows of one answer and how many matched in all.
struct Table {
  Rows rows;
  std::int64_t total = 0;      ///< groups (aggregate) or rows (list) before paging
  bool is_total_exact = true;  ///< else there are at least that many
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

/// The five classes of write failure. Source: write-pipeline 7.2.
enum class WriteFailureClass : std::uint8_t {
  kConnection,
  kTimeout,
  kContention,
  kConstraint,
  kUnknown
};

/// What is to be done with a transaction that failed.
enum class WriteRetry : std::uint8_t {
  kNever,        ///< something in it is wrong: fall back
  kOnce,         ///< out of memory, a changed schema
  kWithBackoff,  ///< somebody else has the file
  kUntilHealed,  ///< the file cannot be written: storage is degraded
};

struct WriteFailure {
  WriteFailureClass failure_class = WriteFailureClass::kUnknown;
  WriteRetry retry = WriteRetry::kNever;

  [[nodiscard]] bool can_heal() const { return retry != WriteRetry::kNever; }
};

/// Records of one job that the fallback left out.
struct RejectedRecords {
  std::size_t job = 0;      ///< index among the jobs of the append
  std::uint32_t first = 0;  ///< position in the job: by part, what rests in blocks first
  std::uint32_t count = 0;
  WriteFailureClass failure_class = WriteFailureClass::kUnknown;
  std::string detail;  ///< for the log: `SQLITE_CONSTRAINT_CHECK (275): ...`
};

/// What one append did.
struct Written {
  std::uint64_t committed_records = 0;    ///< stored by it
  std::uint64_t repeated_jobs = 0;        ///< every part was known; stored nothing, acknowledged
  std::vector<RejectedRecords> rejected;  ///< append_each(): by job, then by position
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
    kRestartCheckpoint,  ///< waits for readers, so that the WAL begins anew
    kForgetDigests,
    kSetSlowEndpoint,
    /// exception_hash, archived_at, archived_by, until (its sentence), until_kind: "events",
    /// "days" or "version" with until_value; "" for any later occurrence
    kArchiveIssue,
    kUnarchiveIssue,    ///< exception_hash, unarchived_at, unarchived_by
    kForgetRecordings,  ///< before: at most 500 recordings and sessions older than that, rows only
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
  /// it, acknowledged once committed. kArchiveIssue, kUnarchiveIssue and kForgetRecordings only,
  /// all of one project.
  [[nodiscard]] virtual Result<Prepared> prepare(std::vector<Command> commands) = 0;
  /// One transaction for all jobs; on return it is committed or nothing of it is stored.
  /// The jobs are kept. After an error `last_failure()` says what to do.
  [[nodiscard]] virtual Result<Written> append(std::span<Prepared> jobs) = 0;
  /// The fallback when append() fails for something in the jobs: one transaction of savepoints, in
  /// which a bad record costs only itself and is listed in `rejected`. Errors as of append().
  [[nodiscard]] virtual Result<Written> append_each(std::span<Prepared> jobs) = 0;
  [[nodiscard]] virtual Result<void> apply(const Command& command) = 0;
  [[nodiscard]] virtual WriteFailure last_failure() const = 0;

  /// Group rows: one column per group_by entry, `bucket` if asked, one per measure.
  [[nodiscard]] virtual Result<Table> aggregate(const AggregateQuery& query) = 0;
  [[nodiscard]] virtual Result<Table> list(const ListQuery& query) = 0;
  /// kEndpoints / kTasks: the entity of that id (0 or 1 rows; failing that, the first entity of the
  /// trace of that id). kSpans: the spans of the trace of that id, by start, at most the first
  /// 20,000, each with the entity it is (entity_type, entity_id, entity_name). kLogs: the record of
  /// that id (0 or 1 rows), failing that the records of the trace of that id, oldest first, at most
  /// the first 20,000. kExceptions: the exceptions of the trace of that id, oldest first, at most
  /// 1,000 and 32 MiB of stack text.
  [[nodiscard]] virtual Result<Rows> lookup(Family family, const Key& key) = 0;
  /// Named statements of sql/telemetry/queries; row families only.
  [[nodiscard]] virtual Result<Rows> run(std::string_view query_name, const Params& params) = 0;

  [[nodiscard]] virtual bool is_healthy() = 0;
  [[nodiscard]] virtual std::int64_t file_bytes() const = 0;  ///< database plus WAL
  [[nodiscard]] virtual std::int64_t wal_bytes() const = 0;
};

}  // namespace traceway
