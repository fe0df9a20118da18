// Fault injection for tests of the writer: a store that fails, blocks and heals on command.
#pragma once

#include "base/clock.h"
#include "pipeline/writer.h"
#include "storage/telemetry_db.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <new>
#include <optional>
#include <thread>
#include <vector>

namespace traceway::pipeline {

/// Keeps what it was given, unless told to fail. A job is known by its `received_ns`.
class FaultyDb final : public TelemetryDb {
 public:
  /// The next appends fail so (in the order of the calls).
  void fail_next(WriteFailure failure, int times = 1) {
    const std::lock_guard lock(mutex_);
    for (int i = 0; i < times; ++i) script_.push_back(failure);
  }

  void fail_next(WriteFailureClass failure, int times = 1) { fail_next(usual(failure), times); }

  void throw_next() { throws_.store(true); }

  /// Every append fails so until heal().
  void fail_always(WriteFailure failure) {
    const std::lock_guard lock(mutex_);
    always_ = failure;
  }

  void fail_always(WriteFailureClass failure) { fail_always(usual(failure)); }

  void heal() {
    const std::lock_guard lock(mutex_);
    always_.reset();
  }

  /// Appends that contain this job fail with a constraint; the fallback leaves it out.
  void poison(std::int64_t job) {
    const std::lock_guard lock(mutex_);
    poisoned_ = job;
  }

  /// Appends block until release().
  void hold() {
    const std::lock_guard lock(mutex_);
    is_held_ = true;
  }

  void release() {
    {
      const std::lock_guard lock(mutex_);
      is_held_ = false;
    }
    changed_.notify_all();
  }

  /// Waits until an append is blocked by hold().
  void wait_until_held() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }

  /// Jobs of each committed transaction.
  [[nodiscard]] std::vector<std::size_t> batches() const {
    const std::lock_guard lock(mutex_);
    return batches_;
  }

  [[nodiscard]] std::vector<std::int64_t> stored() const {
    const std::lock_guard lock(mutex_);
    return stored_;
  }

  std::atomic<int> appends{0};
  std::atomic<int> fallbacks{0};  ///< of the appends, those record by record
  std::atomic<int> checkpoints{0};
  std::atomic<int> restarts{0};
  std::atomic<std::int64_t> wal{0};  ///< what wal_bytes() says

  Result<Prepared> prepare(TelemetryBatch&& batch) override {
    Prepared prepared;
    prepared.records = static_cast<std::uint32_t>(batch.records());
    return prepared;
  }

  Result<Prepared> prepare(std::vector<Command>) override { return Prepared{}; }

  Result<Written> append(std::span<Prepared> jobs) override {
    ++appends;
    std::unique_lock lock(mutex_);
    wait_while_held(lock);
    if (throws_.exchange(false)) throw std::bad_alloc();
    if (const auto failure = next_failure(jobs)) return failed(*failure);
    return store(jobs);
  }

  Result<Written> append_each(std::span<Prepared> jobs) override {
    ++appends;
    ++fallbacks;
    std::unique_lock lock(mutex_);
    wait_while_held(lock);
    if (const auto failure = next_failure({})) return failed(*failure);
    return store(jobs);
  }

  Result<void> apply(const Command& command) override {
    if (command.kind == Command::Kind::kCheckpoint) ++checkpoints;
    if (command.kind == Command::Kind::kRestartCheckpoint) ++restarts;
    return {};
  }

  [[nodiscard]] WriteFailure last_failure() const override { return last_failure_; }

  Result<Table> aggregate(const AggregateQuery&) override { return unused(); }

  Result<Table> list(const ListQuery&) override { return unused(); }

  Result<Rows> lookup(Family, const Key&) override { return unused(); }

  Result<Rows> run(std::string_view, const Params&) override { return unused(); }

  bool is_healthy() override { return true; }

  [[nodiscard]] std::int64_t file_bytes() const override { return 0; }

