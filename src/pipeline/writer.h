// The one road to a telemetry commit: a bounded ring, one writer thread, natural group commit,
// tickets.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "storage/telemetry_db.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace traceway::pipeline {

/// Defaults of write-pipeline 1.1.
struct WriterOptions {
  std::size_t queue_capacity = 8192;  ///< slots; rounded up to a power of two, 64…1,048,576
  std::size_t queue_bytes = 64U << 20U;
  std::size_t batch_max_jobs = 200;
  std::size_t batch_max_rows = 1000;  ///< block families count one row per 64
  std::size_t batch_max_bytes = 8U << 20U;
  std::string durability = "normal";
  std::string ack = "commit";
  std::chrono::milliseconds debug_writer_delay{0};  ///< testing aid: sleeps before each commit
};

enum class Submit : std::uint8_t { kAccepted, kFull, kDegraded, kClosed, kTooLarge };

/// The outcome of one job, given to its ticket on the writer thread right after COMMIT (or after
/// giving up).
struct CommitResult {
  bool is_committed = false;
  std::uint32_t rejected = 0;                               ///< records skipped by the fallback
  WriteFailureClass failure = WriteFailureClass::kUnknown;  ///< when not committed
};

/// Called exactly once per accepted job, on the writer thread; must be quick and must not throw.
using OnCommitted = std::function<void(const CommitResult&)>;

/// A snapshot; write-pipeline 6 gives each member's meaning. Counters are monotonic.
struct Diagnostics {
  std::uint64_t queue_capacity = 0, queue_depth = 0, queue_high_watermark = 0;
  std::uint64_t queued_bytes = 0, byte_budget = 0;
  std::uint64_t enqueue_accepted_total = 0, enqueue_dropped_total = 0,
                write_dropped_total = 0;  // records
  std::uint64_t accepted_jobs_total = 0, committed_records_total = 0, commits_total = 0,
                repeated_jobs_total = 0;
  std::uint64_t failures_by_class[5] = {};                        // index: WriteFailureClass
  std::int64_t last_enqueue_drop_ns = 0, last_write_drop_ns = 0;  // 0 = never
  std::string last_write_drop_operation;
  double last_commit_ms = 0, commit_ms_p50 = 0, commit_ms_p99 = 0;
  std::uint64_t batch_rows_last = 0, batch_cap_rows = 0;
  bool is_degraded = false, is_running = false;
};

/// What a drain left behind.
struct DrainReport {
  std::uint64_t lost_jobs = 0, lost_records = 0;
  std::vector<Uuid> projects;  ///< whose records were lost
};

/// Told after each commit, on the writer thread, in commit order. The stream and notifications
/// slices implement it.
class CommitObserver {
 public:
  virtual ~CommitObserver() = default;
  virtual void on_committed(const Written& written) = 0;
};

/// Owns the ring and the writer thread. submit() and diagnostics(): any thread, never block, never
/// throw.
class TelemetryWriter {
 public:
  TelemetryWriter(TelemetryDb& db, const Clock& clock, WriterOptions options);
  ~TelemetryWriter();

  void start();
  void add_observer(CommitObserver& observer);  ///< before start()

  /// Order of checks: closed, degraded, byte budget, slot. On anything but kAccepted the job and
  /// ticket are untouched by the writer and on_committed is never called.
  [[nodiscard]] Submit submit(Prepared&& job, OnCommitted on_committed);
  /// The same question on a request's head, before its body is read.
  [[nodiscard]] Submit would_accept() const;
  [[nodiscard]] Diagnostics diagnostics() const;

  /// Closes admission, writes what is queued, joins. Idempotent; any thread. What is left at the
  /// deadline is rejected with class timeout and reported.
  [[nodiscard]] DrainReport drain(std::chrono::milliseconds deadline);

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace traceway::pipeline
