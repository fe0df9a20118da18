// What one record cannot be stored for costs that record only, and the digests agree with the rows.
#include "storage/sqlite/batch_for_test.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/telemetry_db.h"
#include "storage/sqlite/temporary_directory.h"

#include <doctest/doctest.h>

#include <string>

namespace traceway::sqlite {
namespace {

constexpr std::int64_t kNoon = 1'790'000'000'000'000'000;
const Uuid kProject = BatchBuilder::id_of(77);

/// A store that refuses rows a trigger knows: exceptions of version "poison", and blocks of two
/// rows once they are poisoned.
struct Store {
  Store() {
    auto opened = open_telemetry_db({.path = file(), .backup_dir = ""}, clock);
    REQUIRE(opened);
    db = std::move(*opened);
    control(
        "CREATE TRIGGER poison BEFORE INSERT ON exception_stack_traces "
        "WHEN NEW.app_version = 'poison' BEGIN SELECT RAISE(ABORT, 'poisoned'); END");
  }

  [[nodiscard]] std::string file() const { return directory.file("telemetry.db"); }

  void control(const std::string& statement) const {
    auto other = Connection::open({file(), Role::kTelemetryWriter});
    REQUIRE(other);
    REQUIRE((*other)->control(statement));
  }

  void poison_blocks() const {
    control(
        "CREATE TRIGGER poison_block BEFORE INSERT ON span_blocks WHEN NEW.row_count = 2 "
        "BEGIN SELECT RAISE(ABORT, 'poisoned'); END");
  }

  Prepared prepare(BatchBuilder& of) const {
    auto prepared = db->prepare(of.take());
    REQUIRE(prepared);
    return std::move(*prepared);
  }

  [[nodiscard]] std::int64_t count(Family family) const {
    AggregateQuery query{.family = family, .filter = {kProject, {}, {}}};
    query.measures = {{MeasureKind::kCount, {}, 0, {}, "count"}};
    const auto table = db->aggregate(query);
    REQUIRE(table);
    return table->rows.front().integer("count");
  }

  [[nodiscard]] std::size_t exceptions() const {
    const auto rows = db->lookup(Family::kExceptions, {kProject, BatchBuilder::id_of(1), {}});
    REQUIRE(rows);
    return rows->size();
  }

  TemporaryDirectory directory;
  SystemClock clock;
  std::unique_ptr<TelemetryDb> db;
};

/// Spans and exceptions; `poisoned`: the index of the exception that is refused, or -1.
BatchBuilder request(std::uint64_t number, std::uint64_t spans, std::uint64_t exceptions,
                     int poisoned = -1) {
  BatchBuilder made(kProject, number);
  for (std::uint64_t i = 0; i < spans; ++i) made.span(number * 1000 + i, kNoon, 5);
  for (std::uint64_t i = 0; i < exceptions; ++i) {
    Exception& one = made.exception(number * 1000 + i, "Error: " + std::to_string(i), kNoon);
    if (std::cmp_equal(i, poisoned)) one.app_version = "poison";
  }
  return made;
}

}  // namespace

TEST_CASE("append each: one bad record of one request is missing, with its position and reason") {
  Store store;
  std::vector<Prepared> jobs;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    BatchBuilder made = request(i, 3, 4, i == 3 ? 2 : -1);
    jobs.push_back(store.prepare(made));
  }
  CHECK_FALSE(store.db->append(jobs));
  CHECK(store.db->last_failure().failure_class == WriteFailureClass::kConstraint);
  CHECK_FALSE(store.db->last_failure().can_heal());
  CHECK(store.count(Family::kSpans) == 0);

  const auto written = store.db->append_each(jobs);
  REQUIRE(written);
  CHECK(written->committed_records == 34);
  REQUIRE(written->rejected.size() == 1);
  const RejectedRecords& rejected = written->rejected.front();
  CHECK(rejected.job == 2);
  CHECK(rejected.first == 5);  // after three spans and two exceptions
  CHECK(rejected.count == 1);
  CHECK(rejected.failure_class == WriteFailureClass::kConstraint);
  CHECK(rejected.detail.starts_with("SQLITE_CONSTRAINT_TRIGGER (1811): "));
  CHECK(store.count(Family::kSpans) == 15);
  CHECK(store.exceptions() == 19);

