// The writer on the real store: what a ticket promises, what a locked file costs.
#include "pipeline/test_support.h"
#include "pipeline/writer.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/telemetry_db.h"
#include "storage/sqlite/temporary_directory.h"

#include <doctest/doctest.h>

#include <filesystem>

namespace traceway::pipeline {
namespace {

using namespace std::chrono_literals;

const Uuid kProject = *parse_uuid("11111111-2222-4333-8444-555555555555");

struct Store {
  Store() { open(); }

  void open() {
    auto opened = sqlite::open_telemetry_db({.path = file(), .backup_dir = ""}, clock);
    REQUIRE(opened);
    db = std::move(*opened);
  }

  [[nodiscard]] std::string file() const { return directory.file("telemetry.db"); }

  /// One request of `spans` spans; equal numbers make equal digests.
  Prepared request(std::uint8_t number, std::size_t spans) const {
    TelemetryBatch batch;
    batch.project = kProject;
    batch.digest.bytes[15] = number;
    batch.received_ns = clock.now_ns();
    for (std::size_t i = 0; i < spans; ++i) {
      Span span;
      span.trace.bytes[0] = number;
      span.id = span_id_from_bytes(std::string(7, 's') + static_cast<char>(i + 1));
      span.name = "work";
      span.start_ns = batch.received_ns;
      batch.spans.push_back(span);
    }
    auto prepared = db->prepare(std::move(batch));
    REQUIRE(prepared);
    return std::move(*prepared);
  }

  [[nodiscard]] std::int64_t spans() const {
    AggregateQuery query;
    query.family = Family::kSpans;
    query.filter.project = kProject;
    query.measures.push_back({MeasureKind::kCount, {}, 0, {}, "n"});
    const auto table = db->aggregate(query);
    REQUIRE(table);
    return table->rows.empty() ? 0 : table->rows.front().integer("n");
  }

  sqlite::TemporaryDirectory directory;
  SystemClock clock;
  std::unique_ptr<TelemetryDb> db;
  Tickets tickets;
};

}  // namespace

TEST_CASE(
    "writer and store: what a ticket confirms is read at once, and is there after reopening") {
  Store store;
  {
    TelemetryWriter writer(*store.db, store.clock, {});
    writer.start();
    for (std::uint8_t i = 1; i <= 5; ++i) {
      REQUIRE(writer.submit(store.request(i, 20), store.tickets.of(i)) == Submit::kAccepted);
      REQUIRE(store.tickets.wait_for(i).size() == i);
      CHECK(store.tickets.wait_for(i).back().result.is_committed);
      CHECK(store.spans() == 20 * i);
    }
    CHECK(writer.diagnostics().committed_records_total == 100);
    CHECK(writer.drain(5s).lost_jobs == 0);
  }
  store.db.reset();
  store.open();
  CHECK(store.spans() == 100);
}

TEST_CASE("writer and store: a repeated request is acknowledged and stored once") {
  Store store;
  TelemetryWriter writer(*store.db, store.clock, {});
  writer.start();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(writer.submit(store.request(7, 10), store.tickets.of(i)) == Submit::kAccepted);
  }
  for (const auto& outcome : store.tickets.wait_for(3)) CHECK(outcome.result.is_committed);
  CHECK(store.spans() == 10);
  CHECK(writer.diagnostics().repeated_jobs_total == 2);
}

TEST_CASE("writer and store: another program that holds the file delays, it loses nothing") {
  Store store;
  TelemetryWriter writer(*store.db, store.clock, {});
  auto other = sqlite::Connection::open({store.file(), sqlite::Role::kTelemetryWriter});
  REQUIRE(other);
  REQUIRE((*other)->control("BEGIN IMMEDIATE"));
  writer.start();
  REQUIRE(writer.submit(store.request(1, 10), store.tickets.of(1)) == Submit::kAccepted);
  std::this_thread::sleep_for(300ms);
  CHECK(store.tickets.count() == 0);
  REQUIRE((*other)->control("ROLLBACK"));
  const auto outcomes = store.tickets.wait_for(1);
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].result.is_committed);
  CHECK(writer.diagnostics().write_dropped_total == 0);
}

TEST_CASE("writer and store: an idle writer moves the log into the database") {
  Store store;
  TelemetryWriter writer(*store.db, store.clock, {});
  const auto size = [&] { return std::filesystem::file_size(store.file()); };
  const auto before = size();
  writer.start();
  for (std::uint8_t i = 1; i <= 20; ++i) {
    REQUIRE(writer.submit(store.request(i, 50), store.tickets.of(i)) == Submit::kAccepted);
  }
  REQUIRE(store.tickets.wait_for(20).size() == 20);
  CHECK(eventually([&] { return size() > before; }));
}

}  // namespace traceway::pipeline
