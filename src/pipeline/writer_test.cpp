#include "pipeline/writer.h"

#include "pipeline/test_support.h"

#include <doctest/doctest.h>

#include <chrono>
#include <set>
#include <thread>

namespace traceway::pipeline {
namespace {

using namespace std::chrono_literals;

/// A writer on a faulty store, drained at the end. Small ring unless told otherwise.
struct Fixture {
  explicit Fixture(WriterOptions options = {.queue_capacity = 64}) : writer(db, clock, options) {}

  ~Fixture() {
    db.release();
    db.heal();
  }

  Submit submit(std::int64_t job, std::uint32_t records = 1, std::size_t bytes = 100) {
    return writer.submit(job_of(job, records, bytes), tickets.of(job));
  }

  /// Starts the writer and keeps it busy with job 0, so that what follows queues up.
  void start_held() {
    db.hold();
    writer.start();
    REQUIRE(submit(0) == Submit::kAccepted);
    db.wait_until_held();
  }

  FaultyDb db;
  SystemClock clock;
  Tickets tickets;
  TelemetryWriter writer;
};

}  // namespace

TEST_CASE("writer: a lone job is committed at once and its ticket is told") {
  Fixture f({.queue_capacity = 64, .batch_window = 10min});  // no window holds it up
  f.writer.start();
  REQUIRE(f.submit(1, 50) == Submit::kAccepted);
  const auto outcomes = f.tickets.wait_for(1);
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].result.is_committed);
  CHECK(outcomes[0].result.rejected == 0);
  const Diagnostics now = f.writer.diagnostics();
  CHECK(now.enqueue_accepted_total == 50);
  CHECK(now.committed_records_total == 50);
  CHECK(now.accepted_jobs_total == 1);
  CHECK(now.commits_total == 1);
  CHECK(now.queued_bytes == 0);
  CHECK(now.is_running);
}

