#include "pipeline/hooks.h"

#include "pipeline/test_support.h"
#include "pipeline/writer.h"

#include <doctest/doctest.h>

#include <stdexcept>

namespace traceway::pipeline {
namespace {

using namespace std::chrono_literals;

/// What the hooks were told, in order.
class Heard {
 public:
  void note(std::string what) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(what));
  }

  [[nodiscard]] std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }

  Hooks hooks() {
    Hooks hooks;
    hooks.on_enqueue = [this] { ++enqueued; };
    hooks.on_drop = [this] { ++dropped; };
    hooks.on_write_start = [this](std::uint64_t size) -> Hooks::WriteEnd {
      note("start " + std::to_string(size));
      return [this](std::optional<std::string_view> error) {
        note("end " + std::string(error.value_or("well")));
      };
    };
    hooks.on_write_success = [this](std::uint64_t count) {
      note("success " + std::to_string(count));
    };
    hooks.on_write_failure = [this](const LostWrite& lost) {
      note("failure " + std::string(lost.operation) + ' ' + std::to_string(lost.batch_size) + ' ' +
           std::to_string(lost.failed_count) + ' ' + std::string(name_of(lost.error_class)));
    };
    hooks.on_flush = [this](std::uint64_t size, std::chrono::nanoseconds took) {
      note("flush " + std::to_string(size) + (took > 0ns ? "" : " at once"));
    };
    return hooks;
  }

  std::atomic<int> enqueued{0};
  std::atomic<int> dropped{0};

 private:
  mutable std::mutex mutex_;  // guards all_
  std::vector<std::string> all_;
};

struct Fixture {
  Fixture() { writer.set_hooks(heard.hooks()); }

  Heard heard;
  FaultyDb db;
  SystemClock clock;
  Tickets tickets;
  TelemetryWriter writer{db, clock, {.queue_capacity = 64}};
};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("hooks: a batch that is written starts, ends, succeeds and is flushed") {
  Fixture f;
  f.writer.start();
  REQUIRE(f.writer.submit(job_of(1, 5), f.tickets.of(1)) == Submit::kAccepted);
  CHECK(f.writer.drain(5s).lost_jobs == 0);
  CHECK(f.heard.all() == Words{"start 5", "end well", "success 5", "flush 5"});
  CHECK(f.heard.enqueued == 1);
  CHECK(f.heard.dropped == 0);
}

TEST_CASE("hooks: a batch with a bad record ends with its error, once") {
  Fixture f;
  f.db.poison(2);
  for (int i = 1; i <= 3; ++i) {
    REQUIRE(f.writer.submit(job_of(i, 10), f.tickets.of(i)) == Submit::kAccepted);
  }
  f.writer.start();
  CHECK(f.writer.drain(5s).lost_jobs == 0);
  CHECK(f.heard.all() == Words{"start 30", "end SQLITE_TEST: a poisoned job", "success 20",
                               "failure write_batch_fallback 30 10 constraint", "flush 30"});
}

TEST_CASE("hooks: a batch that is lost as a whole fails and is flushed") {
  Fixture f;
  f.db.fail_always(WriteFailureClass::kUnknown);
  f.writer.start();
  REQUIRE(f.writer.submit(job_of(1), f.tickets.of(1)) == Submit::kAccepted);
  CHECK(f.writer.drain(5s).lost_jobs == 0);
  CHECK(f.heard.all() == Words{"start 1", "end SQLITE_TEST: told to fail",
                               "failure write_trace 1 1 unknown", "flush 1"});
}

TEST_CASE("hooks: refusals are heard, on the head and at the ring; internal telemetry is not") {
  Fixture f;
  for (int i = 0; i < 64; ++i) {
    REQUIRE(f.writer.submit(job_of(i), f.tickets.of(i)) == Submit::kAccepted);
  }
  CHECK(f.writer.would_accept() == Submit::kFull);
  CHECK(f.writer.submit(job_of(99), f.tickets.of(99)) == Submit::kFull);
  CHECK(f.heard.enqueued == 64);
  CHECK(f.heard.dropped == 2);
  CHECK(f.writer.submit_internal(job_of(100)));
  f.writer.start();
  CHECK(f.writer.drain(5s).lost_jobs == 0);
  CHECK(f.heard.enqueued == 64);
  for (const std::string& what : f.heard.all()) CHECK(what.find(" 65") == std::string::npos);
}

TEST_CASE("hooks: one that throws is counted and hurts nobody; another set takes its place") {
  Fixture f;
  Hooks broken;
  broken.on_enqueue = [] { throw std::runtime_error("broken"); };
  broken.on_write_start = [](std::uint64_t) -> Hooks::WriteEnd {
    return [](std::optional<std::string_view>) { throw std::runtime_error("broken"); };
  };
  broken.on_flush = [](std::uint64_t, std::chrono::nanoseconds) { throw 1; };
  f.writer.set_hooks(broken);
  f.writer.start();
  REQUIRE(f.writer.submit(job_of(1), f.tickets.of(1)) == Submit::kAccepted);
  REQUIRE(f.tickets.wait_for(1).size() == 1);
  CHECK(eventually([&] { return f.writer.diagnostics().hook_failures_total == 3; }));
  f.writer.set_hooks({});
  REQUIRE(f.writer.submit(job_of(2), f.tickets.of(2)) == Submit::kAccepted);
  CHECK(f.writer.drain(5s).lost_jobs == 0);
  CHECK(f.tickets.count() == 2);
  CHECK(f.writer.diagnostics().hook_failures_total == 3);
}

}  // namespace traceway::pipeline
