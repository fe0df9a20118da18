#include "pipeline/diagnostics.h"

#include <algorithm>
#include <cmath>

namespace traceway::pipeline {

int utilization_pct(std::uint64_t depth, std::uint64_t capacity) {
  if (capacity == 0 || depth == 0) return 0;
  if (depth >= capacity) return 100;
  return static_cast<int>(static_cast<double>(depth) * 100.0 / static_cast<double>(capacity));
}

Pressure pressure_of(int pct) {
  if (pct >= 100) return Pressure::kSaturated;
  if (pct >= 80) return Pressure::kHigh;
  if (pct >= 50) return Pressure::kElevated;
  return Pressure::kOk;
}

std::string_view name_of(Pressure pressure) {
  constexpr std::string_view kNames[] = {"ok", "elevated", "high", "saturated"};
  return kNames[static_cast<std::size_t>(pressure)];
}

std::string_view name_of(WriteFailureClass failure) {
  constexpr std::string_view kNames[] = {"connection", "timeout", "contention", "constraint",
                                         "unknown"};
  return kNames[static_cast<std::size_t>(failure)];
}

// --- DurationHistogram ---

void DurationHistogram::record(double ms) noexcept {
  const double us = std::max(ms * 1000.0, 1.0);
  const int bucket = std::clamp(static_cast<int>(std::log2(us) * kPerOctave), 0, kBuckets - 1);
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  if (++since_halving_ < kHalveAfter) return;
  since_halving_ = 0;
  for (auto& count : counts_) {
    count.store(count.load(std::memory_order_relaxed) / 2, std::memory_order_relaxed);
  }
}

double DurationHistogram::quantile_ms(double p) const noexcept {
  std::array<std::uint32_t, kBuckets> counts{};
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    counts[i] = counts_[i].load(std::memory_order_relaxed);
    total += counts[i];
  }
  if (total == 0) return 0;
  const auto rank = static_cast<std::uint64_t>(p * static_cast<double>(total - 1));
  std::uint64_t before = 0;
  std::size_t bucket = 0;
  while (bucket + 1 < counts.size() && before + counts[bucket] <= rank) before += counts[bucket++];
  const double middle = (static_cast<double>(bucket) + 0.5) / kPerOctave;
  return std::round(std::exp2(middle)) / 1000.0;
}

// --- Counters ---

void Counters::accepted(std::uint32_t records) noexcept {
  accepted_records_.fetch_add(records, std::memory_order_relaxed);
}

void Counters::refused(std::uint64_t records, std::int64_t now_ns) noexcept {
  refused_records_.fetch_add(records, std::memory_order_relaxed);
  last_refusal_ns_.store(now_ns, std::memory_order_relaxed);
}

void Counters::depth_seen(std::uint64_t depth) noexcept {
  // Refused producers raise it too (to the capacity), so it is a maximum among threads.
  std::uint64_t known = high_watermark_.load(std::memory_order_relaxed);
  while (depth > known &&
         !high_watermark_.compare_exchange_weak(known, depth, std::memory_order_relaxed)) {
  }
}

void Counters::committed(std::uint64_t records, std::uint64_t repeated_jobs, double commit_ms,
                         std::uint64_t rows) noexcept {
  committed_records_.fetch_add(records, std::memory_order_relaxed);
  repeated_jobs_.fetch_add(repeated_jobs, std::memory_order_relaxed);
  commits_.fetch_add(1, std::memory_order_relaxed);
  rows_last_.store(rows, std::memory_order_relaxed);
  last_commit_ms_.store(commit_ms, std::memory_order_relaxed);
  commit_times_.record(commit_ms);
}

void Counters::lost(std::uint64_t records, WriteFailureClass failure, const char* operation,
                    std::int64_t now_ns) noexcept {
  lost_records_.fetch_add(records, std::memory_order_relaxed);
  lost_by_class_[static_cast<std::size_t>(failure)].fetch_add(records, std::memory_order_relaxed);
  last_loss_operation_.store(operation, std::memory_order_relaxed);
  last_loss_ns_.store(now_ns, std::memory_order_relaxed);
}

void Counters::error_seen(std::string_view code) {
  const std::lock_guard lock(error_mutex_);
  error_code_ = code;
}

void Counters::fill(Diagnostics& to) const {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  to.queue_high_watermark = high_watermark();
  to.enqueue_accepted_total = accepted_records_.load(kRelaxed);
  to.enqueue_dropped_total = refused_records_.load(kRelaxed);
  to.write_dropped_total = lost_records_.load(kRelaxed);
  to.committed_records_total = committed_records_.load(kRelaxed);
  to.commits_total = commits_.load(kRelaxed);
  to.repeated_jobs_total = repeated_jobs_.load(kRelaxed);
  for (std::size_t i = 0; i < kFailureClasses; ++i) {
    to.failures_by_class[i] = lost_by_class_[i].load(kRelaxed);
  }
  to.last_enqueue_drop_ns = last_refusal_ns_.load(kRelaxed);
  to.last_write_drop_ns = last_loss_ns_.load(kRelaxed);
  if (const char* operation = last_loss_operation_.load(kRelaxed)) {
    to.last_write_drop_operation = operation;
  }
  to.last_commit_ms = last_commit_ms_.load(kRelaxed);
  to.commit_ms_p50 = commit_times_.quantile_ms(0.5);
  to.commit_ms_p99 = commit_times_.quantile_ms(0.99);
  to.batch_rows_last = rows_last_.load(kRelaxed);
  to.batch_cap_rows = cap_rows_.load(kRelaxed);
  to.is_running = is_running_.load();
  const std::lock_guard lock(error_mutex_);
  to.last_error_code = error_code_;
}

}  // namespace traceway::pipeline