TEST_CASE("writer: what queues while a commit runs becomes one transaction, in order") {
  Fixture f;
  f.start_held();
  for (int i = 1; i <= 10; ++i) REQUIRE(f.submit(i) == Submit::kAccepted);
  f.db.release();
  REQUIRE(f.tickets.wait_for(11).size() == 11);
  CHECK(f.db.batches() == std::vector<std::size_t>{1, 10});
  CHECK(f.db.stored() == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
}

TEST_CASE("writer: a transaction takes no more than its caps") {
  Fixture f({.queue_capacity = 1024, .batch_max_jobs = 20, .batch_max_bytes = 1000});
  f.start_held();
  for (int i = 1; i <= 30; ++i) REQUIRE(f.submit(i, 1, i <= 20 ? 10 : 400) == Submit::kAccepted);
  f.db.release();
  REQUIRE(f.tickets.wait_for(31).size() == 31);
  CHECK(f.db.batches() == std::vector<std::size_t>{1, 20, 2, 2, 2, 2, 2});
}

TEST_CASE("writer: a full ring refuses, counts records and loses nothing it accepted") {
  Fixture f;
  f.start_held();
  for (int i = 1; i <= 64; ++i) REQUIRE(f.submit(i, 2) == Submit::kAccepted);
  CHECK(f.writer.would_accept() == Submit::kFull);
  Prepared refused = job_of(99, 50);
  CHECK(f.writer.submit(std::move(refused), f.tickets.of(99)) == Submit::kFull);
  CHECK(refused.payload != nullptr);  // untouched
  CHECK(refused.bytes == 100);
  const Diagnostics full = f.writer.diagnostics();
  CHECK(full.queue_depth == 64);
  CHECK(full.queue_high_watermark == 64);
  CHECK(full.enqueue_dropped_total == 51);  // the head counts as one
  CHECK(full.last_enqueue_drop_ns > 0);
  CHECK(full.queued_bytes == 6500);
  f.db.release();
  REQUIRE(f.tickets.wait_for(65).size() == 65);
  const Diagnostics after = f.writer.diagnostics();
  CHECK(after.enqueue_accepted_total == 129);
  CHECK(after.committed_records_total == 129);
  CHECK(after.queued_bytes == 0);
  CHECK(after.queue_high_watermark == 64);
  CHECK(f.writer.would_accept() == Submit::kAccepted);
}

TEST_CASE("writer: whoever may wait for room gets it, or is refused once when the wait is over") {
  Fixture f({.queue_capacity = 64, .admission_wait = 200ms});
  f.start_held();
  for (int i = 1; i <= 64; ++i) REQUIRE(f.submit(i) == Submit::kAccepted);
  CHECK(f.writer.would_accept() == Submit::kAccepted);  // the head does not refuse what may wait
  const auto started = std::chrono::steady_clock::now();
  CHECK(f.submit(98, 3) == Submit::kFull);
  CHECK(std::chrono::steady_clock::now() - started >= 200ms);
  CHECK(f.writer.diagnostics().enqueue_dropped_total == 3);

  std::jthread opener([&f] {
    std::this_thread::sleep_for(20ms);
    f.db.release();
  });
  CHECK(f.submit(99) == Submit::kAccepted);
  CHECK(f.tickets.wait_for(66).size() == 66);
}

TEST_CASE("writer: a drain does not wait for those who wait for room") {
  Fixture f({.queue_capacity = 64, .admission_wait = 10min});
  f.start_held();
  for (int i = 1; i <= 64; ++i) REQUIRE(f.submit(i) == Submit::kAccepted);
  std::jthread producer([&f] {
    CHECK(f.submit(99) == Submit::kClosed);
    f.db.release();  // until here nothing can make room
  });
  CHECK(f.writer.drain(20s).lost_jobs == 0);
}

TEST_CASE(
    "writer: the byte budget refuses before the slots do, and what can never fit is told so") {
  Fixture f({.queue_capacity = 64, .queue_bytes = 1000});
  f.start_held();
  REQUIRE(f.submit(1, 1, 800) == Submit::kAccepted);
  CHECK(f.submit(2, 1, 200) == Submit::kFull);
  CHECK(f.submit(3, 1, 1001) == Submit::kTooLarge);
  CHECK(f.submit(4, 1, 100) == Submit::kAccepted);
  CHECK(f.writer.would_accept() == Submit::kFull);
  f.db.release();
  REQUIRE(f.tickets.wait_for(3).size() == 3);
  CHECK(f.submit(5, 1, 200) == Submit::kAccepted);
}

TEST_CASE("writer: contention that passes costs nothing") {
  Fixture f;
  f.db.fail_next(WriteFailureClass::kContention, 4);
  f.writer.start();
  REQUIRE(f.submit(1) == Submit::kAccepted);
  REQUIRE(f.tickets.wait_for(1).size() == 1);
  CHECK(f.tickets.wait_for(1)[0].result.is_committed);
  const Diagnostics now = f.writer.diagnostics();
  CHECK(now.write_dropped_total == 0);
  for (const std::uint64_t count : now.failures_by_class) CHECK(count == 0);
  CHECK(f.db.appends == 5);
}

TEST_CASE("writer: a busy timeout is repeated like contention, an interruption is not") {
  Fixture f;
  f.db.fail_next({WriteFailureClass::kTimeout, WriteRetry::kWithBackoff}, 2);
  f.writer.start();
  REQUIRE(f.submit(1) == Submit::kAccepted);
  CHECK(f.tickets.wait_for(1).at(0).result.is_committed);
  CHECK(f.db.appends == 3);
  CHECK(f.db.fallbacks == 0);
  f.db.fail_next(WriteFailureClass::kTimeout);
  REQUIRE(f.submit(2) == Submit::kAccepted);
  CHECK(f.tickets.wait_for(2).at(1).result.is_committed);
  CHECK(f.db.appends == 5);
  CHECK(f.db.fallbacks == 1);
}

TEST_CASE("writer: contention that stays rejects after twelve repetitions") {
  Fixture f;
  f.db.fail_always(WriteFailureClass::kContention);
  f.start_held();
  REQUIRE(f.submit(1, 3) == Submit::kAccepted);
  f.db.release();
  const auto outcomes = f.tickets.wait_for(1);
  REQUIRE(!outcomes.empty());
  CHECK_FALSE(outcomes[0].result.is_committed);
  CHECK(outcomes[0].result.failure == WriteFailureClass::kContention);
  CHECK(f.db.appends >= 13);
}

TEST_CASE("writer: one bad job does not cost the others of its batch") {
  Fixture f;
  f.db.poison(3);
  f.start_held();
  for (int i = 1; i <= 5; ++i) REQUIRE(f.submit(i, 10) == Submit::kAccepted);
  f.db.release();
  const auto outcomes = f.tickets.wait_for(6);
  REQUIRE(outcomes.size() == 6);
  for (const auto& outcome : outcomes) {
    CHECK(outcome.result.is_committed);
    CHECK(outcome.result.rejected == (outcome.job == 3 ? 10 : 0));
    REQUIRE(outcome.rejections.size() == (outcome.job == 3 ? 1 : 0));
    if (outcome.job == 3) CHECK(outcome.rejections[0].count == 10);
  }
  CHECK(f.db.batches() == std::vector<std::size_t>{1, 5});  // one transaction for all of them
  CHECK(f.db.stored() == std::vector<std::int64_t>{0, 1, 2, 4, 5});
  const Diagnostics now = f.writer.diagnostics();
  CHECK(now.write_dropped_total == 10);
  CHECK(now.failures_by_class[static_cast<int>(WriteFailureClass::kConstraint)] == 10);
  CHECK(now.last_write_drop_operation == "write_batch_fallback");
  CHECK(now.last_write_drop_ns > 0);
  CHECK(now.last_error_code == "SQLITE_TEST");
  CHECK(now.enqueue_accepted_total == now.committed_records_total + now.write_dropped_total);
  CHECK(now.queued_bytes == 0);
}

TEST_CASE("writer: a lost batch of one record is the operation write_trace") {
  Fixture f;
  f.db.poison(1);
  f.writer.start();
  REQUIRE(f.submit(1) == Submit::kAccepted);
  REQUIRE(f.tickets.wait_for(1).size() == 1);
  CHECK(f.writer.diagnostics().last_write_drop_operation == "write_trace");
}

TEST_CASE("writer: want of memory is repeated once, also when it came as an exception") {
  Fixture f;
  f.db.fail_next({WriteFailureClass::kUnknown, WriteRetry::kOnce});
  f.writer.start();
  REQUIRE(f.submit(1) == Submit::kAccepted);
  CHECK(f.tickets.wait_for(1).at(0).result.is_committed);
  f.db.throw_next();
  REQUIRE(f.submit(2) == Submit::kAccepted);
  CHECK(f.tickets.wait_for(2).at(1).result.is_committed);
  CHECK(f.db.appends == 4);
  CHECK(f.db.fallbacks == 0);

  f.db.fail_always({WriteFailureClass::kUnknown, WriteRetry::kOnce});
  REQUIRE(f.submit(3) == Submit::kAccepted);
  const auto last = f.tickets.wait_for(3).at(2).result;
  CHECK_FALSE(last.is_committed);
  CHECK(last.can_heal);  // the client may come again
}

TEST_CASE("writer: a defect is not repeated, it falls back and costs what it must") {
  Fixture f;
  f.db.fail_next(WriteFailureClass::kUnknown);
  f.writer.start();
  REQUIRE(f.submit(1) == Submit::kAccepted);
  CHECK(f.tickets.wait_for(1).at(0).result.is_committed);
  CHECK(f.db.appends == 2);
  CHECK(f.db.fallbacks == 1);
  f.db.fail_always(WriteFailureClass::kUnknown);
  REQUIRE(f.submit(2) == Submit::kAccepted);
  const auto last = f.tickets.wait_for(2).at(1).result;
  CHECK_FALSE(last.is_committed);
  CHECK_FALSE(last.can_heal);
  CHECK(f.db.appends == 4);
}

TEST_CASE("writer: broken storage keeps the batch, refuses new jobs and heals by itself") {
  Fixture f;
  f.db.fail_always(WriteFailureClass::kConnection);
  f.start_held();
  REQUIRE(f.submit(1) == Submit::kAccepted);
  f.db.release();
  REQUIRE(eventually([&] { return f.writer.diagnostics().is_degraded; }));
  CHECK(f.submit(2) == Submit::kDegraded);
  CHECK(f.writer.would_accept() == Submit::kDegraded);
  CHECK(f.tickets.count() == 0);
  f.db.heal();
  const auto outcomes = f.tickets.wait_for(2);
  REQUIRE(outcomes.size() == 2);
  for (const auto& outcome : outcomes) CHECK(outcome.result.is_committed);
  const Diagnostics now = f.writer.diagnostics();
  CHECK_FALSE(now.is_degraded);
  CHECK(now.write_dropped_total == 0);
  CHECK(f.submit(3) == Submit::kAccepted);
}

TEST_CASE("writer: a connection failure that one repetition heals is not a degradation") {
  Fixture f;
  f.db.fail_next(WriteFailureClass::kConnection);
  f.writer.start();
  REQUIRE(f.submit(1) == Submit::kAccepted);
  CHECK(f.tickets.wait_for(1).at(0).result.is_committed);
  CHECK(f.db.appends == 2);
}

TEST_CASE("writer: a drain writes what is queued, then admission is closed") {
  Fixture f;
  f.start_held();
  for (int i = 1; i <= 50; ++i) REQUIRE(f.submit(i) == Submit::kAccepted);
  DrainReport report;
  std::jthread drainer([&] { report = f.writer.drain(10s); });
  REQUIRE(eventually([&] { return f.writer.would_accept() == Submit::kClosed; }));
  CHECK(f.submit(99) == Submit::kClosed);
  f.db.release();
  drainer.join();
  CHECK(report.lost_jobs == 0);
  CHECK(f.tickets.count() == 51);
  CHECK(f.db.stored().size() == 51);
  CHECK_FALSE(f.writer.diagnostics().is_running);
}

TEST_CASE("writer: at the drain's deadline the rest is rejected, counted and named") {
  Fixture f;
  f.db.fail_always(WriteFailureClass::kConnection);
  f.start_held();
  for (int i = 1; i <= 5; ++i) REQUIRE(f.submit(i, 4) == Submit::kAccepted);
  f.db.release();
  const auto begin = std::chrono::steady_clock::now();
  const DrainReport report = f.writer.drain(200ms);
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
  CHECK(report.lost_jobs == 6);
  CHECK(report.lost_records == 21);
  REQUIRE(report.projects.size() == 1);
  CHECK(report.projects[0].bytes[0] == 7);
  const auto outcomes = f.tickets.wait_for(6);
  REQUIRE(outcomes.size() == 6);
  for (const auto& outcome : outcomes) {
    CHECK_FALSE(outcome.result.is_committed);
    CHECK(outcome.result.failure == WriteFailureClass::kTimeout);
  }
  const Diagnostics now = f.writer.diagnostics();
  CHECK(now.failures_by_class[static_cast<int>(WriteFailureClass::kTimeout)] == 21);
  CHECK(now.queued_bytes == 0);
}

TEST_CASE("writer: the debugging delay slows commits and ends at the drain's deadline") {
  Fixture f({.queue_capacity = 64, .debug_writer_delay = 10min});
  f.writer.start();
  REQUIRE(f.submit(1) == Submit::kAccepted);
  const DrainReport report = f.writer.drain(50ms);
  CHECK(report.lost_jobs == 1);
  CHECK(f.db.stored().empty());
}

TEST_CASE("writer: drains from several threads end together with one report") {
  Fixture f;
  f.writer.start();
  REQUIRE(f.submit(1) == Submit::kAccepted);
  std::vector<std::jthread> threads;
  std::atomic<int> finished{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      if (f.writer.drain(5s).lost_jobs == 0) ++finished;
    });
  }
  threads.clear();
  CHECK(finished == 4);
  CHECK(f.tickets.count() == 1);
}

