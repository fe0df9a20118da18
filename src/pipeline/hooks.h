// Metrics callbacks: who embeds the pipeline hears of every acceptance, refusal and write.
#pragma once

#include "storage/telemetry_db.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::pipeline {

/// Records of one batch that were lost. Views are valid during the call.
struct LostWrite {
  std::string_view operation;  ///< "write_batch_fallback" or "write_trace"
  std::uint64_t batch_size = 0;
  std::uint64_t failed_count = 0;
  std::string_view error;  ///< of the first of them
  WriteFailureClass error_class = WriteFailureClass::kUnknown;
};

/// All optional. Sizes and counts are records of user data; the server's own telemetry is silent.
/// They must be quick and must not throw: what they throw is caught, counted and logged once.
/// Source: write-pipeline 6.1.
struct Hooks {
  /// Called exactly once for its batch, with an error if any record of it failed.
  using WriteEnd = std::function<void(std::optional<std::string_view> error)>;

  std::function<void()> on_enqueue;  ///< a job was accepted; the producer's thread
  std::function<void()> on_drop;     ///< a job was refused for fullness; the producer's thread
  std::function<WriteEnd(std::uint64_t batch_size)> on_write_start;  ///< this and below: the writer
  std::function<void(std::uint64_t count)> on_write_success;  ///< records that were committed
  std::function<void(const LostWrite&)> on_write_failure;
  /// After every batch, failed or not.
  std::function<void(std::uint64_t batch_size, std::chrono::nanoseconds duration)> on_flush;
};

/// Holds the hooks of a writer. set(): any thread, rarely: replaced hooks are kept until the end,
/// since some thread may still be inside one. The rest: any thread, without a lock.
class HookSlot {
 public:
  void set(Hooks hooks);

  /// Calls one hook, if there is one; its result, or a default one.
  template <class Returned, class... Parameters, class... Arguments>
  Returned call(std::function<Returned(Parameters...)> Hooks::* hook,
                const Arguments&... arguments) noexcept {
    const Hooks* const hooks = current_.load(std::memory_order_acquire);
    if (hooks == nullptr || !(hooks->*hook)) return Returned();
    try {
      return (hooks->*hook)(arguments...);
    } catch (const std::exception& thrown) {
      failed(thrown.what());
    } catch (...) {
      failed("no std::exception");
    }
    return Returned();
  }

  /// How many calls have thrown.
  [[nodiscard]] std::uint64_t failures() const noexcept {
    return failures_.load(std::memory_order_relaxed);
  }

 private:
  friend class HookedBatch;
  void failed(std::string_view what) noexcept;

  std::atomic<const Hooks*> current_{nullptr};
  std::atomic<std::uint64_t> failures_{0};
  std::mutex mutex_;  // guards all_
  std::vector<std::unique_ptr<const Hooks>> all_;
};

/// One batch as the hooks see it, from its first transaction to the end of its scope, whichever way
/// that is left. Writer thread.
class HookedBatch {
 public:
  HookedBatch(HookSlot& hooks, std::uint64_t size);
  HookedBatch(const HookedBatch&) = delete;
  HookedBatch& operator=(const HookedBatch&) = delete;
  ~HookedBatch();

  void committed(std::uint64_t records) { committed_ += records; }

  /// The first error is kept.
  void failed(std::uint64_t records, WriteFailureClass failure_class, std::string_view operation,
              std::string_view error);

 private:
  HookSlot& hooks_;
  const std::uint64_t size_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  Hooks::WriteEnd end_;
  std::uint64_t committed_ = 0;
  std::uint64_t failed_ = 0;
  WriteFailureClass failure_class_ = WriteFailureClass::kUnknown;
  std::string_view operation_;  // a literal
  std::string error_;
};

}  // namespace traceway::pipeline
