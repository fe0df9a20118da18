// From a batch to a commit, whatever it takes: retry, degraded storage, record by record; and each
// ticket resolved once.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "pipeline/batcher.h"
#include "pipeline/diagnostics.h"
#include "pipeline/gate.h"
#include "pipeline/hooks.h"
#include "pipeline/writer.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace traceway::pipeline {

/// What a committer works with; all of it outlives it.
struct CommitterParts {
  TelemetryDb& db;
  const Clock& clock;
  Counters& counters;
  Waiter& waiter;
  ByteBudget& budget;
  std::atomic<bool>& is_degraded;
  const std::vector<CommitObserver*>& observers;
  HookSlot& hooks;
};

/// Writer thread only.
///
///   retry         what happens to a batch that failed
///   kWithBackoff  rolled back, repeated after 5 ms * 2^k (at most 250 ms), 12 times; then all of
///                 it is rejected
///   kUntilHealed  repeated at once; then storage is degraded: kept, repeated every second (after
///                 ten times every 5 s) until it succeeds or the drain's deadline passes
///   kOnce         repeated once, then like kNever
///   kNever        written job by job, and record by record where a job fails: what cannot be
///   stored
///                 is left out
///
/// Source: write-pipeline 7, 8.
class Committer {
 public:
  explicit Committer(CommitterParts parts) : parts_(parts) {}

  /// Commits or rejects every job of the batch, resolves its tickets, gives its bytes back and
  /// clears it. Returns how long the last transaction took; absent when nothing was committed.
  std::optional<std::chrono::duration<double, std::milli>> commit(Batch& batch);

  /// Gives every job of the batch up as timed out: the drain's deadline has passed.
  void give_up(Batch& batch);

  /// Rejects what is left of a batch after an unexpected exception; resolved jobs are left alone.
  void reject_all(Batch& batch);

  /// What give_up() and deadlines inside commit() cost so far.
  [[nodiscard]] DrainReport lost() const;

 private:
  using Milliseconds = std::chrono::duration<double, std::milli>;

  using Append = Result<Written> (TelemetryDb::*)(std::span<Prepared>);

  /// One transaction's outcome: what was written, or why not.
  struct Attempt {
    std::optional<Written> written;
    WriteFailure failure;
    std::string detail;  // for the log
  };

  Attempt write(std::span<Prepared> jobs, Append append);
  Attempt append_once(std::span<Prepared> jobs, Append append);
  /// Whether the jobs are to be tried again; waits first where it must. `tries`: so many times for
  /// the same reason before.
  bool should_retry(const Attempt& attempt, int tries);
  bool wait_degraded(const Attempt& attempt, int tries);
  void leave_degraded();
  [[nodiscard]] bool is_out_of_time(const Attempt& attempt) const;

  void finish(Batch& batch, const Written& written, HookedBatch& hooked);
  void count_rejected(const Batch& batch, const Written& written, HookedBatch& hooked);
  void reject_all_of(Batch& batch, const Attempt& attempt, HookedBatch& hooked);
  void reject(Batch& batch, std::size_t index, const WriteFailure& failure, const char* operation);
  void abandon(Batch& batch, std::size_t index);
  void resolve(Batch& batch, std::size_t index, const CommitResult& result);
  void tell_observers(const Written& written);

  CommitterParts parts_;
  Milliseconds last_append_{0};
  std::uint64_t lost_jobs_ = 0;
  std::uint64_t lost_records_ = 0;
  std::set<Uuid> lost_projects_;
};

}  // namespace traceway::pipeline