TEST_CASE("writer: a drain before the start succeeds, and nothing starts afterwards") {
  Fixture f;
  CHECK(f.writer.drain(1s).lost_jobs == 0);
  f.writer.start();
  CHECK_FALSE(f.writer.diagnostics().is_running);
  CHECK(f.submit(1) == Submit::kClosed);
}

TEST_CASE("writer: jobs of a writer that never ran are rejected when it is destroyed") {
  FaultyDb db;
  const SystemClock clock;
  Tickets tickets;
  {
    TelemetryWriter writer(db, clock, {.queue_capacity = 64});
    for (int i = 0; i < 3; ++i) {
      REQUIRE(writer.submit(job_of(i), tickets.of(i)) == Submit::kAccepted);
    }
  }
  const auto outcomes = tickets.wait_for(3);
  REQUIRE(outcomes.size() == 3);
  for (const auto& outcome : outcomes) CHECK_FALSE(outcome.result.is_committed);
  CHECK(db.appends == 0);
}

TEST_CASE("writer: jobs nobody waits for are collected over the window") {
  Fixture f({.queue_capacity = 64, .batch_window = 300ms});
  f.writer.start();
  for (int i = 0; i < 5; ++i) {
    REQUIRE(f.writer.submit(job_of(i), {}) == Submit::kAccepted);
    std::this_thread::sleep_for(5ms);
  }
  REQUIRE(eventually([&] { return f.db.stored().size() == 5; }));
  CHECK(f.db.batches() == std::vector<std::size_t>{5});
}

