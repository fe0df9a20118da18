#include "pipeline/upkeep.h"

#include "pipeline/test_support.h"

#include <doctest/doctest.h>

#include <thread>

namespace traceway::pipeline {
namespace {

constexpr std::int64_t kMiB = 1 << 20;

}  // namespace

TEST_CASE("upkeep: while work goes on nothing is checkpointed before the WAL has 16 MiB") {
  FaultyDb db;
  Upkeep upkeep(db);
  upkeep.committed(1 * kMiB);
  upkeep.after_step(Pressure::kOk);
  CHECK(db.checkpoints == 0);
  upkeep.committed(16 * kMiB);
  upkeep.after_step(Pressure::kOk);
  CHECK(db.checkpoints == 1);
  db.wal = 17 * kMiB;  // grown by somebody else's writing
  upkeep.committed(1);
  upkeep.after_step(Pressure::kOk);
  CHECK(db.checkpoints == 2);
}

TEST_CASE("upkeep: an idle writer checkpoints after 200 ms, once") {
  FaultyDb db;
  Upkeep upkeep(db);
  upkeep.committed(1);
  CHECK(upkeep.idle_wait() <= std::chrono::milliseconds(200));
  std::this_thread::sleep_for(std::chrono::milliseconds(210));
  CHECK(upkeep.idle_wait() == std::chrono::milliseconds(0));
  for (int i = 0; i < 3; ++i) upkeep.after_step(Pressure::kOk);
  CHECK(db.checkpoints == 1);
}

TEST_CASE("upkeep: under pressure checkpoints wait for 256 MiB") {
  for (const Pressure pressure : {Pressure::kHigh, Pressure::kSaturated}) {
    FaultyDb db;
    Upkeep upkeep(db);
    upkeep.committed(200 * kMiB);
    upkeep.after_step(pressure);
    CHECK(db.checkpoints == 0);
    upkeep.committed(57 * kMiB);
    upkeep.after_step(pressure);
    CHECK(db.checkpoints == 1);
  }
}

TEST_CASE("upkeep: a WAL that stays beyond 256 MiB is begun anew once, until it has shrunk") {
  FaultyDb db;
  Upkeep upkeep(db);
  const auto checkpoint_at = [&](std::int64_t wal_bytes) {
    db.wal = wal_bytes;
    upkeep.committed(20 * kMiB);
    upkeep.after_step(Pressure::kOk);
  };
  checkpoint_at(256 * kMiB);
  CHECK(db.restarts == 0);
  for (int i = 0; i < 3; ++i) checkpoint_at(300 * kMiB);
  CHECK(db.checkpoints == 4);
  CHECK(db.restarts == 1);
  checkpoint_at(64 * kMiB);
  checkpoint_at(300 * kMiB);
  CHECK(db.restarts == 2);
}

}  // namespace traceway::pipeline
