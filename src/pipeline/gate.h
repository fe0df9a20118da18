// The door between producers and the writer: who is inside, is it closed, must somebody be woken.
// One atomic word.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace traceway::pipeline {

/// How the writer sleeps, which decides who must wake it.
enum class Sleep : std::uint8_t {
  kIdle,    ///< every new job wakes it
  kWindow,  ///< it collects jobs nobody waits for: only a job somebody waits for, or a full batch,
            ///< wakes it
};

/// Counts producers in flight and carries the flags they need, in one word, so that each submission
/// costs two read-modify-writes and no system call while the writer is awake:
///
///     bit 63 closed | bit 62 asleep, idle | bit 61 asleep, in a window | bits 0…60 producers in
///     flight
///
/// No signal is lost: the producer publishes its job and then changes this word; the writer changes
/// this word and then looks at the ring. Read-modify-writes of one atomic are totally ordered, so
/// either the producer finds the writer asleep, or the writer finds the job. (This stands in for a
/// pair of fences, which the thread sanitizer cannot follow.)
class Gate {
 public:
  /// Registers a producer; false when closed (then leave() must not be called).
  [[nodiscard]] bool enter() noexcept {
    if ((word_.fetch_add(1, std::memory_order_seq_cst) & kClosed) == 0) return true;
    word_.fetch_sub(1, std::memory_order_seq_cst);
    return false;
  }

  /// Deregisters after publishing; what it returns says how the writer sleeps at that moment.
  struct Seen {
    bool is_idle = false;
    bool is_in_window = false;
  };

  [[nodiscard]] Seen leave() noexcept {
    const std::uint64_t word = word_.fetch_sub(1, std::memory_order_seq_cst);
    return {(word & kIdle) != 0, (word & kWindow) != 0};
  }

  [[nodiscard]] bool is_closed() const noexcept {
    return (word_.load(std::memory_order_relaxed) & kClosed) != 0;
  }

  /// After this returns no producer is inside and none can enter: what the ring holds is final.
  void close() noexcept {
    word_.fetch_or(kClosed, std::memory_order_seq_cst);
    while ((word_.load(std::memory_order_seq_cst) & kInFlight) != 0) std::this_thread::yield();
  }

  /// Writer: announces that it will sleep. It must look at the rings once more before it does.
  void announce(Sleep sleep) noexcept {
    word_.fetch_or(sleep == Sleep::kIdle ? kIdle : kWindow, std::memory_order_seq_cst);
  }

  /// Ends the announcement. True for exactly one caller: the one that must signal (or the writer
  /// itself).
  [[nodiscard]] bool withdraw() noexcept {
    return (word_.fetch_and(~(kIdle | kWindow), std::memory_order_seq_cst) & (kIdle | kWindow)) !=
           0;
  }

 private:
  static constexpr std::uint64_t kClosed = 1ULL << 63U;
  static constexpr std::uint64_t kIdle = 1ULL << 62U;
  static constexpr std::uint64_t kWindow = 1ULL << 61U;
  static constexpr std::uint64_t kInFlight = kWindow - 1;

  alignas(64) std::atomic<std::uint64_t> word_{0};
};

/// How the writer thread waits: woken by a signal, by time, or by the deadline of a drain.
class Waiter {
 public:
  using SteadyClock = std::chrono::steady_clock;
  using Time = SteadyClock::time_point;

  /// Ends the current or the next wait(). Any thread.
  void signal() {
    {
      const std::lock_guard lock(mutex_);
      is_signalled_ = true;
    }
    condition_.notify_all();
  }

  /// Returns on a signal, or after `at_most`.
  void wait(std::chrono::nanoseconds at_most) {
    std::unique_lock lock(mutex_);
    condition_.wait_for(lock, at_most, [this] { return is_signalled_; });
    is_signalled_ = false;
  }

  /// A pause that signals do not shorten: only the deadline does. False when the deadline has
  /// passed.
  [[nodiscard]] bool pause(std::chrono::nanoseconds length) {
    std::unique_lock lock(mutex_);
    const Time end = SteadyClock::now() + length;
    for (;;) {
      const Time now = SteadyClock::now();
      if (now >= deadline_) return false;
      if (now >= end) return true;
      condition_.wait_until(lock, end < deadline_ ? end : deadline_);
    }
  }

  /// From now on pauses end at `deadline`, and is_past_deadline() is true after it.
  void set_deadline(Time deadline) {
    {
      const std::lock_guard lock(mutex_);
      deadline_ = deadline;
      is_signalled_ = true;
    }
    condition_.notify_all();
  }

  [[nodiscard]] bool is_past_deadline() const {
    const std::lock_guard lock(mutex_);
    return SteadyClock::now() >= deadline_;
  }

 private:
  mutable std::mutex mutex_;  // guards is_signalled_, deadline_
  std::condition_variable condition_;
  bool is_signalled_ = false;
  Time deadline_ = Time::max();
};

}  // namespace traceway::pipeline
