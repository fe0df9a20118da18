#include "pipeline/hooks.h"

#include "base/log.h"

#include <utility>

namespace traceway::pipeline {

void HookSlot::set(Hooks hooks) {
  const std::lock_guard lock(mutex_);
  all_.push_back(std::make_unique<const Hooks>(std::move(hooks)));
  current_.store(all_.back().get(), std::memory_order_release);
}

void HookSlot::failed(std::string_view what) noexcept {
  if (failures_.fetch_add(1, std::memory_order_relaxed) > 0) return;
  try {
    log::error("pipeline", "a metrics hook threw; further ones are only counted", {{"what", what}});
  } catch (...) {  // no memory for a line: it is counted
    return;
  }
}

HookedBatch::HookedBatch(HookSlot& hooks, std::uint64_t size)
    : hooks_(hooks), size_(size), end_(hooks.call(&Hooks::on_write_start, size)) {}

void HookedBatch::failed(std::uint64_t records, WriteFailureClass failure_class,
                         std::string_view operation, std::string_view error) {
  if (failed_ == 0) {
    failure_class_ = failure_class;
    operation_ = operation;
    error_ = error;
  }
  failed_ += records;
}

HookedBatch::~HookedBatch() {
  if (committed_ + failed_ < size_) {  // an exception ends the batch
    failed(size_ - committed_ - failed_, WriteFailureClass::kUnknown, "write_batch_fallback",
           "interrupted");
  }
  if (end_) {
    try {
      end_(failed_ > 0 ? std::optional<std::string_view>(error_) : std::nullopt);
    } catch (const std::exception& thrown) {
      hooks_.failed(thrown.what());
    }
  }
  if (committed_ > 0) hooks_.call(&Hooks::on_write_success, committed_);
  if (failed_ > 0) {
    hooks_.call(&Hooks::on_write_failure,
                LostWrite{operation_, size_, failed_, error_, failure_class_});
  }
  hooks_.call(&Hooks::on_flush, size_, std::chrono::steady_clock::now() - begin_);
}

}  // namespace traceway::pipeline