  const auto again = store.db->append(jobs);  // all of it is known by its digest
  REQUIRE(again);
  CHECK(again->repeated_jobs == 5);
  CHECK(store.count(Family::kSpans) == 15);
}

TEST_CASE("append each: the spans of a part are one unit, its exceptions do not depend on them") {
  Store store;
  store.poison_blocks();
  BatchBuilder bad = request(1, 2, 3);
  BatchBuilder good = request(2, 3, 1);
  std::vector<Prepared> jobs;
  jobs.push_back(store.prepare(bad));
  jobs.push_back(store.prepare(good));
  const auto written = store.db->append_each(jobs);
  REQUIRE(written);
  REQUIRE(written->rejected.size() == 1);
  CHECK(written->rejected[0].job == 0);
  CHECK(written->rejected[0].first == 0);
  CHECK(written->rejected[0].count == 2);
  CHECK(written->committed_records == 7);
  CHECK(store.count(Family::kSpans) == 3);
  CHECK(store.exceptions() == 4);
}

TEST_CASE("append each: of a request of frames each counts, and positions go on over them") {
  Store store;
  BatchBuilder made = request(1, 4, 4, 3);
  made.batch().parts = {{BatchBuilder::id_of(101), 1, 2}, {BatchBuilder::id_of(102), 3, 2}};
  std::vector<Prepared> jobs;
  jobs.push_back(store.prepare(made));
  const auto written = store.db->append_each(jobs);
  REQUIRE(written);
  REQUIRE(written->rejected.size() == 1);
  CHECK(written->rejected[0].first == 7);  // 1 span, 2 exceptions, 3 spans, 1 exception before it
  CHECK(store.count(Family::kSpans) == 4);
  CHECK(store.exceptions() == 3);
}

TEST_CASE("append each: what was refused as a whole is no repeat when it comes again") {
  Store store;
  BatchBuilder made = request(1, 0, 1, 0);
  std::vector<Prepared> jobs;
  jobs.push_back(store.prepare(made));
  const auto refused = store.db->append_each(jobs);
  REQUIRE(refused);
  CHECK(refused->committed_records == 0);
  CHECK(refused->rejected.size() == 1);
  store.control("DROP TRIGGER poison");
  const auto written = store.db->append(jobs);
  REQUIRE(written);
  CHECK(written->repeated_jobs == 0);
  CHECK(store.exceptions() == 1);
}

TEST_CASE("append each: two equal requests of one batch are stored once") {
  Store store;
  std::vector<Prepared> jobs;
  for (int i = 0; i < 2; ++i) {
    BatchBuilder made = request(1, 3, 0);
    jobs.push_back(store.prepare(made));
  }
  const auto written = store.db->append_each(jobs);
  REQUIRE(written);
  CHECK(written->committed_records == 3);
  CHECK(written->repeated_jobs == 1);
  CHECK(store.count(Family::kSpans) == 3);
}

TEST_CASE("append each: a full file fails as a whole and heals when there is room again") {
  Store store;
  store.db.reset();
  auto opened = open_telemetry_db({.path = store.file(), .backup_dir = "", .max_pages = 1},
                                  store.clock);  // as many as it has
  REQUIRE(opened);
  store.db = std::move(*opened);
  BatchBuilder made(kProject, 1);
  for (std::uint64_t i = 0; i < 4000; ++i) {
    made.span(i, kNoon, 5).name = made.text("span " + std::to_string(i * 7919));
  }
  std::vector<Prepared> jobs;
  jobs.push_back(store.prepare(made));
  for (const auto append : {&TelemetryDb::append, &TelemetryDb::append_each}) {
    const auto full = ((*store.db).*append)(jobs);
    REQUIRE_FALSE(full);
    CHECK(full.error().detail.starts_with("SQLITE_FULL"));
    CHECK(store.db->last_failure().failure_class == WriteFailureClass::kConnection);
    CHECK(store.db->last_failure().retry == WriteRetry::kUntilHealed);
  }
  store.db.reset();
  opened = open_telemetry_db({.path = store.file(), .backup_dir = ""}, store.clock);
  REQUIRE(opened);
  store.db = std::move(*opened);
  CHECK(store.db->append(jobs));
  CHECK(store.count(Family::kSpans) == 4000);
}

}  // namespace traceway::sqlite
