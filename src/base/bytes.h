// Raw bytes: the arena that request-scoped text lives in, and the budget that bounds bodies in
// memory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace traceway {

/// Grow-only memory for text that must outlive its decoder: views stay valid as long as the arena,
/// moves included. Not thread-safe.
class Arena {
 public:
  /// Uninitialised memory of `size` bytes, unaligned.
  [[nodiscard]] char* allocate(std::size_t size) {
    if (size > left_) grow(size);
    char* at = next_;
    next_ += size;
    left_ -= size;
    return at;
  }

  /// A copy that lives as long as the arena.
  [[nodiscard]] std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* at = allocate(text.size());
    std::memcpy(at, text.data(), text.size());
    return {at, text.size()};
  }

  /// Bytes reserved from the allocator.
  [[nodiscard]] std::size_t reserved_bytes() const { return reserved_; }

 private:
  void grow(std::size_t at_least) {
    const std::size_t size = at_least > kBlockBytes / 4 ? at_least : kBlockBytes;
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    reserved_ += size;
    next_ = blocks_.back().get();
    left_ = size;
  }

  static constexpr std::size_t kBlockBytes = 64 * 1024;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t reserved_ = 0;
};

/// A shared allowance of bytes: what would exceed it is refused, so no flood can grow the process.
/// Any thread.
class ByteBudget {
 public:
  explicit ByteBudget(std::size_t limit_bytes) : limit_(limit_bytes) {}

  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;

  /// Takes `bytes` from the allowance; false (and nothing taken) when they do not fit.
  [[nodiscard]] bool try_take(std::size_t bytes) {
    const std::size_t before = used_.fetch_add(bytes, std::memory_order_relaxed);
    if (before + bytes <= limit_) return true;
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
  }

  void give_back(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  [[nodiscard]] std::size_t used() const { return used_.load(std::memory_order_relaxed); }

  [[nodiscard]] std::size_t limit() const { return limit_; }

 private:
  const std::size_t limit_;
  alignas(64) std::atomic<std::size_t> used_{0};
};

/// RAII share of a ByteBudget. Moves; gives everything back when destroyed.
class ByteLease {
 public:
  ByteLease() = default;

  explicit ByteLease(ByteBudget& budget) : budget_(&budget) {}

  ByteLease(ByteLease&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

  ByteLease& operator=(ByteLease&& other) noexcept {
    if (this != &other) {
      release();
      budget_ = std::exchange(other.budget_, nullptr);
      bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
  }

  ~ByteLease() { release(); }

  /// Takes `bytes` more; false when the budget refuses (the lease keeps what it had).
  [[nodiscard]] bool extend(std::size_t bytes) {
    if (budget_ != nullptr && !budget_->try_take(bytes)) return false;
    bytes_ += bytes;
    return true;
  }

  /// Gives `bytes` of it back, at most all.
  void shrink(std::size_t bytes) {
    bytes = bytes < bytes_ ? bytes : bytes_;
    if (budget_ != nullptr) budget_->give_back(bytes);
    bytes_ -= bytes;
  }

  void release() {
    if (budget_ != nullptr && bytes_ > 0) budget_->give_back(bytes_);
    bytes_ = 0;
  }

  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  ByteBudget* budget_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace traceway
