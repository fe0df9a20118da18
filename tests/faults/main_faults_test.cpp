// The same for the main database: whichever of its calls fails, who has signed up is there, with
// everything.
#include "faults/main_world.h"
#include "faults/phases.h"
#include "storage/migrate.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/migrate_sqlite.h"
#include "support/seed.h"

namespace traceway::faults {

namespace {

void fill(MainWorld& world) {
  must(world.open());
  for (const std::uint64_t person : {1U, 2U, 3U}) must(world.sign_up(person));
}

void make_old_file(MainWorld& world) {
  const FixedClock clock;
  auto old = sqlite::Connection::open({world.path(), sqlite::Role::kMainWriter});
  REQUIRE(old);
  const std::span all(migration_steps("main"));
  must(sqlite::migrate(**old, {all.first(all.size() - 3), "traceway", ""}, clock));
}

void nothing(MainWorld&) {}

void open_it(MainWorld& world) {
  (void)world.open();
}

void sign_up_two(MainWorld& world) {
  (void)world.sign_up(4);
  (void)world.sign_up(5);
}

void read_it(MainWorld& world) {
  const auto found = world.projects();
  CHECK((!found || *found == 3));
}

void close_it(MainWorld& world) {
  world.close();
}

}  // namespace

TEST_CASE("faults: whichever call of the main database fails, no transaction is half or lost") {
  install_fault_vfs();
  strike_all<MainWorld>(
      {
          {"main: open and migrate a new file", nothing, false, open_it},
          {"main: open an older file", make_old_file, false, open_it},
          {"main: open what a killed process left", fill, false, open_it},
          {"main: write", fill, true, sign_up_two},
          {"main: read", fill, true, read_it},
          {"main: close", fill, true, close_it},
      },
      test::random_generator(3));
}

}  // namespace traceway::faults
