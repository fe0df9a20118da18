#include "pipeline/writer.h"

#include "base/bytes.h"
#include "base/log.h"
#include "base/thread.h"
#include "pipeline/committer.h"
#include "pipeline/gate.h"
#include "pipeline/upkeep.h"

#include <algorithm>
#include <atomic>
#include <mutex>

namespace traceway::pipeline {

namespace {

constexpr std::size_t kMinSlots = 64;
constexpr std::size_t kMaxSlots = 1U << 20U;
constexpr std::size_t kInternalFlushJobs = 64;
constexpr std::chrono::seconds kInternalFlushEvery{1};
constexpr std::chrono::seconds kLongestSleep{1};
// While a producer sits between claim and publish nobody will signal on its behalf in time.
constexpr std::chrono::milliseconds kUnpublishedSleep{1};
constexpr std::chrono::milliseconds kRoomPoll{1};  // of a producer that may wait for room
constexpr std::int64_t kWarnEveryNs = 60'000'000'000;

using SteadyClock = std::chrono::steady_clock;

}  // namespace

class TelemetryWriter::Core {
 public:
  Core(TelemetryDb& db, const Clock& clock, const WriterOptions& options)
      : clock_(clock),
        options_(options),
        ring_(std::clamp(options.queue_capacity, kMinSlots, kMaxSlots)),
        internal_ring_(std::clamp(options.internal_queue_capacity, kMinSlots, kMaxSlots)),
        budget_(options.queue_bytes),
        internal_budget_(options.queue_bytes),
        batcher_({options.batch_max_jobs, options.batch_max_rows, options.batch_max_bytes}),
        committer_({db, clock, counters_, waiter_, budget_, is_degraded_, observers_, hooks_}),
        internal_committer_({db, clock, internal_counters_, waiter_, internal_budget_, is_degraded_,
                             observers_, no_hooks_}),
        upkeep_(db) {
    counters_.set_cap_rows(batcher_.caps().rows);
  }

  void start() {
    const std::lock_guard lock(drain_mutex_);
    if (is_drained_ || thread_.joinable()) return;
    counters_.set_running(true);
    thread_ = start_thread("telemetry-writer", [this](const std::stop_token&) { run(); });
  }

  void add_observer(CommitObserver& observer) { observers_.push_back(&observer); }

  void set_hooks(Hooks&& hooks) { hooks_.set(std::move(hooks)); }

  Submit submit(std::unique_ptr<Job>& job);
  Submit would_accept();
  bool submit_internal(Prepared&& job);
  [[nodiscard]] Diagnostics diagnostics() const;
  DrainReport drain(std::chrono::milliseconds deadline);

 private:
  Submit submit_once(std::unique_ptr<Job>& job);
  Submit submit_when_room(std::unique_ptr<Job>& job);
  Submit submit_inside(std::unique_ptr<Job>& job);
  void wake(Gate::Seen seen, bool has_waiting);
  [[nodiscard]] Pressure pressure() const;
  void count_refusal(std::uint64_t records);
  void count_internal_drop(std::uint64_t records);

  // Writer thread.
  void run();
  bool step();
  void commit_batch();
  void collect_window();
  void flush_internal();
  [[nodiscard]] bool is_internal_due() const;
  void sleep_idle();
  void give_up_rest();

  const Clock& clock_;
  const WriterOptions options_;
  JobRing ring_;
  JobRing internal_ring_;
  ByteBudget budget_;
  ByteBudget internal_budget_;
  Gate gate_;
  Waiter waiter_;
  std::atomic<bool> is_degraded_{false};
  Counters counters_;
  Counters internal_counters_;  // apart: the totals of user data must add up
  std::atomic<std::int64_t> internal_warned_ns_{0};
  std::vector<CommitObserver*> observers_;  // fixed before start()
  HookSlot hooks_;
  HookSlot no_hooks_;  // of the server's own telemetry

  // Writer thread only (or the draining thread, when there is no writer thread).
  Batcher batcher_;
  Batch batch_;
  Batch internal_batch_;
  Committer committer_;
  Committer internal_committer_;
  Upkeep upkeep_;
  SteadyClock::time_point last_internal_flush_ = SteadyClock::now();

