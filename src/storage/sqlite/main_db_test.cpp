#include "storage/sqlite/main_db.h"

#include "storage/query.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/migrate_sqlite.h"
#include "storage/sqlite/temporary_directory.h"

#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace traceway::sqlite {

namespace {

struct Database {
  TemporaryDirectory directory;
  SystemClock clock;
  std::unique_ptr<MainDb> db = open();

  [[nodiscard]] std::unique_ptr<MainDb> open(int read_deadline_ms = 30'000) const {
    auto opened = open_main_db(
        {directory.file("traceway.db"), directory.file("backups"), 4, read_deadline_ms}, clock);
    REQUIRE(opened);
    return std::move(*opened);
  }
};

Result<std::int64_t> add_organization(Tx& tx, std::string_view name) {
  auto rows =
      tx.run("accounts.insert_organization",
             {{"name", to_value(name)}, {"timezone", to_value("UTC")}, {"now", std::int64_t{1}}});
  if (!rows) return fail(rows);
  return rows->front().integer("id");
}

bool has_organizations(MainDb& db) {
  const auto rows = db.read([](Tx& tx) { return tx.run("accounts.has_organizations", {}); });
  REQUIRE(rows);
  return rows->front().integer("has_organizations") != 0;
}

}  // namespace

TEST_CASE("main db: every embedded statement compiles against a freshly migrated database") {
  const SystemClock clock;
  for (const std::string database : {"main", "telemetry"}) {
    const TemporaryDirectory directory;
    const Role role = database == "main" ? Role::kMainWriter : Role::kTelemetryWriter;
    auto connection = Connection::open({directory.file("fresh.db"), role});
    REQUIRE(connection);
    const auto migrated = migrate(**connection, {migration_steps(database), database, ""}, clock);
    if (!migrated) FAIL(migrated.error().message << ": " << migrated.error().detail);
    for (const std::string& folder : {database, std::string("shared")}) {
      for (const Query& one : queries(folder)) {
        CAPTURE(one.name);
        const auto prepared = (*connection)->statement(one);
        if (!prepared) FAIL(prepared.error().detail);
        // SQLite compiles the first statement only; a second one would be lost in silence.
        CHECK(one.sql.find(';') == one.sql.size() - 1);
      }
    }
  }
}

TEST_CASE("main db: commits if and only if the work returns a value") {
  const Database f;
  const auto refused = f.db->write([](Tx& tx) -> Result<int> {
    auto added = add_organization(tx, "Acme");
    if (!added) return fail(added);
    return fail(ErrorCode::kInvalid, "changed my mind");
  });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "changed my mind");
  CHECK_FALSE(has_organizations(*f.db));

  const auto added = f.db->write([](Tx& tx) { return add_organization(tx, "Acme"); });
  REQUIRE(added);
  CHECK(*added == 1);
  CHECK(has_organizations(*f.db));
}

TEST_CASE("main db: an exception rolls back, passes on, and the next write works") {
  const Database f;
  CHECK_THROWS_AS(static_cast<void>(f.db->write([](Tx& tx) -> Result<void> {
                    REQUIRE(add_organization(tx, "Acme"));
                    throw std::runtime_error("broken handler");
                  })),
                  std::runtime_error);
  CHECK_FALSE(has_organizations(*f.db));
  CHECK(f.db->write([](Tx& tx) { return add_organization(tx, "Acme"); }));
}

TEST_CASE("main db: a failed statement whose error the work swallows does not lose the rest") {
  const Database f;
  const auto written = f.db->write([](Tx& tx) -> Result<void> {
    REQUIRE(add_organization(tx, "Acme"));
    CHECK_FALSE(tx.run("accounts.insert_membership", {{"user_id", std::int64_t{77}},
                                                      {"organization_id", std::int64_t{1}},
                                                      {"role", to_value("owner")},
                                                      {"now", std::int64_t{1}}}));
    return {};
  });
  REQUIRE(written);
  CHECK(has_organizations(*f.db));
}

TEST_CASE("main db: a file that is no database is refused with its name, and not touched") {
  const TemporaryDirectory directory;
  const SystemClock clock;
  const std::string path = directory.file("traceway.db");
  const std::string content(4096, 'x');
  std::ofstream(path) << content;
  const auto opened = open_main_db({path, directory.file("backups")}, clock);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().message.find(path) != std::string::npos);
  std::ifstream file(path);
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == content);
}

TEST_CASE("main db: what was committed is there after reopening") {
  Database f;
  REQUIRE(f.db->write([](Tx& tx) { return add_organization(tx, "Acme"); }));
  f.db.reset();
  f.db = f.open();
  CHECK(has_organizations(*f.db));
  CHECK(f.db->is_healthy());
}

TEST_CASE("main db: writers at once are serialised, none is lost and none is refused") {
  const Database f;
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i) {
          const auto id = f.db->write([](Tx& tx) { return add_organization(tx, "Acme"); });
          if (!id) ++failures;
        }
      });
    }
  }
  CHECK(failures == 0);
  const auto next = f.db->write([](Tx& tx) { return add_organization(tx, "Last"); });
  REQUIRE(next);
  CHECK(*next == 101);  // ids count every commit, so none was lost
}

TEST_CASE("main db: a reader sees one moment, and never a transaction in progress") {
  const Database f;
  const auto seen = f.db->write([&](Tx& tx) -> Result<bool> {
    REQUIRE(add_organization(tx, "Acme"));
    return has_organizations(*f.db);
  });
  REQUIRE(seen);
  CHECK_FALSE(*seen);
  CHECK(has_organizations(*f.db));
}

TEST_CASE("main db: emails are unique without regard to case") {
  const Database f;
  const auto add_user = [](Tx& tx, std::string_view email) {
    return tx.run("accounts.insert_user", {{"email", to_value(email)},
                                           {"name", to_value("Ann")},
                                           {"password", to_value("x")},
                                           {"now", std::int64_t{1}}});
  };
  REQUIRE(f.db->write([&](Tx& tx) { return add_user(tx, "Ann@Example.com"); }));
  const auto again = f.db->write([&](Tx& tx) { return add_user(tx, "ann@example.COM"); });
  REQUIRE_FALSE(again);
  CHECK(again.error().code == ErrorCode::kConflict);
}

}  // namespace traceway::sqlite