  [[nodiscard]] std::int64_t wal_bytes() const override { return wal; }

 private:
  static tl::unexpected<Error> unused() { return fail(ErrorCode::kInternal, "not asked here"); }

  /// What the real store says of a failure of this class.
  static WriteFailure usual(WriteFailureClass failure) {
    switch (failure) {
      case WriteFailureClass::kConnection:
        return {failure, WriteRetry::kUntilHealed};
      case WriteFailureClass::kContention:
        return {failure, WriteRetry::kWithBackoff};
      default:
        return {failure, WriteRetry::kNever};
    }
  }

  void wait_while_held(std::unique_lock<std::mutex>& lock) {
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !is_held_; });
    --waiting_;
  }

  std::optional<WriteFailure> next_failure(std::span<const Prepared> jobs) {
    if (always_) return always_;
    if (!script_.empty()) {
      const WriteFailure failure = script_.front();
      script_.pop_front();
      return failure;
    }
    for (const Prepared& job : jobs) {
      if (is_poisoned(job)) return usual(WriteFailureClass::kConstraint);
    }
    return std::nullopt;
  }

  tl::unexpected<Error> failed(const WriteFailure& failure) {
    last_failure_ = failure;
    return fail(ErrorCode::kUnavailable, "failed", "SQLITE_TEST: told to fail");
  }

  [[nodiscard]] bool is_poisoned(const Prepared& job) const {
    return poisoned_ && job.received_ns == *poisoned_;
  }

  Written store(std::span<const Prepared> jobs) {
    Written written;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      if (is_poisoned(jobs[i])) {
        written.rejected.push_back(
            {i, 0, jobs[i].records, WriteFailureClass::kConstraint, "SQLITE_TEST: a poisoned job"});
      } else {
        written.committed_records += jobs[i].records;
        stored_.push_back(jobs[i].received_ns);
      }
    }
    batches_.push_back(jobs.size());
    return written;
  }

  mutable std::mutex mutex_;  // guards all below but the last
  std::condition_variable changed_;
  bool is_held_ = false;
  int waiting_ = 0;
  std::deque<WriteFailure> script_;
  std::optional<WriteFailure> always_;
  std::optional<std::int64_t> poisoned_;
  std::vector<std::size_t> batches_;
  std::vector<std::int64_t> stored_;
  WriteFailure last_failure_;  // writer thread
  std::atomic<bool> throws_{false};
};

/// Collects the outcomes of jobs.
class Tickets {
 public:
  struct Outcome {
    std::int64_t job = 0;
    CommitResult result;  ///< without `rejections`
    std::vector<RejectedRecords> rejections;
  };

  OnCommitted of(std::int64_t job) {
    return [this, job](const CommitResult& result) {
      {
        const std::lock_guard lock(mutex_);
        all_.push_back({job, result, {result.rejections.begin(), result.rejections.end()}});
        all_.back().result.rejections = {};
      }
      changed_.notify_all();
    };
  }

  /// Waits (20 s at most) for that many outcomes, in the order they came.
  std::vector<Outcome> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return all_.size() >= count; });
    return all_;
  }

  [[nodiscard]] std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return all_.size();
  }

 private:
  mutable std::mutex mutex_;  // guards all_
  std::condition_variable changed_;
  std::vector<Outcome> all_;
};

inline Prepared job_of(std::int64_t number, std::uint32_t records = 1, std::size_t bytes = 100) {
  struct Nothing final : PreparedPayload {};

  Prepared job;
  job.project.bytes[0] = 7;
  job.received_ns = number;
  job.records = records;
  job.bytes = bytes;
  job.payload = std::make_unique<Nothing>();
  return job;
}

/// Waits (20 s at most) until `is_true()`.
inline bool eventually(const std::function<bool()>& is_true) {
  for (int i = 0; i < 10'000; ++i) {
    if (is_true()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

}  // namespace traceway::pipeline
