#include "base/ring_buffer.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

namespace traceway {
namespace {

struct Item {
  std::uint32_t producer = 0;
  std::uint64_t number = 0;
};

using ItemRing = RingBuffer<std::unique_ptr<Item>>;

/// Jobs per producer of the stress tests; TRACEWAY_RING_JOBS=1000000 is the long run.
std::uint64_t jobs_per_producer() {
  const char* asked = std::getenv("TRACEWAY_RING_JOBS");
  return asked == nullptr ? 20'000 : std::strtoull(asked, nullptr, 10);
}

bool push(ItemRing& ring, std::uint32_t producer, std::uint64_t number) {
  auto item = std::make_unique<Item>(Item{producer, number});
  return ring.try_push(item);
}

/// What one consumer saw: count, sum, and whether each producer's numbers came as 0, 1, 2, ...
struct Tally {
  explicit Tally(std::size_t producers) : next(producers, 0) {}

  void see(const Item& item) {
    ++count;
    sum += item.number;
    if (item.number != next[item.producer]) ++out_of_order;  // also catches a duplicate or a loss
    next[item.producer] = item.number + 1;
  }

  std::uint64_t count = 0;
  std::uint64_t sum = 0;
  std::uint64_t out_of_order = 0;
  std::vector<std::uint64_t> next;
};

Tally run_stress(std::size_t capacity, std::uint32_t producers, std::uint64_t jobs) {
  ItemRing ring(capacity);
  std::vector<std::jthread> threads;
  for (std::uint32_t p = 0; p < producers; ++p) {
    threads.emplace_back([&ring, p, jobs] {
      for (std::uint64_t i = 0; i < jobs; ++i) {
        auto item = std::make_unique<Item>(Item{p, i});
        while (!ring.try_push(item)) std::this_thread::yield();
      }
    });
  }
  Tally tally(producers);
  std::vector<std::unique_ptr<Item>> taken;
  while (tally.count < jobs * producers) {
    taken.clear();
    if (ring.pop_some(taken, 100) == 0) std::this_thread::yield();
    for (const auto& item : taken) tally.see(*item);
  }
  threads.clear();
  CHECK(ring.depth() == 0);
  CHECK(ring.front() == nullptr);
  return tally;
}

}  // namespace

TEST_CASE("ring: the capacity is the next power of two, at least two") {
  CHECK(ItemRing(0).capacity() == 2);
  CHECK(ItemRing(2).capacity() == 2);
  CHECK(ItemRing(3).capacity() == 4);
  CHECK(ItemRing(8192).capacity() == 8192);
}

TEST_CASE("ring: a full buffer refuses, it never overwrites") {
  ItemRing ring(4);
  for (std::uint64_t i = 0; i < 4; ++i) REQUIRE(push(ring, 0, i));
  auto refused = std::make_unique<Item>(Item{0, 99});
  CHECK_FALSE(ring.try_push(refused));
  REQUIRE(refused != nullptr);  // the caller keeps what was refused
  CHECK(refused->number == 99);
  CHECK(ring.depth() == 4);
  CHECK(ring.pushed_total() == 4);
  for (std::uint64_t i = 0; i < 4; ++i) {
    std::unique_ptr<Item> item;
    REQUIRE(ring.try_pop(item));
    CHECK(item->number == i);
  }
  std::unique_ptr<Item> none;
  CHECK_FALSE(ring.try_pop(none));
}

TEST_CASE("ring: front shows the oldest item and leaves it there") {
  ItemRing ring(4);
  CHECK(ring.front() == nullptr);
  REQUIRE(push(ring, 0, 7));
  REQUIRE(ring.front() != nullptr);
  CHECK((*ring.front())->number == 7);
  CHECK(ring.depth() == 1);
}

TEST_CASE("ring: pop_some takes no more than asked, oldest first") {
  ItemRing ring(8);
  for (std::uint64_t i = 0; i < 6; ++i) REQUIRE(push(ring, 0, i));
  std::vector<std::unique_ptr<Item>> taken;
  CHECK(ring.pop_some(taken, 4) == 4);
  CHECK(taken.front()->number == 0);
  CHECK(taken.back()->number == 3);
  CHECK(ring.pop_some(taken, 100) == 2);
  CHECK(taken.size() == 6);
}

TEST_CASE("ring: a buffer of two swings between full and empty over many laps") {
  ItemRing ring(2);
  for (std::uint64_t lap = 0; lap < 10'000; ++lap) {
    REQUIRE(push(ring, 0, 2 * lap));
    REQUIRE(push(ring, 0, 2 * lap + 1));
    REQUIRE_FALSE(push(ring, 0, 0));
    std::unique_ptr<Item> item;
    REQUIRE(ring.try_pop(item));
    REQUIRE(item->number == 2 * lap);
    REQUIRE(ring.try_pop(item));
    REQUIRE(item->number == 2 * lap + 1);
    REQUIRE_FALSE(ring.try_pop(item));
  }
}

TEST_CASE("ring: items left inside are freed with it") {
  auto alive = std::make_shared<int>(1);
  using Holder = std::unique_ptr<std::shared_ptr<int>>;
  {
    RingBuffer<Holder> ring(8);
    for (int i = 0; i < 5; ++i) {
      auto holder = std::make_unique<std::shared_ptr<int>>(alive);
      REQUIRE(ring.try_push(holder));
    }
    CHECK(alive.use_count() == 6);
  }
  CHECK(alive.use_count() == 1);
}

TEST_CASE("ring: eight producers lose nothing, repeat nothing and keep their own order") {
  const std::uint64_t jobs = jobs_per_producer();
  for (const std::size_t capacity : {std::size_t{2}, std::size_t{64}, std::size_t{8192}}) {
    CAPTURE(capacity);
    // A ring of two makes every push wait for the consumer: fewer jobs, or the scheduler decides
    // how long it takes.
    const std::uint64_t own_jobs = capacity == 2 ? jobs / 10 : jobs;
    const Tally tally = run_stress(capacity, 8, own_jobs);
    CHECK(tally.count == 8 * own_jobs);
    CHECK(tally.sum == 8 * (own_jobs * (own_jobs - 1) / 2));
    CHECK(tally.out_of_order == 0);
  }
}

namespace {

/// A pointer whose move into a slot can be held up: a producer suspended between claim and publish.
struct SlowPointer {
  SlowPointer() = default;