TEST_CASE("writer: a job somebody waits for ends the window") {
  Fixture f({.queue_capacity = 64, .batch_window = 10min});
  f.writer.start();
  REQUIRE(f.writer.submit(job_of(1), {}) == Submit::kAccepted);
  std::this_thread::sleep_for(20ms);
  REQUIRE(f.submit(2) == Submit::kAccepted);
  CHECK(f.tickets.wait_for(1).at(0).result.is_committed);
  CHECK(f.db.batches() == std::vector<std::size_t>{2});
}

TEST_CASE("writer: a full batch and a drain end the window too") {
  Fixture f({.queue_capacity = 64, .batch_max_jobs = 4, .batch_window = 10min});
  f.writer.start();
  for (int i = 0; i < 4; ++i) REQUIRE(f.writer.submit(job_of(i), {}) == Submit::kAccepted);
  REQUIRE(eventually([&] { return f.db.stored().size() == 4; }));
  REQUIRE(f.writer.submit(job_of(4), {}) == Submit::kAccepted);
  std::this_thread::sleep_for(20ms);
  CHECK(f.writer.drain(5s).lost_jobs == 0);
  CHECK(f.db.stored().size() == 5);
}

TEST_CASE("pipeline checklist 12: internal telemetry overflows by itself, it refuses no client") {
  Fixture f({.queue_capacity = 64, .internal_queue_capacity = 64});
  f.start_held();
  int accepted = 0;
  for (int i = 0; i < 100; ++i) accepted += f.writer.submit_internal(job_of(1000 + i)) ? 1 : 0;
  CHECK(accepted == 64);
  const Diagnostics full = f.writer.diagnostics();
  CHECK(full.internal_queue_capacity == 64);
  CHECK(full.internal_queue_depth == 64);
  CHECK(full.internal_dropped_total == 36);
  CHECK(full.enqueue_dropped_total == 0);
  CHECK(f.writer.would_accept() == Submit::kAccepted);
  f.db.release();
  REQUIRE(eventually([&] { return f.db.stored().size() == 65; }));
  CHECK(f.writer.diagnostics().committed_records_total == 1);  // user data only
}

