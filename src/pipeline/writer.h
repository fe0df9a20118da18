// The one road to a telemetry commit: bounded rings, one writer thread, natural group commit,
// tickets.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "pipeline/batcher.h"
#include "pipeline/diagnostics.h"
#include "pipeline/hooks.h"
#include "storage/telemetry_db.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace traceway::pipeline {

/// Defaults of write-pipeline 1.1.
struct WriterOptions {
  std::size_t queue_capacity = 8192;  ///< slots; rounded up to a power of two, 64…1,048,576
  std::size_t queue_bytes = 64U << 20U;
  std::size_t internal_queue_capacity = 1024;  ///< slots of the server's own telemetry
  std::size_t batch_max_jobs = 200;
  std::size_t batch_max_rows = 1000;  ///< block families count one row per 64
  std::size_t batch_max_bytes = 8U << 20U;
  std::chrono::milliseconds batch_window{50};  ///< how long jobs nobody waits for are collected
  /// How long submit() may wait for room before it says kFull. It holds the caller's thread.
  std::chrono::milliseconds admission_wait{0};
  std::chrono::milliseconds debug_writer_delay{0};  ///< testing aid: sleeps before each commit
};

/// The answer to a submission. kTooLarge: larger than the whole byte budget, so it could never fit.
enum class Submit : std::uint8_t { kAccepted, kFull, kDegraded, kClosed, kTooLarge };

/// Nothing for kAccepted, else the error that every route answers it with: kOverloaded (retry after
/// 1 s), kUnavailable (5 s degraded, 2 s closing) or kTooLarge.
[[nodiscard]] Result<void> refusal_of(Submit answer);

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

/// Owns the rings and the writer thread. submit, submit_internal, would_accept, diagnostics: any
/// thread, never block (submit: not beyond the admission wait).
class TelemetryWriter {
 public:
  TelemetryWriter(TelemetryDb& db, const Clock& clock, WriterOptions options);
  /// Drains with no time left: what is still queued is rejected.
  ~TelemetryWriter();

  void start();
  void add_observer(CommitObserver& observer);  ///< before start()
  void set_hooks(Hooks hooks);                  ///< replaces the metrics callbacks; any thread

  /// Order of checks: closed, degraded, byte budget, slot. On anything but kAccepted the job is
  /// untouched and the ticket is never called. The job's `bytes` count against the budget until it
  /// is committed or rejected. Without a ticket nobody waits, and the job may wait for the window.
  [[nodiscard]] Submit submit(Prepared&& job, OnCommitted on_committed);
  /// The same for a job that exists already: no allocation, no lock, and no system call while the
  /// writer is awake. On anything but kAccepted `job` is kept.
  [[nodiscard]] Submit submit(std::unique_ptr<Job>& job);
  /// The same question on a request's head, before its body is read. kFull counts as a refusal of
  /// one record; it is not said while submit() would wait for room.
  [[nodiscard]] Submit would_accept() const;
  /// The server's own telemetry: written at leisure (64 jobs or one second), never displaces user
  /// data. When its ring is full, or nothing can be written, the job is dropped and counted: false.
  bool submit_internal(Prepared&& job);

  [[nodiscard]] Diagnostics diagnostics() const;

  /// Closes admission, writes what is queued, joins. Idempotent; any thread but the writer's. What
  /// is left at the deadline is rejected with class timeout and reported; a transaction that runs
  /// at that moment is waited for.
  [[nodiscard]] DrainReport drain(std::chrono::milliseconds deadline);

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace traceway::pipeline
