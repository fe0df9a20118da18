// Many producers against one writer: the promises of the pipeline under contention. Meant for the
// thread sanitizer too. TRACEWAY_WRITER_JOBS sets the jobs per producer (default 2,000).
#include "pipeline/test_support.h"
#include "pipeline/writer.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <map>
#include <thread>

namespace traceway::pipeline {
namespace {

constexpr std::int64_t kProducers = 8;
constexpr std::int64_t kStride = 1'000'000'000;  // job number = producer * stride + own number

std::int64_t jobs_per_producer() {
  const char* asked = std::getenv("TRACEWAY_WRITER_JOBS");
  return asked == nullptr ? 2'000 : std::strtoll(asked, nullptr, 10);
}

/// Each job's ticket must be told exactly once.
struct Told {
  explicit Told(std::int64_t jobs) : times(static_cast<std::size_t>(jobs)) {}

  std::vector<std::atomic<int>> times;
};

bool is_ordered_per_producer(const std::vector<std::int64_t>& stored) {
  std::array<std::int64_t, kProducers> last;
  last.fill(-1);
  for (const std::int64_t job : stored) {
    const auto producer = static_cast<std::size_t>(job / kStride);
    if (job % kStride <= last[producer]) return false;
    last[producer] = job % kStride;
  }
  return true;
}

}  // namespace

TEST_CASE(
    "writer: under eight producers every accepted job is stored once, in its producer's order") {
  const std::int64_t jobs = jobs_per_producer();
  FaultyDb db;
  const SystemClock clock;
  Told told(kProducers * jobs);
  TelemetryWriter writer(db, clock, {.queue_capacity = 256, .queue_bytes = 1U << 20U});
  writer.start();
  std::atomic<std::int64_t> refused{0};
  std::vector<std::jthread> producers;
  for (std::int64_t p = 0; p < kProducers; ++p) {
    producers.emplace_back([&, p] {
      for (std::int64_t i = 0; i < jobs; ++i) {
        auto& times = told.times[static_cast<std::size_t>(p * jobs + i)];
        Prepared job = job_of(p * kStride + i);
        const OnCommitted ticket = [&times](const CommitResult& result) {
          if (result.is_committed) ++times;
        };
        while (writer.submit(std::move(job), ticket) != Submit::kAccepted) {
          ++refused;
          std::this_thread::yield();
        }
        if (i % 64 == 0) (void)writer.diagnostics();
      }
    });
  }
  producers.clear();
  CHECK(writer.drain(std::chrono::seconds(60)).lost_jobs == 0);
  const std::vector<std::int64_t> stored = db.stored();
  CHECK(stored.size() == static_cast<std::size_t>(kProducers * jobs));
  CHECK(is_ordered_per_producer(stored));
  std::int64_t wrong = 0;
  for (const auto& times : told.times) wrong += times == 1 ? 0 : 1;
  CHECK(wrong == 0);
  const Diagnostics end = writer.diagnostics();
  CHECK(end.accepted_jobs_total == stored.size());
  CHECK(end.enqueue_accepted_total == end.committed_records_total);
  CHECK(end.enqueue_dropped_total == static_cast<std::uint64_t>(refused.load()));
  CHECK(end.queued_bytes == 0);
}

TEST_CASE("writer: a drain amid submissions answers every accepted job, and none afterwards") {
  for (int round = 0; round < 20; ++round) {
    FaultyDb db;
    const SystemClock clock;
    TelemetryWriter writer(db, clock, {.queue_capacity = 128});
    writer.start();
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> committed{0};
    std::atomic<std::uint64_t> rejected{0};
    std::vector<std::jthread> producers;
    for (std::int64_t p = 0; p < kProducers; ++p) {
      producers.emplace_back([&, p] {
        for (std::int64_t i = 0;; ++i) {
          const Submit answer = writer.submit(
              job_of(p * kStride + i),
              [&](const CommitResult& result) { ++(result.is_committed ? committed : rejected); });
          if (answer == Submit::kClosed) return;
          if (answer == Submit::kAccepted) ++accepted;
        }
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    // Even rounds have all the time they need, odd ones none.
    const DrainReport report = writer.drain(std::chrono::milliseconds(round % 2 == 0 ? 30'000 : 0));
    const std::uint64_t told = committed + rejected;
    producers.clear();
    CHECK(told == accepted);
    CHECK(rejected == report.lost_jobs);
    CHECK(db.stored().size() == committed);
    if (round % 2 == 0) CHECK(report.lost_jobs == 0);
  }
}

}  // namespace traceway::pipeline