TEST_CASE("writer: a little internal telemetry is written within about a second, or by a drain") {
  Fixture f;
  f.writer.start();
  REQUIRE(f.writer.submit_internal(job_of(1)));
  REQUIRE(eventually([&] { return f.db.stored().size() == 1; }));
  REQUIRE(f.writer.submit_internal(job_of(2)));
  CHECK(f.writer.drain(5s).lost_jobs == 0);
  CHECK(f.db.stored().size() == 2);
}

TEST_CASE("writer: internal telemetry is served every second while the ring is never empty") {
  Fixture f({.queue_capacity = 64, .batch_max_jobs = 4});
  f.writer.start();
  std::atomic<bool> is_over{false};
  std::jthread producer([&] {
    for (std::int64_t i = 1; !is_over; ++i) {
      (void)f.writer.submit(job_of(i), [](const CommitResult&) {});
    }
  });
  for (std::int64_t i = 0; i < 3; ++i) {
    REQUIRE(f.writer.submit_internal(job_of(-1 - i)));
    const auto begin = std::chrono::steady_clock::now();
    CHECK(eventually([&] { return f.writer.diagnostics().internal_queue_depth == 0; }));
    CHECK(std::chrono::steady_clock::now() - begin <
          2500ms);  // a second, and what a sanitizer takes
  }
  is_over = true;
}

