// Power fails at random moments. With --durability full nothing acknowledged is lost; with normal
// the file stays consistent and loses only what came last. The main database always keeps all.
#include "faults/power_cut.h"

#include "faults/main_world.h"
#include "faults/phases.h"
#include "faults/telemetry_world.h"
#include "support/seed.h"

namespace traceway::faults {

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr int kRuns = 3;
#else
constexpr int kRuns = 6;
#endif
constexpr std::uint64_t kJobs = 24;
constexpr unsigned kOnceIn = 20;  // calls

/// The disk at one moment, and what the client had been told by then.
template <class World>
struct Snapshot {
  Image image;
  typename World::Notes notes;
};

/// Runs `work` on the world and cuts the power now and then.
template <class World>
std::vector<Snapshot<World>> snapshots_of(World& world, std::mt19937_64& random,
                                          const std::function<void(World&)>& work) {
  std::vector<Snapshot<World>> out;
  PowerCut disk(world.directory(), random, kOnceIn,
                [&](PowerCut& now) { out.push_back({now.cut(), world.notes}); });
  const Watching watching(disk);
  work(world);
  return out;
}

/// One life: opened, jobs one by one with commands and checkpoints between them, closed.
void live(TelemetryWorld& world, std::mt19937_64& random) {
  must(world.open());
  const std::uint64_t before = world.notes.attempted.size();
  for (std::uint64_t job = before + 1; job <= before + kJobs; ++job) {
    must(world.append({job}));
    if (random() % 6 == 0) must(world.archive(job));
    if (random() % 5 == 0) must(world.checkpoint());
  }
  world.close();
}

/// True when no job is missing that was sent before one that is there.
bool is_suffix_lost(TelemetryWorld& world) {
  bool has_gap = false;
  for (const std::uint64_t job : world.notes.attempted) {
    const bool is_there = world.has(job);
    if (is_there && has_gap) return false;
    has_gap = has_gap || !is_there;
  }
  return true;
}

/// How many jobs the client was told of that the cut took.
std::size_t lost_jobs(TelemetryWorld& world, const TelemetryWorld::Notes& told) {
  std::size_t lost = 0;
  for (const std::uint64_t job : told.acknowledged) lost += world.has(job) ? 0 : 1;
  return lost;
}

/// What is wrong after power came back; adds to `lost` what the client must send again.
Problems after_cut(const Snapshot<TelemetryWorld>& snapshot, bool is_durability_full,
                   std::size_t& lost) {
  TelemetryWorld world;
  world.is_durability_full = is_durability_full;
  world.notes = snapshot.notes;
  if (!is_durability_full) {
    world.notes.acknowledged.clear();
    world.notes.archived.clear();
  }
  restore(snapshot.image, world.directory());
  if (Problems found = world.problems(); !found.empty()) return found;
  if (!is_suffix_lost(world)) return {"a job in the middle is lost"};
  lost += lost_jobs(world, snapshot.notes);
  return retried(world, "after a power cut");
}

void check_runs(bool is_durability_full, std::uint64_t salt) {
  install_fault_vfs();
  std::mt19937_64 random = test::random_generator(salt);
  std::size_t cuts = 0;
  std::size_t lost = 0;
  for (int run = 0; run < kRuns; ++run) {
    TelemetryWorld world;
    world.is_durability_full = is_durability_full;
    if (run % 2 == 1) live(world, random);  // an older file, or none at all
    const auto snapshots = snapshots_of<TelemetryWorld>(
        world, random, [&](TelemetryWorld& alive) { live(alive, random); });
    for (const auto& snapshot : snapshots) {
      const Problems found = after_cut(snapshot, is_durability_full, lost);
      CHECK_MESSAGE(found.empty(), "run ", run, ", cut ", cuts, ":", joined(found));
      ++cuts;
    }
  }
  MESSAGE(cuts, " power cuts took ", lost, " acknowledged jobs");
  CHECK(cuts > 20);
  // With normal some are lost: else this disk would be kinder than real ones, and prove nothing.
  CHECK((lost > 0) == !is_durability_full);
}

}  // namespace

TEST_CASE("power cut: with durability full nothing acknowledged is lost") {
  check_runs(true, 10);
}

TEST_CASE("power cut: with durability normal the file is consistent and only the end is lost") {
  check_runs(false, 11);
}

TEST_CASE("power cut: the main database keeps every transaction it has acknowledged") {
  install_fault_vfs();
  std::mt19937_64 random = test::random_generator(12);
  std::size_t cuts = 0;
  for (int run = 0; run < kRuns; ++run) {
    MainWorld world;
    const auto snapshots = snapshots_of<MainWorld>(world, random, [](MainWorld& alive) {
      must(alive.open());
      for (std::uint64_t person = 1; person <= kJobs; ++person) must(alive.sign_up(person));
      alive.close();
    });
    for (const auto& snapshot : snapshots) {
      MainWorld after;
      after.notes = snapshot.notes;
      restore(snapshot.image, after.directory());
      const Problems found = retried(after, "after a power cut");
      CHECK_MESSAGE(found.empty(), "run ", run, ", cut ", cuts, ":", joined(found));
      ++cuts;
    }
  }
  CHECK(cuts > 20);
}

}  // namespace traceway::faults
