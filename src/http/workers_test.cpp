#include "http/workers.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <thread>

namespace traceway::http {

namespace {

const Uuid kA{{1}};
const Uuid kB{{2}};

/// Runs until it is let go.
class HeldJob final : public Job {
 public:
  explicit HeldJob(const Uuid& of_project, bool ingest = true) {
    is_ingest = ingest;
    project = of_project;
  }

  void run() override {
    is_running = true;
    is_running.notify_all();
    may_end.wait(false);
    is_done = true;
    is_done.notify_all();
  }

  void let_go() {
    may_end = true;
    may_end.notify_all();
  }

  void await_running() { is_running.wait(false); }

  std::atomic<bool> is_running{false}, may_end{false}, is_done{false};
};

std::shared_ptr<HeldJob> submit(Workers& workers, const Uuid& project, bool ingest = true) {
  auto job = std::make_shared<HeldJob>(project, ingest);
  return workers.submit(job) ? job : nullptr;
}

/// Gives a wrong scheduler time to show itself.
void settle() {
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
}

}  // namespace

TEST_CASE("workers: one project holds at most its share, the others pass it") {
  Workers workers({.threads = 4, .ingest_slots = 3});
  workers.start();
  auto first = submit(workers, kA);
  auto second = submit(workers, kA);
  auto third = submit(workers, kA);
  first->await_running();
  second->await_running();
  settle();
  CHECK_FALSE(third->is_running);
  auto other = submit(workers, kB);
  other->await_running();
  first->let_go();
  third->await_running();
  for (const auto& job : {second, third, other}) job->let_go();
  workers.stop();
  CHECK(third->is_done);
}

TEST_CASE("workers: ingest never takes the last thread") {
  Workers workers({.threads = 2, .ingest_slots = 1});
  workers.start();
  auto ingest = submit(workers, kA);
  auto waiting = submit(workers, kB);
  auto page = submit(workers, {}, false);
  ingest->await_running();
  page->await_running();
  CHECK_FALSE(waiting->is_running);
  page->let_go();
  ingest->let_go();
  waiting->await_running();
  waiting->let_go();
  workers.stop();
}

TEST_CASE("workers: the line is bounded, and a withdrawn job makes room") {
  Workers workers({.threads = 1, .ingest_slots = 1});
  workers.start();
  auto running = submit(workers, kA);
  running->await_running();
  std::vector<std::shared_ptr<HeldJob>> line;
  for (int i = 0; i < 16; ++i) {
    CHECK_FALSE(workers.would_refuse(kA));
    line.push_back(submit(workers, kA));
    REQUIRE(line.back() != nullptr);
  }
  CHECK(workers.would_refuse(kA));
  CHECK(submit(workers, kB) == nullptr);
  CHECK(workers.withdraw(line[3].get()));
  CHECK_FALSE(workers.withdraw(line[3].get()));
  CHECK_FALSE(workers.withdraw(running.get()));
  line.push_back(submit(workers, kB));
  REQUIRE(line.back() != nullptr);
  for (const auto& job : line) job->let_go();
  running->let_go();
  line.back()->is_done.wait(false);
  CHECK_FALSE(line[3]->is_done);
  workers.stop();
}

TEST_CASE("workers: every job of a batch runs") {
  class Counting final : public Job {
   public:
    explicit Counting(std::latch& left) : left_(&left) {}

    void run() override { left_->count_down(); }

   private:
    std::latch* left_;
  };

  Workers workers({.threads = 4, .ingest_slots = 3});
  workers.start();
  std::latch left(1000);
  for (int round = 0; round < 100; ++round) {
    std::vector<std::shared_ptr<Job>> batch;
    for (int i = 0; i < 10; ++i) batch.push_back(std::make_shared<Counting>(left));
    workers.submit_all(batch);
  }
  left.wait();
  workers.stop();
}

}  // namespace traceway::http
