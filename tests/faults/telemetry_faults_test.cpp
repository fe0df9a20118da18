// For every N: the Nth write, sync, open, truncation, deletion, read or allocation of the telemetry
// store fails. Then: what was acknowledged is there, nothing is half or twice, and it goes on
// working without a restart.
#include "faults/phases.h"
#include "faults/telemetry_world.h"
#include "storage/migrate.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/migrate_sqlite.h"
#include "support/seed.h"

#include <optional>

namespace traceway::faults {

namespace {

/// Open, with five jobs committed: some in the file, some in the WAL only.
void fill(TelemetryWorld& world) {
  must(world.open());
  must(world.append({1, 2}));
  must(world.checkpoint());
  must(world.append({3}));
  must(world.append({4, 5}));
}

/// A file that an older version left: the last steps of its history are pending.
void make_old_file(TelemetryWorld& world) {
  const FixedClock clock;
  auto old = sqlite::Connection::open({world.path(), sqlite::Role::kTelemetryWriter});
  REQUIRE(old);
  const std::span all(migration_steps("telemetry"));
  must(sqlite::migrate(**old, {all.first(all.size() - 4), "traceway_telemetry", ""}, clock));
}

void nothing(TelemetryWorld&) {}

void open_it(TelemetryWorld& world) {
  (void)world.open();
}

void append_twice(TelemetryWorld& world) {
  (void)world.append({6, 7, 8});
  (void)world.append({9});
}

void append_each_of_two(TelemetryWorld& world) {
  (void)world.append_each({6, 7});
}

void send_commands(TelemetryWorld& world) {
  (void)world.archive(1);
  (void)world.archive(4);
  (void)world.db().apply({Command::Kind::kForgetDigests, {}, {}});
}

void checkpoint_amid_appends(TelemetryWorld& world) {
  (void)world.checkpoint();
  (void)world.append({6});
  (void)world.checkpoint();
  (void)world.append({7});
}

void close_it(TelemetryWorld& world) {
  world.close();
}

/// Everything is asked while the strike happens, and once more afterwards.
void ask_struck(const TelemetryWorld& prepared, const Strike& strike, const std::string& expected) {
  TelemetryWorld world(prepared);
  must(world.open());
  std::optional<Result<std::string>> answer;
  {
    FaultPlan plan(strike);
    const Watching watching(plan);
    answer = world.answers();
  }
  const bool is_right = !*answer || **answer == expected;
  CHECK_MESSAGE(is_right, strike.text(), ": a wrong answer");
  const auto afterwards = world.answers();
  const bool has_healed = afterwards && *afterwards == expected;
  CHECK_MESSAGE(has_healed, strike.text(), ": wrong or refused afterwards");
}

}  // namespace

TEST_CASE("faults: whichever call of the telemetry store fails, nothing acknowledged is lost") {
  install_fault_vfs();
  strike_all<TelemetryWorld>(
      {
          {"open and migrate a new file", nothing, false, open_it},
          {"open an older file: backup and migration", make_old_file, false, open_it},
          {"open what a killed process left", fill, false, open_it},
          {"append", fill, true, append_twice},
          {"append by the fallback", fill, true, append_each_of_two},
          {"commands", fill, true, send_commands},
          {"checkpoint", fill, true, checkpoint_amid_appends},
          {"close", fill, true, close_it},
      },
      test::random_generator(1));
}

TEST_CASE("faults: a question answers right or with an error, whichever call fails") {
  install_fault_vfs();
  std::mt19937_64 random = test::random_generator(2);
  TelemetryWorld prepared;
  fill(prepared);
  const auto expected = prepared.answers();
  must(expected);
  FaultPlan calls;
  {
    TelemetryWorld world(prepared);
    must(world.open());
    const Watching watching(calls);
    CHECK(world.answers().value() == *expected);
  }
  for (const Fault& fault : all_faults()) {
    for (const std::uint64_t at : positions(calls.count(fault.call), random)) {
      for (const bool is_lasting : {false, true})
        ask_struck(prepared, {fault, at, is_lasting}, *expected);
    }
  }
}

}  // namespace traceway::faults