TEST_CASE("writer: an idle writer checkpoints once") {
  Fixture f;
  f.writer.start();
  REQUIRE(f.submit(1) == Submit::kAccepted);
  REQUIRE(eventually([&] { return f.db.checkpoints == 1; }));
  std::this_thread::sleep_for(300ms);
  CHECK(f.db.checkpoints == 1);
}

TEST_CASE(
    "writer: observers hear of a commit after its tickets, and a throwing ticket stops nobody") {
  struct Observer final : CommitObserver {
    void on_committed(const Written& written) override { records += written.committed_records; }

    std::atomic<std::uint64_t> records{0};
  };

  Observer observer;
  Fixture f;
  f.writer.add_observer(observer);
  f.writer.start();
  std::atomic<std::uint64_t> seen_by_ticket{99};
  REQUIRE(f.writer.submit(job_of(1, 5), [&](const CommitResult&) {
    seen_by_ticket = observer.records.load();
    throw std::runtime_error("a defect of a handler");
  }) == Submit::kAccepted);
  REQUIRE(eventually([&] { return observer.records == 5; }));
  CHECK(seen_by_ticket == 0);
  REQUIRE(f.submit(2) == Submit::kAccepted);
  CHECK(f.tickets.wait_for(1).at(0).result.is_committed);
}

TEST_CASE("writer: every refusal is the error its routes answer with") {
  CHECK(refusal_of(Submit::kAccepted).has_value());
  CHECK(refusal_of(Submit::kFull).error().code == ErrorCode::kOverloaded);
  CHECK(refusal_of(Submit::kFull).error().retry_after_s == 1);
  CHECK(refusal_of(Submit::kDegraded).error().code == ErrorCode::kUnavailable);
  CHECK(refusal_of(Submit::kDegraded).error().retry_after_s == 5);
  CHECK(refusal_of(Submit::kClosed).error().code == ErrorCode::kUnavailable);
  CHECK(refusal_of(Submit::kClosed).error().retry_after_s == 2);
  CHECK(refusal_of(Submit::kTooLarge).error().code == ErrorCode::kTooLarge);
}

}  // namespace traceway::pipeline
