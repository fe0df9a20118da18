// What the pipeline counts: lock-free counters, the pressure scale, and the distribution of commit
// times.
#pragma once

#include "base/ring_buffer.h"
#include "storage/telemetry_db.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace traceway::pipeline {

/// How full the pipeline is. Source: write-pipeline 6.
enum class Pressure : std::uint8_t { kOk, kElevated, kHigh, kSaturated };

/// floor(depth * 100 / capacity), 0…100.
[[nodiscard]] int utilization_pct(std::uint64_t depth, std::uint64_t capacity);
/// >= 100 saturated, >= 80 high, >= 50 elevated, else ok.
[[nodiscard]] Pressure pressure_of(int pct);
/// "ok", "elevated", "high", "saturated".
[[nodiscard]] std::string_view name_of(Pressure pressure);
/// "connection", "timeout", "contention", "constraint", "unknown".
[[nodiscard]] std::string_view name_of(WriteFailureClass failure);

inline constexpr std::size_t kFailureClasses = 5;

/// Durations in quarter-octave buckets from 1 µs to over an hour: quantiles within 10 %. Every
/// 1,024 samples all counts are halved, so old behaviour fades. record(): one thread;
/// quantile_ms(): any thread.
class DurationHistogram {
 public:
  void record(double ms) noexcept;
  /// 0 while nothing is recorded; p in 0…1.
  [[nodiscard]] double quantile_ms(double p) const noexcept;

 private:
  static constexpr int kBuckets = 128;
  static constexpr int kPerOctave = 4;
  static constexpr std::uint32_t kHalveAfter = 1024;

  std::array<std::atomic<std::uint32_t>, kBuckets> counts_{};
  std::uint32_t since_halving_ = 0;  // writer thread only
};

/// A snapshot; counters are monotonic for the life of the process and need not agree with each
/// other to the record.
struct Diagnostics {
  // Slots of the ingest ring.
  std::uint64_t queue_capacity = 0, queue_depth = 0, queue_high_watermark = 0;
  std::uint64_t queued_bytes = 0, byte_budget = 0;
  // Records: rows of user data. A request refused on its head, before anybody counted its records,
  // counts as one.
  std::uint64_t enqueue_accepted_total = 0, enqueue_dropped_total = 0, write_dropped_total = 0;
  std::uint64_t committed_records_total = 0;  ///< acknowledged: those of repeats, too
  std::uint64_t accepted_jobs_total = 0, commits_total = 0, repeated_jobs_total = 0;
  std::uint64_t failures_by_class[kFailureClasses] =
      {};  ///< records lost; index: WriteFailureClass
  std::int64_t last_enqueue_drop_ns = 0, last_write_drop_ns = 0;  ///< wall time; 0 = never
  std::string last_write_drop_operation;                          ///< empty = never
  std::string last_error_code;  ///< e.g. SQLITE_FULL; empty = never
  double last_commit_ms = 0, commit_ms_p50 = 0, commit_ms_p99 = 0;
  std::uint64_t batch_rows_last = 0, batch_cap_rows = 0;
  std::uint64_t internal_queue_capacity = 0, internal_queue_depth = 0, internal_dropped_total = 0;
  std::uint64_t hook_failures_total = 0;  ///< metrics hooks that threw
  bool is_degraded = false, is_running = false;
};

/// The live counters behind Diagnostics, apart by who writes them.
class Counters {
 public:
  // --- producers ---
  void accepted(std::uint32_t records) noexcept;
  /// A refusal for fullness.
  void refused(std::uint64_t records, std::int64_t now_ns) noexcept;

  // --- writer thread ---
  void depth_seen(std::uint64_t depth) noexcept;
  /// A transaction; `records` that it acknowledges, repeats included.
  void committed(std::uint64_t records, std::uint64_t repeated_jobs, double commit_ms,
                 std::uint64_t rows) noexcept;
  /// `operation` must be a literal.
  void lost(std::uint64_t records, WriteFailureClass failure, const char* operation,
            std::int64_t now_ns) noexcept;
  void error_seen(std::string_view code);

  void set_running(bool is_running) noexcept { is_running_.store(is_running); }

  void set_cap_rows(std::uint64_t rows) noexcept {
    cap_rows_.store(rows, std::memory_order_relaxed);
  }

  // --- any thread ---
  /// Fills everything that is counted here; depths, capacities and budgets are the writer's.
  void fill(Diagnostics& to) const;

  /// Largest depth seen so far.
  [[nodiscard]] std::uint64_t high_watermark() const noexcept {
    return high_watermark_.load(std::memory_order_relaxed);
  }

 private:
  using Count = std::atomic<std::uint64_t>;

  alignas(kCacheLineBytes) Count accepted_records_{0};  // every producer
  alignas(kCacheLineBytes) Count refused_records_{0};   // producers that are refused
  std::atomic<std::int64_t> last_refusal_ns_{0};
  alignas(kCacheLineBytes) Count high_watermark_{0};  // the writer, all below
  Count committed_records_{0}, commits_{0}, repeated_jobs_{0}, rows_last_{0}, cap_rows_{0};
  Count lost_records_{0};
  std::array<Count, kFailureClasses> lost_by_class_{};
  std::atomic<std::int64_t> last_loss_ns_{0};
  std::atomic<const char*> last_loss_operation_{nullptr};
  std::atomic<double> last_commit_ms_{0};
  std::atomic<bool> is_running_{false};
  DurationHistogram commit_times_;
  mutable std::mutex error_mutex_;  // guards error_code_
  std::string error_code_;
};

}  // namespace traceway::pipeline
