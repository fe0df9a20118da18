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
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace traceway::pipeline {

/// Keeps what it was given, unless told to fail. A job is known by its `received_ns`.
class FaultyDb final : public TelemetryDb {
 public:
  /// The next append fails with this class (in the order of the calls).
  void fail_next(WriteFailureClass failure, int times = 1) {
    const std::lock_guard lock(mutex_);
    for (int i = 0; i < times; ++i) script_.push_back(failure);
  }

  void throw_next() { throws_.store(true); }

  /// Every append fails with this class until heal().
  void fail_always(WriteFailureClass failure) {
    const std::lock_guard lock(mutex_);
    always_ = failure;
  }

  void heal() {
    const std::lock_guard lock(mutex_);
    always_.reset();
  }

  /// Appends that contain this job fail with a constraint.
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
  std::atomic<int> checkpoints{0};

  Result<Prepared> prepare(TelemetryBatch&&) override { return Prepared{}; }

  Result<Prepared> prepare(std::vector<Command>) override { return Prepared{}; }

  Result<Written> append(std::span<Prepared> jobs) override {
    ++appends;
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !is_held_; });
    --waiting_;
    if (throws_.exchange(false)) throw std::runtime_error("out of memory");
    if (const auto failure = next_failure(jobs)) {
      last_class_ = *failure;
      return fail(ErrorCode::kUnavailable, "failed", "SQLITE_TEST: told to fail");
    }
    Written written;
    for (const Prepared& job : jobs) {
      written.committed_records += job.records;
      stored_.push_back(job.received_ns);
    }
    batches_.push_back(jobs.size());
    return written;
  }

  Result<void> apply(const Command& command) override {
    if (command.kind == Command::Kind::kCheckpoint) ++checkpoints;
    return {};
  }

  [[nodiscard]] WriteFailureClass last_failure_class() const override { return last_class_; }

  Result<Table> aggregate(const AggregateQuery&) override { return unused(); }

  Result<Table> list(const ListQuery&) override { return unused(); }

  Result<Rows> lookup(Family, const Key&) override { return unused(); }

  Result<Rows> run(std::string_view, const Params&) override { return unused(); }

  bool is_healthy() override { return true; }

  [[nodiscard]] std::int64_t file_bytes() const override { return 0; }

  [[nodiscard]] std::int64_t wal_bytes() const override { return 0; }

 private:
  static tl::unexpected<Error> unused() { return fail(ErrorCode::kInternal, "not asked here"); }

  std::optional<WriteFailureClass> next_failure(std::span<const Prepared> jobs) {
    if (always_) return always_;
    if (!script_.empty()) {
      const WriteFailureClass failure = script_.front();
      script_.pop_front();
      return failure;
    }
    for (const Prepared& job : jobs) {
      if (poisoned_ && job.received_ns == *poisoned_) return WriteFailureClass::kConstraint;
    }
    return std::nullopt;
  }

  mutable std::mutex mutex_;  // guards all below but the last
  std::condition_variable changed_;
  bool is_held_ = false;
  int waiting_ = 0;
  std::deque<WriteFailureClass> script_;
  std::optional<WriteFailureClass> always_;
  std::optional<std::int64_t> poisoned_;
  std::vector<std::size_t> batches_;
  std::vector<std::int64_t> stored_;
  WriteFailureClass last_class_ = WriteFailureClass::kUnknown;  // writer thread
  std::atomic<bool> throws_{false};
};

/// Collects the outcomes of jobs.
class Tickets {
 public:
  struct Outcome {
    std::int64_t job = 0;
    CommitResult result;
  };

  OnCommitted of(std::int64_t job) {
    return [this, job](const CommitResult& result) {
      {
        const std::lock_guard lock(mutex_);
        all_.push_back({job, result});
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
