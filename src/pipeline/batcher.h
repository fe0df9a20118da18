// How much goes into one transaction: caps that adapt to pressure, and the batch they bound.
#pragma once

#include "base/ring_buffer.h"
#include "pipeline/diagnostics.h"
#include "storage/telemetry_db.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace traceway::pipeline {

/// The outcome of one job, given to its ticket on the writer thread right after COMMIT (or after
/// giving up).
struct CommitResult {
  bool is_committed = false;
  std::uint32_t rejected = 0;                        ///< records skipped by the fallback
  std::span<const RejectedRecords> rejections = {};  ///< which and why; valid during the call
  WriteFailureClass failure = WriteFailureClass::kUnknown;  ///< when not committed
  bool can_heal = false;  ///< when not committed: sent again, it may be
};

/// A commit ticket: called exactly once per accepted job, on the writer thread; must be quick and
/// must not throw. Empty: nobody waits for this job.
using OnCommitted = std::function<void(const CommitResult&)>;

/// What one ring slot owns.
struct Job {
  Prepared prepared;
  OnCommitted on_committed;
};

using JobRing = RingBuffer<std::unique_ptr<Job>>;

/// Bounds of one transaction. A single job beyond them is a batch of its own.
struct BatchCaps {
  std::size_t jobs = 200;
  std::size_t rows = 1000;
  std::size_t bytes = 8U << 20U;
};

/// Rows as the caps count them: bulk records rest in blocks, where 64 of them weigh as much as one
/// row.
[[nodiscard]] std::size_t rows_of(const Prepared& job);

/// Jobs of one transaction, taken out of the ring; tickets[i] belongs to jobs[i].
struct Batch {
  std::vector<Prepared> jobs;
  std::vector<OnCommitted> tickets;
  std::size_t rows = 0;
  std::size_t bytes = 0;
  std::uint64_t records = 0;
  bool has_waiting = false;  ///< somebody waits for one of them

  [[nodiscard]] bool is_empty() const { return jobs.empty(); }

  /// Makes room for one more, so that add() cannot throw between the ring and the batch.
  void reserve_one();
  void add(std::unique_ptr<Job> job) noexcept;
  void clear();
};

/// Natural group commit: takes everything that is queued, up to the caps. Writer thread only.
class Batcher {
 public:
  explicit Batcher(BatchCaps defaults);

  /// Moves published jobs into `batch` until the ring is empty for now, or a cap is reached. True
  /// when a cap stopped it.
  bool take(JobRing& ring, Batch& batch) const;

  /// Adapts the caps. Source: write-pipeline 2.1. elevated doubles them, high and saturated raise
  /// them to the maxima at once; ten commits in a row without pressure take one step back; a commit
  /// over 250 ms halves the row cap of the next one.
  void after_commit(Pressure pressure, std::chrono::duration<double, std::milli> commit_time);

  [[nodiscard]] const BatchCaps& caps() const { return caps_; }

 private:
  void apply_level();

  const BatchCaps defaults_;
  BatchCaps caps_;
  int level_ = 0;       // 0 defaults, 1 doubled, 2 maxima
  int ok_commits_ = 0;  // in a row
};

}  // namespace traceway::pipeline