  explicit SlowPointer(Item* item) : pointer(item) {}

  SlowPointer(SlowPointer&& other) noexcept = default;

  SlowPointer& operator=(SlowPointer&& other) noexcept {
    if (other.pointer && other.pointer->number == kHeldUp) {
      is_held_up.store(true);
      while (!may_go_on.load()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      other.pointer->number = 0;
    }
    pointer = std::move(other.pointer);
    return *this;
  }

  static constexpr std::uint64_t kHeldUp = 1ULL << 60U;
  inline static std::atomic<bool> is_held_up{false};
  inline static std::atomic<bool> may_go_on{false};
  std::unique_ptr<Item> pointer;
};

}  // namespace

TEST_CASE("ring: a producer held up between claim and publish hides later items, and loses none") {
  RingBuffer<SlowPointer> ring(16);
  SlowPointer::is_held_up = false;
  SlowPointer::may_go_on = false;
  std::jthread slow([&ring] {
    SlowPointer item(new Item{0, SlowPointer::kHeldUp});
    REQUIRE(ring.try_push(item));
  });
  while (!SlowPointer::is_held_up.load()) std::this_thread::yield();

  for (std::uint64_t i = 0; i < 5; ++i) {
    SlowPointer item(new Item{1, i});
    CHECK(ring.try_push(item));  // other producers do not wait
  }
  SlowPointer taken;
  // Each call returns after a bounded spin although six positions are claimed: the consumer can go
  // and wait.
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(ring.try_pop(taken));
  CHECK(ring.depth() == 6);

  SlowPointer::may_go_on = true;
  slow.join();
  REQUIRE(ring.try_pop(taken));
  CHECK(taken.pointer->producer == 0);
  for (std::uint64_t i = 0; i < 5; ++i) {
    REQUIRE(ring.try_pop(taken));
    CHECK(taken.pointer->producer == 1);
    CHECK(taken.pointer->number == i);
  }
  CHECK_FALSE(ring.try_pop(taken));
}

}  // namespace traceway
