// What happens to a database in phases, each struck at many of its calls. A world is one database
// and what its client knows of it: TelemetryWorld, MainWorld.
#pragma once

#include "base/result.h"
#include "faults/strike.h"
#include "faults/world.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace traceway::faults {

/// What happens while calls may fail, and what came before.
template <class World>
struct Phase {
  std::string name;
  std::function<void(World&)> prepare;
  bool begins_open = true;
  std::function<void(World&)> act;
};

/// Throws the test away when what cannot fail did.
template <class T>
void must(const Result<T>& done) {
  REQUIRE_MESSAGE(done.has_value(), done.error().message, " ", done.error().detail);
}

inline std::string joined(const Problems& problems) {
  std::string out;
  for (const std::string& one : problems) out += "\n  " + one;
  return out;
}

/// The world as the phase finds it: a copy of files in use, so what a killed process leaves.
template <class World>
std::unique_ptr<World> ready_for(const Phase<World>& phase, const World& prepared) {
  auto world = std::make_unique<World>(prepared);
  if (phase.begins_open) must(world->open());
  return world;
}

/// The client sends again what was not acknowledged; then everything must be there once.
template <class World>
Problems retried(World& world, const std::string& when) {
  if (Problems found = world.problems(); !found.empty()) return found;
  if (const auto done = world.retry(); !done)
    return {"a client's retry " + when + " fails: " + done.error().detail};
  return world.problems();
}

/// After the strike: first as if the process had been killed right then, then without a restart,
/// then after one.
template <class World>
Problems aftermath(World& world) {
  World killed(world);
  if (Problems found = retried(killed, "after a kill"); !found.empty()) return found;
  if (!world.is_open()) {
    if (const auto opened = world.open(); !opened)
      return {"it does not open afterwards: " + opened.error().message};
  }
  if (Problems found = retried(world, "without a restart"); !found.empty()) return found;
  world.close();
  return world.problems();
}

/// Strikes one phase at one position; false when something is wrong.
template <class World>
bool survives(const Phase<World>& phase, const World& prepared, const Strike& at) {
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

/// Strikes each phase with every fault, at every position or a sample of them, once and lastingly.
template <class World>
void strike_all(const std::vector<Phase<World>>& phases, std::mt19937_64 random) {
  constexpr int kEnough = 5;
  for (const Phase<World>& phase : phases) {
    World prepared;
    phase.prepare(prepared);
    FaultPlan calls;
    {
      const auto world = ready_for(phase, prepared);
      const Watching watching(calls);
      phase.act(*world);
    }
    int failures = 0;
    int strikes = 0;
    for (const Fault& fault : all_faults()) {
      for (const std::uint64_t at : positions(calls.count(fault.call), random)) {
        for (const bool is_lasting : {false, true}) {
          if (failures > kEnough) break;
          failures += survives(phase, prepared, {fault, at, is_lasting}) ? 0 : 1;
          ++strikes;
        }
      }
    }
    MESSAGE(phase.name, ": ", strikes, " strikes");
    CHECK(strikes > 0);
  }
}

}  // namespace traceway::faults