  std::atomic<std::size_t> window_room_{0};  // jobs that fill the batch a window collects
  std::atomic<bool> is_final_{false};        // no job can appear any more
  std::mutex drain_mutex_;                   // guards thread_, is_drained_, report_
  std::jthread thread_;
  bool is_drained_ = false;
  DrainReport report_;
};

// --- producers ---

Submit TelemetryWriter::Core::submit(std::unique_ptr<Job>& job) {
  const std::uint32_t records = job->prepared.records;
  Submit answer = submit_once(job);
  if (answer == Submit::kFull && options_.admission_wait.count() > 0) {
    answer = submit_when_room(job);
  }
  if (answer == Submit::kAccepted) hooks_.call(&Hooks::on_enqueue);
  if (answer == Submit::kFull) count_refusal(records);
  return answer;
}

Submit TelemetryWriter::Core::submit_when_room(std::unique_ptr<Job>& job) {
  const auto until = SteadyClock::now() + options_.admission_wait;
  Submit answer = Submit::kFull;
  // Outside the gate between two tries, so that a drain does not wait for those who wait.
  while (answer == Submit::kFull && SteadyClock::now() < until) {
    std::this_thread::sleep_for(kRoomPoll);
    answer = submit_once(job);
  }
  return answer;
}

Submit TelemetryWriter::Core::submit_once(std::unique_ptr<Job>& job) {
  if (!gate_.enter()) return Submit::kClosed;
  const bool has_waiting = static_cast<bool>(job->on_committed);
  const Submit answer = submit_inside(job);
  const Gate::Seen seen = gate_.leave();
  if (answer == Submit::kAccepted) wake(seen, has_waiting);
  return answer;
}

Submit TelemetryWriter::Core::submit_inside(std::unique_ptr<Job>& job) {
  if (is_degraded_.load()) return Submit::kDegraded;
  const std::size_t bytes = job->prepared.bytes;
  const std::uint32_t records = job->prepared.records;
  if (bytes > budget_.limit()) return Submit::kTooLarge;
  if (!budget_.try_take(bytes)) return Submit::kFull;
  // Nothing between the claim of a slot and its publication can throw: one pointer moves.
  if (!ring_.try_push(job)) {
    budget_.give_back(bytes);
    return Submit::kFull;
  }
  counters_.accepted(records);
  return Submit::kAccepted;
}

void TelemetryWriter::Core::wake(Gate::Seen seen, bool has_waiting) {
  const bool must_wake =
      seen.is_idle ||
      (seen.is_in_window &&
       (has_waiting || ring_.depth() >= window_room_.load(std::memory_order_relaxed)));
  if (must_wake && gate_.withdraw()) waiter_.signal();
}

void TelemetryWriter::Core::count_refusal(std::uint64_t records) {
  counters_.refused(records, clock_.now_ns());
  counters_.depth_seen(ring_.capacity());
  hooks_.call(&Hooks::on_drop);
}

Submit TelemetryWriter::Core::would_accept() {
  if (gate_.is_closed()) return Submit::kClosed;
  if (is_degraded_.load()) return Submit::kDegraded;
  const bool has_room = budget_.used() < budget_.limit() && ring_.depth() < ring_.capacity();
  if (has_room || options_.admission_wait.count() > 0) return Submit::kAccepted;
  count_refusal(1);
  return Submit::kFull;
}

bool TelemetryWriter::Core::submit_internal(Prepared&& job) {
  const std::size_t bytes = job.bytes;
  const std::uint32_t records = job.records;
  auto node = std::make_unique<Job>(Job{std::move(job), {}});
  if (!gate_.enter()) return false;
  bool is_accepted = false;
  if (!is_degraded_.load() && internal_budget_.try_take(bytes)) {
    is_accepted = internal_ring_.try_push(node);
    if (!is_accepted) internal_budget_.give_back(bytes);
  }
  // The writer looks here once a second by itself; only a full flush is worth waking it.
  const Gate::Seen seen = gate_.leave();
  if (seen.is_idle && internal_ring_.depth() >= kInternalFlushJobs && gate_.withdraw()) {
    waiter_.signal();
  }
  if (!is_accepted) count_internal_drop(records);
  return is_accepted;
}

void TelemetryWriter::Core::count_internal_drop(std::uint64_t records) {
  const std::int64_t now_ns = clock_.now_ns();
  internal_counters_.refused(records, now_ns);
  std::int64_t warned_ns = internal_warned_ns_.load(std::memory_order_relaxed);
  if (warned_ns != 0 && now_ns - warned_ns < kWarnEveryNs) return;
  if (!internal_warned_ns_.compare_exchange_strong(warned_ns, now_ns)) return;
  log::warn("pipeline", "the server's own telemetry is dropped: its ring is full",
            {{"capacity", internal_ring_.capacity()}});
}

// --- any thread ---

Pressure TelemetryWriter::Core::pressure() const {
  return pressure_of(std::max(utilization_pct(ring_.depth(), ring_.capacity()),
                              utilization_pct(budget_.used(), budget_.limit())));
}

Diagnostics TelemetryWriter::Core::diagnostics() const {
  Diagnostics now;
  counters_.fill(now);
  Diagnostics internal;
  internal_counters_.fill(internal);
  now.internal_dropped_total = internal.enqueue_dropped_total + internal.write_dropped_total;
  now.hook_failures_total = hooks_.failures();
  now.is_degraded = is_degraded_.load();
  now.queue_capacity = ring_.capacity();
  now.queue_depth = ring_.depth();
  now.queue_high_watermark = std::max(now.queue_high_watermark, now.queue_depth);
  now.queued_bytes = budget_.used();
  now.byte_budget = budget_.limit();
  now.accepted_jobs_total = ring_.pushed_total();
  now.internal_queue_capacity = internal_ring_.capacity();
  now.internal_queue_depth = internal_ring_.depth();
  return now;
}

DrainReport TelemetryWriter::Core::drain(std::chrono::milliseconds deadline) {
  const std::lock_guard lock(drain_mutex_);
  if (is_drained_) return report_;
  waiter_.set_deadline(SteadyClock::now() + deadline);
  gate_.close();
  is_final_.store(true);
  waiter_.signal();
  if (thread_.joinable()) thread_.join();
  give_up_rest();  // nothing, unless the writer never ran or ended early
  is_drained_ = true;
  report_ = committer_.lost();
  return report_;
}

// --- writer thread ---

void TelemetryWriter::Core::run() {
  while (true) {
    try {
      if (!step()) break;
    } catch (const std::exception& thrown) {
      // Only memory can run out here: failures of the database are values. The jobs in hand are
      // answered.
      log::error("pipeline", "the writer caught an exception", {{"what", thrown.what()}});
      committer_.reject_all(batch_);
      internal_committer_.reject_all(internal_batch_);
    }
  }
  counters_.set_running(false);
}

bool TelemetryWriter::Core::step() {
  if (waiter_.is_past_deadline()) {
    give_up_rest();
    return false;
  }
  const bool is_final = is_final_.load();
  counters_.depth_seen(ring_.depth());
  const bool is_capped = batcher_.take(ring_, batch_);
  if (!batch_.is_empty()) {
    if (!is_capped && !batch_.has_waiting && !is_final) collect_window();
    commit_batch();
  }
  if (is_internal_due()) flush_internal();
  upkeep_.after_step(pressure());
  if (ring_.depth() > 0) {
    if (ring_.front() == nullptr) waiter_.wait(kUnpublishedSleep);
    return true;
  }
  if (is_final) return internal_ring_.depth() > 0;
  sleep_idle();
  return true;
}

void TelemetryWriter::Core::commit_batch() {
  if (options_.debug_writer_delay.count() > 0 && !waiter_.pause(options_.debug_writer_delay)) {
    committer_.give_up(batch_);
    return;
  }
  const std::size_t bytes = batch_.bytes;
  const auto took = committer_.commit(batch_);
  upkeep_.committed(bytes);
  if (!took) return;
  batcher_.after_commit(pressure(), *took);
  counters_.set_cap_rows(batcher_.caps().rows);
}

void TelemetryWriter::Core::collect_window() {
  const auto end = SteadyClock::now() + options_.batch_window;
  while (!batch_.has_waiting && !is_final_.load()) {
    const auto left = end - SteadyClock::now();
    if (left <= left.zero()) break;
    window_room_.store(batcher_.caps().jobs - batch_.jobs.size(), std::memory_order_relaxed);
    gate_.announce(Sleep::kWindow);
    const std::size_t jobs_before = batch_.jobs.size();
    if (batcher_.take(ring_, batch_)) break;
    if (batch_.jobs.size() == jobs_before) waiter_.wait(left);  // else the room has changed
  }
  (void)gate_.withdraw();
  batcher_.take(ring_, batch_);  // what came in silently
}

bool TelemetryWriter::Core::is_internal_due() const {
  const std::size_t depth = internal_ring_.depth();
  if (depth == 0) return false;
  return depth >= kInternalFlushJobs || is_final_.load() ||
         SteadyClock::now() - last_internal_flush_ >= kInternalFlushEvery;
}

void TelemetryWriter::Core::flush_internal() {
  last_internal_flush_ = SteadyClock::now();
  batcher_.take(internal_ring_, internal_batch_);
  if (internal_batch_.is_empty()) return;
  const std::size_t bytes = internal_batch_.bytes;
  (void)internal_committer_.commit(internal_batch_);
  upkeep_.committed(bytes);
}

void TelemetryWriter::Core::sleep_idle() {
  gate_.announce(Sleep::kIdle);
  const bool has_work = ring_.depth() > 0 || internal_ring_.depth() >= kInternalFlushJobs;
  if (!has_work && !is_final_.load()) {
    waiter_.wait(std::min<std::chrono::nanoseconds>(kLongestSleep, upkeep_.idle_wait()));
  }
  (void)gate_.withdraw();
}

void TelemetryWriter::Core::give_up_rest() {
  const auto give_up = [this](JobRing& ring, Committer& committer, Batch& batch) {
    // The deadline may pass while drain() still waits for the last producer to leave: until the
    // ring is final, an empty one may still fill.
    while (true) {
      const bool was_final = is_final_.load();
      batcher_.take(ring, batch);
      if (!batch.is_empty()) {
        committer.give_up(batch);
      } else if (was_final) {
        return;
      } else {
        std::this_thread::yield();
      }
    }
  };
  give_up(ring_, committer_, batch_);
  give_up(internal_ring_, internal_committer_, internal_batch_);
}

// --- TelemetryWriter ---

Result<void> refusal_of(Submit answer) {
  switch (answer) {
    case Submit::kAccepted:
      return {};
    case Submit::kFull:
      return fail(ErrorCode::kOverloaded, "The server is busy. Try again.", "the queue is full", 1);
    case Submit::kDegraded:
      return fail(ErrorCode::kUnavailable, "Storage is not available at the moment.",
                  "storage is degraded", 5);
    case Submit::kClosed:
      return fail(ErrorCode::kUnavailable, "The server is shutting down.", "the queue is closed",
                  2);
    case Submit::kTooLarge:
      return fail(ErrorCode::kTooLarge, "The request is larger than the server's queue.");
  }
  return fail(ErrorCode::kInternal, "Unknown answer of the queue");
}

TelemetryWriter::TelemetryWriter(TelemetryDb& db, const Clock& clock, WriterOptions options)
    : core_(std::make_unique<Core>(db, clock, options)) {}

TelemetryWriter::~TelemetryWriter() {
  (void)drain(std::chrono::milliseconds(0));
}

void TelemetryWriter::start() {
  core_->start();
}

void TelemetryWriter::add_observer(CommitObserver& observer) {
  core_->add_observer(observer);
}

void TelemetryWriter::set_hooks(Hooks hooks) {
  core_->set_hooks(std::move(hooks));
}

Submit TelemetryWriter::submit(Prepared&& job, OnCommitted on_committed) {
  auto node = std::make_unique<Job>(Job{std::move(job), std::move(on_committed)});
  const Submit answer = core_->submit(node);
  if (answer != Submit::kAccepted) job = std::move(node->prepared);
  return answer;
}

Submit TelemetryWriter::submit(std::unique_ptr<Job>& job) {
  return core_->submit(job);
}

Submit TelemetryWriter::would_accept() const {
  return core_->would_accept();
}

bool TelemetryWriter::submit_internal(Prepared&& job) {
  return core_->submit_internal(std::move(job));
}

Diagnostics TelemetryWriter::diagnostics() const {
  return core_->diagnostics();
}

DrainReport TelemetryWriter::drain(std::chrono::milliseconds deadline) {
  return core_->drain(deadline);
}

}  // namespace traceway::pipeline
