// A bounded queue of owning pointers: many producers, one consumer, no lock, no allocation after
// construction.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace traceway {

/// One cache line. A constant of our own: the standard's varies with compiler flags.
inline constexpr std::size_t kCacheLineBytes = 64;

/// Tells the processor that this thread only waits for another one's store.
inline void cpu_pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Dmitry Vyukov's bounded queue with one sequence number per slot:
///
///     slot i starts with sequence i; position p lives in slot p & (capacity - 1)
///     sequence == p             free for the producer that claims p
///     sequence == p + 1         published: the consumer may take p
///     sequence == p + capacity  taken: free for the producer of the next lap
///
/// try_push: any thread. try_pop, pop_some, front, has_ready: one consumer thread. Positions and
/// depth: any thread.
///
/// Progress: producers never wait for each other nor for the consumer, but one that is suspended
/// between claim and publish hides all later slots until it resumes. The consumer then sees "empty
/// for now" after at most 64 spins and must go to a bounded wait while depth() > 0.
///
/// T is a single owning pointer (or a struct of one): between claim and publish nothing may throw,
/// allocate or block.
template <class T>
class RingBuffer {
  static_assert(sizeof(T) == sizeof(void*), "a slot carries one owning pointer");
  static_assert(std::is_nothrow_move_assignable_v<T> && std::is_nothrow_move_constructible_v<T>);
  static_assert(std::is_nothrow_default_constructible_v<T>);
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

 public:
  /// `capacity` slots, rounded up to a power of two, at least 2.
  explicit RingBuffer(std::size_t capacity)
      : capacity_(std::bit_ceil(capacity < 2 ? std::size_t{2} : capacity)),
        mask_(capacity_ - 1),
        slots_(std::make_unique<Slot[]>(capacity_)) {
    for (std::size_t i = 0; i < capacity_; ++i) {
      slots_[i].sequence.store(i, std::memory_order_relaxed);
    }
  }

  RingBuffer(const RingBuffer&) = delete;
  RingBuffer& operator=(const RingBuffer&) = delete;

  /// Moves `item` in, or returns false and leaves it untouched when the ring is full. Never blocks,
  /// never throws.
  [[nodiscard]] bool try_push(T& item) noexcept {
    std::uint64_t position = enqueue_position_.load(std::memory_order_relaxed);
    for (;;) {
      Slot& slot = slots_[position & mask_];
      const std::uint64_t sequence = slot.sequence.load(std::memory_order_acquire);
      const auto lead = static_cast<std::int64_t>(sequence - position);
      if (lead == 0) {
        if (enqueue_position_.compare_exchange_weak(
                position, position + 1, std::memory_order_relaxed, std::memory_order_relaxed)) {
          slot.payload = std::move(item);
          slot.sequence.store(position + 1, std::memory_order_release);
          return true;
        }
      } else if (lead < 0) {
        return false;
      } else {
        position = enqueue_position_.load(std::memory_order_relaxed);
      }
    }
  }

  /// The oldest published item, still owned by the ring; null when nothing is published. Spins at
  /// most 64 times for a producer between claim and publish.
  [[nodiscard]] const T* front() const noexcept {
    const std::uint64_t position = dequeue_position_.load(std::memory_order_relaxed);
    const Slot& slot = slots_[position & mask_];
    for (int spin = 0; spin <= kMaxSpins; ++spin) {
      if (slot.sequence.load(std::memory_order_acquire) == position + 1) return &slot.payload;
      if (enqueue_position_.load(std::memory_order_relaxed) == position) return nullptr;
      cpu_pause();
    }
    return nullptr;
  }

  /// Moves the oldest published item out; false when there is none for now.
  [[nodiscard]] bool try_pop(T& to) noexcept {
    if (front() == nullptr) return false;
    const std::uint64_t position = dequeue_position_.load(std::memory_order_relaxed);
    Slot& slot = slots_[position & mask_];
    to = std::move(slot.payload);
    slot.sequence.store(position + capacity_, std::memory_order_release);
    dequeue_position_.store(position + 1, std::memory_order_relaxed);
    return true;
  }

  /// Appends up to `max` published items to `to`, oldest first; returns how many.
  std::size_t pop_some(std::vector<T>& to, std::size_t max) {
    std::size_t popped = 0;
    T item{};
    while (popped < max && try_pop(item)) {
      to.push_back(std::move(item));
      ++popped;
    }
    return popped;
  }

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  /// Claimed and not yet taken, 0…capacity. Exact when quiescent, else off by at most the racing
  /// threads.
  [[nodiscard]] std::size_t depth() const noexcept {
    const std::uint64_t taken = dequeue_position_.load(std::memory_order_relaxed);
    const std::uint64_t claimed = enqueue_position_.load(std::memory_order_relaxed);
    const auto difference = static_cast<std::int64_t>(claimed - taken);
    if (difference <= 0) return 0;
    return static_cast<std::uint64_t>(difference) > capacity_
               ? capacity_
               : static_cast<std::size_t>(difference);
  }

  /// How many items were ever accepted.
  [[nodiscard]] std::uint64_t pushed_total() const noexcept {
    return enqueue_position_.load(std::memory_order_relaxed);
  }

 private:
  static constexpr int kMaxSpins = 64;

  struct alignas(kCacheLineBytes) Slot {
    std::atomic<std::uint64_t> sequence{0};
    T payload{};
  };

  const std::size_t capacity_;
  const std::size_t mask_;
  const std::unique_ptr<Slot[]> slots_;
  // Producers write the first, the consumer the second: apart, so that neither invalidates the
  // other's line.
  alignas(kCacheLineBytes) std::atomic<std::uint64_t> enqueue_position_{0};
  alignas(kCacheLineBytes) std::atomic<std::uint64_t> dequeue_position_{0};
  [[maybe_unused]] char tail_[kCacheLineBytes - sizeof(std::uint64_t)]{};
};

}  // namespace traceway
