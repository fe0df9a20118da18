#include "pipeline/batcher.h"

#include <algorithm>

namespace traceway::pipeline {

namespace {

constexpr std::size_t kRecordsPerRow = 64;
constexpr int kOkCommitsPerStep = 10;
constexpr std::chrono::milliseconds kSlowCommit{250};
constexpr std::size_t kMinRows = 64;
// Per level: jobs and rows grow fivefold at most, bytes (which cost memory twice) fourfold.
constexpr std::size_t kCountFactor[] = {1, 2, 5};
constexpr std::size_t kBytesFactor[] = {1, 2, 4};

}  // namespace

std::size_t rows_of(const Prepared& job) {
  return (job.records + kRecordsPerRow - 1) / kRecordsPerRow;
}

void Batch::reserve_one() {
  if (jobs.size() < jobs.capacity() && tickets.size() < tickets.capacity()) return;
  const std::size_t room = std::max<std::size_t>(64, 2 * jobs.size());
  jobs.reserve(room);
  tickets.reserve(room);
}

void Batch::add(std::unique_ptr<Job> job) noexcept {
  rows += rows_of(job->prepared);
  bytes += job->prepared.bytes;
  records += job->prepared.records;
  has_waiting = has_waiting || static_cast<bool>(job->on_committed);
  jobs.push_back(std::move(job->prepared));
  tickets.push_back(std::move(job->on_committed));
}

void Batch::clear() {
  jobs.clear();
  tickets.clear();
  rows = 0;
  bytes = 0;
  records = 0;
  has_waiting = false;
}

Batcher::Batcher(BatchCaps defaults) : defaults_(defaults), caps_(defaults) {}

bool Batcher::take(JobRing& ring, Batch& batch) const {
  std::unique_ptr<Job> job;
  while (const std::unique_ptr<Job>* next = ring.front()) {
    const Prepared& prepared = (*next)->prepared;
    const bool fits = batch.jobs.size() < caps_.jobs &&
                      batch.rows + rows_of(prepared) <= caps_.rows &&
                      batch.bytes + prepared.bytes <= caps_.bytes;
    if (!fits && !batch.is_empty()) return true;
    batch.reserve_one();
    if (!ring.try_pop(job)) return false;
    batch.add(std::move(job));
  }
  return batch.jobs.size() >= caps_.jobs;
}

void Batcher::after_commit(Pressure pressure,
                           std::chrono::duration<double, std::milli> commit_time) {
  const std::size_t rows_before = caps_.rows;
  if (pressure == Pressure::kOk) {
    if (level_ > 0 && ++ok_commits_ >= kOkCommitsPerStep) {
      ok_commits_ = 0;
      --level_;
    }
  } else {
    ok_commits_ = 0;
    level_ = std::max(level_, pressure == Pressure::kElevated ? 1 : 2);
  }
  apply_level();
  if (commit_time > kSlowCommit) {
    caps_.rows = std::min(caps_.rows, std::max(rows_before / 2, kMinRows));
  }
}

void Batcher::apply_level() {
  const auto level = static_cast<std::size_t>(level_);
  caps_ = {defaults_.jobs * kCountFactor[level], defaults_.rows * kCountFactor[level],
           defaults_.bytes * kBytesFactor[level]};
}

}  // namespace traceway::pipeline
