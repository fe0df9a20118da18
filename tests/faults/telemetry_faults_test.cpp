// For every N: the Nth write, sync, open, truncation, deletion, read or allocation of the telemetry
// store fails. Then: what was acknowledged is there, nothing is half or twice, and it goes on
// working without a restart.
#include "faults/strike.h"
#include "faults/telemetry_world.h"
#include "storage/migrate.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/migrate_sqlite.h"
#include "support/seed.h"

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <string>

namespace traceway::faults {

namespace {

/// What happens while calls may fail, and what came before.
struct Phase {
  std::string name;
  std::function<void(TelemetryWorld&)> prepare;
  bool begins_open = true;
  std::function<void(TelemetryWorld&)> act;
};

void must(const Result<void>& done) {
  REQUIRE_MESSAGE(done, done.error().message, " ", done.error().detail);
}

void must(const Result<Written>& done) {
  REQUIRE_MESSAGE(done, done.error().message, " ", done.error().detail);
}

/// Open, with five jobs committed: some in the file, some in the WAL only.
void fill(TelemetryWorld& world) {
  must(world.open());
  must(world.append({1, 2}));
  must(world.db().apply({Command::Kind::kCheckpoint, {}, {}}));
  must(world.append({3}));
  must(world.append({4, 5}));
}

/// A file that an older version left: the last steps of its history are pending.
void make_old_file(TelemetryWorld& world) {
  const FixedClock clock;
  auto old = sqlite::Connection::open({world.path(), sqlite::Role::kTelemetryWriter});
  REQUIRE(old);
  const std::span all(migration_steps("telemetry"));
  const auto migrated =
      sqlite::migrate(**old, {all.first(all.size() - 4), "traceway_telemetry", ""}, clock);
  REQUIRE(migrated);
}

void nothing(TelemetryWorld&) {}

void open_it(TelemetryWorld& world) {
  (void)world.open();
}

const std::vector<Phase>& phases() {
  static const std::vector<Phase> all = {
      {"open and migrate a new file", nothing, false, open_it},
      {"open an older file: backup and migration", make_old_file, false, open_it},
      {"open what a killed process left", fill, false, open_it},
      {"append", fill, true,
       [](TelemetryWorld& world) {
         (void)world.append({6, 7, 8});
         (void)world.append({9});
       }},
      {"commands", fill, true,
       [](TelemetryWorld& world) {
         (void)world.archive(1);
         (void)world.archive(4);
         (void)world.db().apply({Command::Kind::kForgetDigests, {}, {}});
       }},
      {"checkpoint", fill, true,
       [](TelemetryWorld& world) {
         (void)world.db().apply({Command::Kind::kCheckpoint, {}, {}});
         (void)world.append({6});
         (void)world.db().apply({Command::Kind::kCheckpoint, {}, {}});
         (void)world.append({7});
       }},
      {"close", fill, true, [](TelemetryWorld& world) { world.close(); }},
  };
  return all;
}

/// The world as the phase finds it: a copy of files in use, so what a killed process leaves.
std::unique_ptr<TelemetryWorld> ready_for(const Phase& phase, const TelemetryWorld& prepared) {
  auto world = std::make_unique<TelemetryWorld>(prepared);
  if (phase.begins_open) must(world->open());
  return world;
}

/// After the strike: first as if the process had been killed right then, then without a restart,
/// then after one.
Problems aftermath(TelemetryWorld& world) {
  TelemetryWorld killed(world);
  if (Problems found = killed.problems(); !found.empty()) return found;
  if (const auto retried = killed.retry(); !retried)
    return {"a client's retry after the kill fails: " + retried.error().detail};
  if (Problems found = killed.problems(); !found.empty()) return found;

  if (!world.is_open()) {
    if (const auto opened = world.open(); !opened)
      return {"it does not open afterwards: " + opened.error().message};
  }
  if (const auto retried = world.retry(); !retried)
    return {"a client's retry without a restart fails: " + retried.error().detail};
  if (Problems found = world.problems(); !found.empty()) return found;
  if (const auto more = world.append({30, 31}); !more)
    return {"new jobs are refused: " + more.error().detail};
  world.close();
  return world.problems();
}

std::string joined(const Problems& problems) {
  std::string out;
  for (const std::string& one : problems) out += "\n  " + one;
  return out;
}

/// Strikes one phase at one position; false when something is wrong.
bool strike(const Phase& phase, const TelemetryWorld& prepared, const Strike& at) {
  const auto world = ready_for(phase, prepared);
  {
    FaultPlan plan(at);
    const Watching watching(plan);
    phase.act(*world);
  }
  const Problems found = aftermath(*world);
  CHECK_MESSAGE(found.empty(), phase.name, ", ", at.text(), ":", joined(found));
  return found.empty();
}

/// Calls of each kind that the phase makes when nothing fails.
FaultPlan counted(const Phase& phase, const TelemetryWorld& prepared) {
  FaultPlan plan;
  const auto world = ready_for(phase, prepared);
  const Watching watching(plan);
  phase.act(*world);
  return plan;
}

}  // namespace

TEST_CASE("faults: whichever call of the telemetry store fails, nothing acknowledged is lost") {
  install_fault_vfs();
  std::mt19937_64 random = test::random_generator(1);
  for (const Phase& phase : phases()) {
    TelemetryWorld prepared;
    phase.prepare(prepared);
    const FaultPlan calls = counted(phase, prepared);
    int failures = 0;
    int strikes = 0;
    for (const Fault& fault : all_faults()) {
      for (const std::uint64_t at : positions(calls.count(fault.call), random)) {
        for (const bool is_lasting : {false, true}) {
          if (failures > 5) break;
          failures += strike(phase, prepared, {fault, at, is_lasting}) ? 0 : 1;
          ++strikes;
        }
      }
    }
    MESSAGE(phase.name, ": ", strikes, " strikes");
    CHECK(strikes > 0);
  }
}

TEST_CASE("faults: a question answers right or with an error, whichever call fails") {
  install_fault_vfs();
  std::mt19937_64 random = test::random_generator(2);
  TelemetryWorld prepared;
  fill(prepared);
  const auto expected = prepared.answers();
  REQUIRE(expected);
  FaultPlan calls;
  {
    TelemetryWorld world(prepared);
    must(world.open());
    const Watching watching(calls);
    CHECK(world.answers().value() == *expected);
  }
  int wrong = 0;
  for (const Fault& fault : all_faults()) {
    for (const std::uint64_t at : positions(calls.count(fault.call), random)) {
      for (const bool is_lasting : {false, true}) {
        if (wrong > 5) break;
        const Strike here{fault, at, is_lasting};
        TelemetryWorld world(prepared);
        must(world.open());
        std::optional<Result<std::string>> answer;
        {
          FaultPlan plan(here);
          const Watching watching(plan);
          answer = world.answers();
        }
        const bool is_right = !*answer || **answer == *expected;
        const auto afterwards = world.answers();
        const bool heals = afterwards && *afterwards == *expected;
        wrong += is_right && heals ? 0 : 1;
        CHECK_MESSAGE(is_right, here.text(), ": a wrong answer");
        CHECK_MESSAGE(heals, here.text(), ": wrong or refused afterwards");
      }
    }
  }
}

}  // namespace traceway::faults
