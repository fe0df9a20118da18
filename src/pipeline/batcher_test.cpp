#include "pipeline/batcher.h"

#include <doctest/doctest.h>

namespace traceway::pipeline {
namespace {

using namespace std::chrono_literals;

void push(JobRing& ring, std::uint32_t records, std::size_t bytes, bool has_ticket = true) {
  auto job = std::make_unique<Job>();
  job->prepared.records = records;
  job->prepared.bytes = bytes;
  if (has_ticket) job->on_committed = [](const CommitResult&) {};
  REQUIRE(ring.try_push(job));
}

std::size_t next_batch(const Batcher& batcher, JobRing& ring) {
  Batch batch;
  batcher.take(ring, batch);
  return batch.jobs.size();
}

}  // namespace

TEST_CASE("batcher: bulk records weigh one row per 64, rounded up") {
  Prepared job;
  for (const auto& [records, rows] :
       {std::pair{0U, 0U}, std::pair{1U, 1U}, std::pair{64U, 1U}, std::pair{65U, 2U}}) {
    job.records = records;
    CHECK(rows_of(job) == rows);
  }
}

TEST_CASE("batcher: each cap bounds a batch, and a job beyond them travels alone") {
  JobRing ring(16);
  const Batcher batcher({.jobs = 3, .rows = 10, .bytes = 1000});
  for (int i = 0; i < 4; ++i) push(ring, 1, 10);
  CHECK(next_batch(batcher, ring) == 3);  // jobs
  CHECK(next_batch(batcher, ring) == 1);
  for (int i = 0; i < 3; ++i) push(ring, 5 * 64, 10);
  CHECK(next_batch(batcher, ring) == 2);  // rows
  CHECK(next_batch(batcher, ring) == 1);
  for (int i = 0; i < 3; ++i) push(ring, 1, 400);
  CHECK(next_batch(batcher, ring) == 2);  // bytes
  CHECK(next_batch(batcher, ring) == 1);
  push(ring, 1000 * 64, 100'000);
  push(ring, 1, 10);
  CHECK(next_batch(batcher, ring) == 1);
  CHECK(next_batch(batcher, ring) == 1);
  CHECK(next_batch(batcher, ring) == 0);
}

TEST_CASE("batcher: a batch adds up its jobs and knows whether anybody waits") {
  JobRing ring(4);
  const Batcher batcher({.jobs = 10, .rows = 10, .bytes = 1000});
  Batch batch;
  push(ring, 3, 10, false);
  CHECK_FALSE(batcher.take(ring, batch));
  CHECK_FALSE(batch.has_waiting);
  push(ring, 65, 20, true);
  CHECK_FALSE(batcher.take(ring, batch));
  CHECK(batch.has_waiting);
  CHECK(batch.records == 68);
  CHECK(batch.rows == 3);
  CHECK(batch.bytes == 30);
  batch.clear();
  CHECK(batch.is_empty());
  CHECK(batch.rows + batch.bytes + batch.records == 0);
}

TEST_CASE("batcher: pressure raises the caps at once, ten quiet commits take one step back") {
  Batcher batcher({.jobs = 200, .rows = 1000, .bytes = 8U << 20U});
  batcher.after_commit(Pressure::kElevated, 1ms);
  CHECK(batcher.caps().jobs == 400);
  CHECK(batcher.caps().rows == 2000);
  batcher.after_commit(Pressure::kSaturated, 1ms);
  CHECK(batcher.caps().jobs == 1000);
  CHECK(batcher.caps().rows == 5000);
  CHECK(batcher.caps().bytes == 32U << 20U);
  for (int i = 0; i < 9; ++i) batcher.after_commit(Pressure::kOk, 1ms);
  CHECK(batcher.caps().rows == 5000);
  batcher.after_commit(Pressure::kOk, 1ms);
  CHECK(batcher.caps().rows == 2000);
  for (int i = 0; i < 9; ++i) batcher.after_commit(Pressure::kOk, 1ms);
  batcher.after_commit(Pressure::kElevated, 1ms);  // the row of quiet commits starts again
  for (int i = 0; i < 10; ++i) batcher.after_commit(Pressure::kOk, 1ms);
  CHECK(batcher.caps().rows == 1000);
}

TEST_CASE("batcher: slow commits halve the row cap down to 64, a fast one restores it") {
  Batcher batcher({.jobs = 200, .rows = 1000, .bytes = 8U << 20U});
  batcher.after_commit(Pressure::kOk, 251ms);
  CHECK(batcher.caps().rows == 500);
  for (int i = 0; i < 10; ++i) batcher.after_commit(Pressure::kSaturated, 300ms);
  CHECK(batcher.caps().rows == 64);
  batcher.after_commit(Pressure::kOk, 250ms);
  CHECK(batcher.caps().rows == 5000);
}

}  // namespace traceway::pipeline
