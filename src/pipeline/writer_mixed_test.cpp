// Everything at once on the real store, for the thread sanitizer: requests that wait and that do
// not, bad records, repeats, the server's own telemetry, readers, questions about the pipeline.
// TRACEWAY_MIXED_SECONDS sets how long (default 2).
#include "pipeline/test_support.h"
#include "pipeline/writer.h"
#include "storage/sqlite/batch_for_test.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/telemetry_db.h"
#include "storage/sqlite/temporary_directory.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <thread>

namespace traceway::pipeline {
namespace {

using sqlite::BatchBuilder;

constexpr std::uint64_t kSpans = 4;
constexpr std::uint64_t kExceptions = 2;
const Uuid kProject = BatchBuilder::id_of(11);
const Uuid kOwnProject = BatchBuilder::id_of(12);  // of the server itself

std::chrono::seconds length() {
  const char* asked = std::getenv("TRACEWAY_MIXED_SECONDS");
  return std::chrono::seconds(asked == nullptr ? 2 : std::strtoll(asked, nullptr, 10));
}

struct Mixed {
  Mixed() {
    auto opened =
        sqlite::open_telemetry_db({.path = directory.file("t.db"), .backup_dir = ""}, clock);
    REQUIRE(opened);
    db = std::move(*opened);
    auto other = sqlite::Connection::open({directory.file("t.db"), sqlite::Role::kTelemetryWriter});
    REQUIRE(other);
    REQUIRE((*other)->control(
        "CREATE TRIGGER poison BEFORE INSERT ON exception_stack_traces "
        "WHEN NEW.app_version = 'poison' BEGIN SELECT RAISE(ABORT, 'poisoned'); END"));
  }

  [[nodiscard]] Prepared request(const Uuid& project, std::uint64_t number,
                                 bool is_poisoned) const {
    BatchBuilder made(project, number);
    const std::int64_t now_ns = clock.now_ns();
    for (std::uint64_t i = 0; i < kSpans; ++i) made.span(number * 100 + i, now_ns, 1000);
    for (std::uint64_t i = 0; i < kExceptions; ++i) {
      made.exception(number * 100 + i, "Error: " + std::to_string(number % 50), now_ns)
          .app_version = is_poisoned && i == 0 ? "poison" : "1";
    }
    auto prepared = db->prepare(made.take());
    REQUIRE(prepared);
    return std::move(*prepared);
  }

  [[nodiscard]] std::uint64_t spans() const {
    AggregateQuery query{.family = Family::kSpans, .filter = {kProject, {}, {}}};
    query.measures = {{MeasureKind::kCount, {}, 0, {}, "count"}};
    const auto table = db->aggregate(query);
    return table ? static_cast<std::uint64_t>(table->rows.front().integer("count")) : 0;
  }

  sqlite::TemporaryDirectory directory;
  SystemClock clock;
  std::unique_ptr<TelemetryDb> db;
};

/// What the producers count, beside what the writer says.
struct Tally {
  std::atomic<std::uint64_t> accepted{0};  // requests, each of them new
  std::atomic<std::uint64_t> repeats{0};   // of accepted requests, accepted
  std::atomic<std::uint64_t> unheard{0};   // accepted without a ticket
  std::atomic<std::uint64_t> told{0};      // tickets
  std::atomic<std::uint64_t> rejected{0};  // records, from tickets
  std::atomic<std::uint64_t> poisoned{0};  // accepted requests with a bad record
};

/// One request; every fourth is asynchronous, every seventh has a bad record, every ninth comes
/// twice.
void produce_one(const Mixed& mixed, TelemetryWriter& writer, Tally& tally, std::uint64_t number) {
  const bool is_poisoned = number % 7 == 0;
  const bool is_async = number % 4 == 0;
  for (int copies = number % 9 == 0 ? 2 : 1; copies > 0; --copies) {
    const bool is_repeat = copies == 1 && number % 9 == 0;
    OnCommitted ticket = [&tally](const CommitResult& result) {
      ++tally.told;
      tally.rejected += result.rejected;
    };
    if (is_async) ticket = nullptr;
    if (writer.submit(mixed.request(kProject, number, is_poisoned), ticket) != Submit::kAccepted) {
      return;  // full: the client would come again
    }
    ++(is_repeat ? tally.repeats : tally.accepted);
    if (is_async) ++tally.unheard;
    if (is_poisoned && !is_repeat) ++tally.poisoned;
  }
}

}  // namespace

TEST_CASE("writer: mixed ingest loses nothing, stores nothing twice and adds up") {
  Mixed mixed;
  Tally tally;
  TelemetryWriter writer(*mixed.db, mixed.clock,
                         {.queue_capacity = 128, .internal_queue_capacity = 64});
  writer.start();
  std::atomic<bool> is_over{false};
  std::vector<std::jthread> threads;
  for (std::uint64_t p = 0; p < 8; ++p) {
    threads.emplace_back([&, p] {
      for (std::uint64_t i = 1; !is_over; ++i) produce_one(mixed, writer, tally, i * 8 + p);
    });
  }
  threads.emplace_back([&] {
    // Numbers of its own: a digest made of them knows no project.
    for (std::uint64_t i = std::uint64_t{1} << 40U; !is_over; ++i) {
      (void)writer.submit_internal(mixed.request(kOwnProject, i, false));
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  threads.emplace_back([&] {
    std::uint64_t before = 0;
    while (!is_over) {
      const std::uint64_t now = mixed.spans();
      CHECK(now >= before);
      CHECK(now % kSpans == 0);
      before = now;
      (void)writer.diagnostics();
      (void)writer.would_accept();
      writer.set_hooks({});
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  std::this_thread::sleep_for(length());
  is_over = true;
  threads.clear();
  CHECK(writer.drain(std::chrono::seconds(60)).lost_jobs == 0);

  CHECK(tally.accepted > 0);
  CHECK(mixed.spans() == tally.accepted * kSpans);
  CHECK(tally.told + tally.unheard == tally.accepted + tally.repeats);
  const Diagnostics end = writer.diagnostics();
  CHECK(end.write_dropped_total == tally.poisoned.load());
  CHECK(end.failures_by_class[static_cast<int>(WriteFailureClass::kConstraint)] ==
        tally.poisoned.load());
  CHECK(end.enqueue_accepted_total == end.committed_records_total + end.write_dropped_total);
  CHECK(end.repeated_jobs_total == tally.repeats.load());
  CHECK(end.queued_bytes == 0);
}

}  // namespace traceway::pipeline
