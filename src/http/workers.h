// The worker pool: any request takes a free thread, ingest only a bounded share of them, one
// project only part of that.
#pragma once

#include "base/id.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

namespace traceway::http {

/// One complete request. `run` must not throw.
class Job {
 public:
  virtual ~Job() = default;
  virtual void run() = 0;

  bool is_ingest = false;  ///< needs an ingest slot while it runs
  Uuid project;            ///< whose share of the slots it takes
};

struct WorkerOptions {
  int threads = 8;
  int ingest_slots = 6;  ///< at most threads
};

/// Threads that run jobs in arrival order. Ingest jobs beyond their slots wait in a line of bounded
/// length, without a thread; a job that waits behind its own project's share lets others pass.
/// Methods are thread-safe.
class Workers {
 public:
  explicit Workers(const WorkerOptions& options);
  ~Workers();

  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void start();
  /// Ends after the jobs that run now; queued ones are dropped. Idempotent.
  void stop();

  /// False when it is an ingest job and the line is full: nothing was queued.
  [[nodiscard]] bool submit(std::shared_ptr<Job> job);
  /// The same for several jobs of which none is ingest, with one wake-up.
  void submit_all(std::span<std::shared_ptr<Job>> jobs);
  /// Takes a waiting ingest job out of the line; false when it runs or has run.
  [[nodiscard]] bool withdraw(const Job* job);
  /// True when the project's next ingest job would find the line full: ask before its body is read.
  [[nodiscard]] bool would_refuse(const Uuid& project) const;

 private:
  void work();
  [[nodiscard]] bool fits(const Uuid& project) const;
  void take_slot(const Uuid& project);
  void free_slot(const Uuid& project);
  void wake_one();

  const WorkerOptions options_;
  const std::size_t max_waiting_;
  const int max_per_project_;

  mutable std::mutex mutex_;  ///< guards everything below
  std::condition_variable has_work_;
  std::deque<std::shared_ptr<Job>> ready_;   ///< may run now; ingest ones hold their slot already
  std::list<std::shared_ptr<Job>> waiting_;  ///< ingest without a slot, oldest first
  std::unordered_map<Uuid, int> slots_of_project_;
  int slots_taken_ = 0;
  int idle_threads_ = 0;
  bool is_stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace traceway::http
