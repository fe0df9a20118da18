// What one enqueue costs: the ring beside a bounded std::deque behind a mutex, in the same run.
// Prints a table. TRACEWAY_BENCH_JOBS sets the jobs per row (default 1,000,000).
#include "base/ring_buffer.h"
#include "bench/figures.h"
#include "pipeline/test_support.h"
#include "pipeline/writer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Item = std::unique_ptr<std::uint64_t>;

using traceway::pipeline::Job;

constexpr std::size_t kCapacity = 8192;
constexpr std::size_t kMostWriterJobs = 200'000;  // all of them wait in its ring
constexpr std::size_t kTimedTogether = 64;        // pushes between two looks at the clock

/// The obvious alternative with the same promises: bounded, refuses when full.
class MutexQueue {
 public:
  bool try_push(Item& item) {
    const std::lock_guard lock(mutex_);
    if (items_.size() >= kCapacity) return false;
    items_.push_back(std::move(item));
    return true;
  }

  std::size_t pop_some(std::vector<Item>& to, std::size_t max) {
    const std::lock_guard lock(mutex_);
    const std::size_t count = std::min(max, items_.size());
    for (std::size_t i = 0; i < count; ++i) {
      to.push_back(std::move(items_.front()));
      items_.pop_front();
    }
    return count;
  }

 private:
  std::mutex mutex_;  // guards items_
  std::deque<Item> items_;
};

struct Measured {
  traceway::bench::Samples ns_per_push;
  double millions_per_s = 0;  // through the queue, consumer included
};

/// One producer's share: items exist beforehand, so only the enqueue is timed.
template <class Queue, class Pushed>
void produce(Queue& queue, std::vector<Pushed> items, std::vector<double>& ns_per_push) {
  for (std::size_t i = 0; i < items.size(); i += kTimedTogether) {
    const std::size_t end = std::min(i + kTimedTogether, items.size());
    bool has_waited = false;
    const auto begin = Clock::now();
    for (std::size_t k = i; k < end; ++k) {
      while (!queue.try_push(items[k])) {
        has_waited = true;
        std::this_thread::yield();
      }
    }
    const std::chrono::duration<double, std::nano> took = Clock::now() - begin;
    // A full queue measures the consumer, not the enqueue.
    if (!has_waited) ns_per_push.push_back(took.count() / static_cast<double>(end - i));
  }
}

template <class Queue>
Measured measure(Queue& queue, std::size_t producers, std::size_t jobs) {
  const std::size_t own = jobs / producers;
  std::vector<std::vector<double>> samples(producers);
  std::vector<std::vector<Item>> items(producers);
  for (auto& list : items) {
    for (std::size_t i = 0; i < own; ++i) list.push_back(std::make_unique<std::uint64_t>(i));
  }
  const auto begin = Clock::now();
  std::vector<std::jthread> threads;
  for (std::size_t p = 0; p < producers; ++p) {
    threads.emplace_back([&, p] { produce(queue, std::move(items[p]), samples[p]); });
  }
  std::size_t taken = 0;
  std::vector<Item> batch;
  while (taken < own * producers) {
    batch.clear();
    const std::size_t count = queue.pop_some(batch, 200);
    taken += count;
    if (count == 0) std::this_thread::yield();
  }
  threads.clear();
  const std::chrono::duration<double> took = Clock::now() - begin;
  std::vector<double> all;
  for (const auto& own_samples : samples) {
    all.insert(all.end(), own_samples.begin(), own_samples.end());
  }
  Measured result;
  result.millions_per_s = static_cast<double>(taken) / took.count() / 1e6;
  for (const double ns : all) result.ns_per_push.add(ns);
  return result;
}

/// The writer's door as a queue: the byte budget, the counters and the gate beside the ring.
class WriterQueue {
 public:
  explicit WriterQueue(std::size_t jobs)
      : writer_(db_, clock_, {.queue_capacity = jobs, .queue_bytes = jobs * kJobBytes}) {}

  bool try_push(std::unique_ptr<Job>& job) {
    return writer_.submit(job) == traceway::pipeline::Submit::kAccepted;
  }

  static std::unique_ptr<Job> job(std::int64_t number) {
    return std::make_unique<Job>(Job{traceway::pipeline::job_of(number, 1, kJobBytes),
                                     [](const traceway::pipeline::CommitResult&) {}});
  }

 private:
  static constexpr std::size_t kJobBytes = 100;
  traceway::pipeline::FaultyDb db_;
  traceway::SystemClock clock_;
  traceway::pipeline::TelemetryWriter writer_;  // not started: nobody is asleep, nobody takes
};

/// Enqueues of jobs that exist, by so many producers at once.
traceway::bench::Samples measure_writer(std::size_t producers, std::size_t jobs) {
  const std::size_t own = jobs / producers;
  WriterQueue queue(jobs);
  std::vector<std::vector<double>> samples(producers);
  std::vector<std::vector<std::unique_ptr<Job>>> items(producers);
  for (auto& list : items) {
    for (std::size_t i = 0; i < own; ++i) {
      list.push_back(WriterQueue::job(static_cast<std::int64_t>(i)));
    }
  }
  std::vector<std::jthread> threads;
  for (std::size_t p = 0; p < producers; ++p) {
    threads.emplace_back([&, p] { produce(queue, std::move(items[p]), samples[p]); });
  }
  threads.clear();
  traceway::bench::Samples all;
  for (const auto& own_samples : samples) {
    for (const double ns : own_samples) all.add(ns);
  }
  return all;
}

}  // namespace

int main() {
  const char* asked = std::getenv("TRACEWAY_BENCH_JOBS");
  const std::size_t jobs = asked == nullptr ? 1'000'000 : std::strtoull(asked, nullptr, 10);
  const traceway::bench::FigureTable table(
      "One enqueue into the ring, capacity " + std::to_string(kCapacity), "ns", "deque and mutex");
  for (const std::size_t producers : {std::size_t{1}, std::size_t{2}, std::size_t{8}}) {
    traceway::RingBuffer<Item> ring(kCapacity);
    MutexQueue mutex_queue;
    const Measured own = measure(ring, producers, jobs);
    const Measured other = measure(mutex_queue, producers, jobs);
    table.row(std::to_string(producers) + " producers", own.ns_per_push, other.ns_per_push,
              traceway::bench::figure(own.millions_per_s) + " M/s through it, " +
                  traceway::bench::figure(other.millions_per_s) + " through the other");
  }
  const traceway::bench::FigureTable writer("One job handed to the writer", "ns", "");
  for (const std::size_t producers : {std::size_t{1}, std::size_t{2}, std::size_t{8}}) {
    writer.row(std::to_string(producers) + " producers",
               measure_writer(producers, std::min(jobs, kMostWriterJobs)));
  }
  return 0;
}
