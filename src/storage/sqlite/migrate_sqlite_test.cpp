#include "storage/sqlite/migrate_sqlite.h"

#include "storage/sqlite/temporary_directory.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <thread>

namespace traceway::sqlite {

namespace {

const MigrationStep kOne{1, "create_a", "CREATE TABLE a (x INTEGER) STRICT;", "c1"};
const MigrationStep kTwo{2, "create_b", "CREATE TABLE b (x INTEGER) STRICT;", "c2"};
const MigrationStep kBroken{2, "create_b", "CREATE TABLE a (x INTEGER) STRICT;", "c2"};
const Query kCountA{"test.count_a", "SELECT count(*) AS n FROM a", {}, {}};
const Query kCountB{"test.count_b", "SELECT count(*) AS n FROM b", {}, {}};
const Query kHistory{"test.history", "SELECT name FROM schema_migrations ORDER BY number", {}, {}};

struct Database {
  TemporaryDirectory directory;
  SystemClock clock;
  std::unique_ptr<Connection> connection =
      std::move(*Connection::open({directory.file("t.db"), Role::kMainWriter}));

  Result<MigrationReport> migrate_to(const std::vector<MigrationStep>& steps) {
    return migrate(*connection, {steps, "t", directory.file("backups")}, clock);
  }
};

}  // namespace

TEST_CASE("migrate: a new file gets every step and no backup; the second run does nothing") {
  Database db;
  const auto first = db.migrate_to({kOne, kTwo});
  REQUIRE(first);
  CHECK(first->applied == 2);
  CHECK(first->already == 0);
  CHECK(first->backup_path.empty());
  CHECK(db.connection->run(kCountB, {}));
  const auto second = db.migrate_to({kOne, kTwo});
  REQUIRE(second);
  CHECK(second->applied == 0);
  CHECK(second->already == 2);
  CHECK_FALSE(std::filesystem::exists(db.directory.file("backups")));
}

TEST_CASE("migrate: a file with data is copied before its first pending step") {
  Database db;
  REQUIRE(db.migrate_to({kOne}));
  REQUIRE(db.connection->control("INSERT INTO a VALUES (1)"));
  const auto report = db.migrate_to({kOne, kTwo});
  REQUIRE(report);
  CHECK(report->applied == 1);
  REQUIRE_FALSE(report->backup_path.empty());
  CHECK(report->backup_path.find("t-before-0002-") != std::string::npos);
  auto copy = Connection::open({report->backup_path, Role::kReader});
  REQUIRE(copy);
  CHECK((*copy)->run(kCountA, {})->front().integer("n") == 1);
  CHECK_FALSE((*copy)->run(kCountB, {}));
}

TEST_CASE("migrate: a step that fails leaves nothing, and those before it stay") {
  Database db;
  const auto failed = db.migrate_to({kOne, kBroken});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message.find("migration 2 (create_b) failed") != std::string::npos);
  CHECK_FALSE(db.connection->in_transaction());
  CHECK(db.connection->run(kHistory, {})->size() == 1);
  REQUIRE(db.migrate_to({kOne, kTwo}));
  CHECK(db.connection->run(kHistory, {})->size() == 2);
}

TEST_CASE("migrate: an altered or newer file is refused untouched") {
  Database db;
  REQUIRE(db.migrate_to({kOne, kTwo}));
  MigrationStep altered = kOne;
  altered.checksum = "other";
  CHECK_FALSE(db.migrate_to({altered, kTwo}));
  const auto newer = db.migrate_to({kOne});
  REQUIRE_FALSE(newer);
  CHECK(newer.error().code == ErrorCode::kInvalid);
  CHECK(db.connection->run(kHistory, {})->size() == 2);
}

TEST_CASE("migrate: a database of another program is refused and stays as it was") {
  Database db;
  REQUIRE(db.connection->control("CREATE TABLE theirs (x INTEGER)"));
  const auto refused = db.migrate_to({kOne});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("another program") != std::string::npos);
  CHECK_FALSE(db.connection->run(kHistory, {}));
}

TEST_CASE("migrate: two processes at once apply each step once") {
  Database db;
  auto other = Connection::open({db.directory.file("t.db"), Role::kMainWriter});
  REQUIRE(other);
  const std::vector<MigrationStep> steps = {kOne, kTwo};
  Result<MigrationReport> theirs;
  {
    std::jthread second([&] { theirs = migrate(**other, {steps, "t", ""}, db.clock); });
    REQUIRE(db.migrate_to(steps));
  }
  REQUIRE(theirs);
  CHECK(db.connection->run(kHistory, {})->size() == 2);
}

}  // namespace traceway::sqlite
