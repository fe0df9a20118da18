#include "pipeline/committer.h"

#include "base/log.h"

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <utility>

namespace traceway::pipeline {

namespace {

constexpr int kContentionRetries = 12;
constexpr std::chrono::milliseconds kFirstBackoff{5};
constexpr std::chrono::milliseconds kMaxBackoff{250};
constexpr std::chrono::seconds kProbe{1};
constexpr std::chrono::seconds kLongProbe{5};
constexpr int kShortProbes = 10;
constexpr WriteFailure kOutOfMemory{WriteFailureClass::kUnknown, WriteRetry::kOnce};
constexpr const char* kFallback = "write_batch_fallback";
constexpr const char* kDrain = "drain";

/// The name under which losses of this batch are counted.
const char* operation_of(const Batch& batch) {
  return batch.records == 1 ? "write_trace" : kFallback;
}

/// "SQLITE_FULL (13): ..." -> "SQLITE_FULL"; without such a name, the class.
std::string_view code_of(std::string_view detail, WriteFailureClass failure) {
  if (!detail.starts_with("SQLITE_")) return name_of(failure);
  return detail.substr(0, detail.find_first_of(" :"));
}

std::chrono::milliseconds backoff(int tries) {
  return std::min(kFirstBackoff * (1 << std::min(tries, 10)), kMaxBackoff);
}

}  // namespace

std::optional<std::chrono::duration<double, std::milli>> Committer::commit(Batch& batch) {
  HookedBatch hooked(parts_.hooks, batch.records);
  Attempt attempt = write(batch.jobs, &TelemetryDb::append);
  const bool is_refused =
      attempt.failure.retry == WriteRetry::kNever || attempt.failure.retry == WriteRetry::kOnce;
  if (!attempt.written && is_refused) attempt = write(batch.jobs, &TelemetryDb::append_each);
  std::optional<Milliseconds> took;
  if (attempt.written) {
    finish(batch, *attempt.written, hooked);
    took = last_append_;
  } else if (is_out_of_time(attempt)) {
    hooked.failed(batch.records, WriteFailureClass::kTimeout, kDrain, attempt.detail);
    give_up(batch);
  } else {
    reject_all_of(batch, attempt, hooked);
  }
  batch.clear();
  return took;
}

void Committer::give_up(Batch& batch) {
  for (std::size_t i = 0; i < batch.jobs.size(); ++i) abandon(batch, i);
  batch.clear();
}

void Committer::reject_all(Batch& batch) {
  for (std::size_t i = 0; i < batch.jobs.size(); ++i) {
    reject(batch, i, kOutOfMemory, kFallback);
  }
  batch.clear();
}

bool Committer::is_out_of_time(const Attempt& attempt) const {
  // What is wrong with a job itself stays its reason; only what could still have healed is a matter
  // of time.
  return attempt.failure.can_heal() && parts_.waiter.is_past_deadline();
}

DrainReport Committer::lost() const {
  return {lost_jobs_, lost_records_, {lost_projects_.begin(), lost_projects_.end()}};
}

// --- one transaction and its retries ---

Committer::Attempt Committer::write(std::span<Prepared> jobs, Append append) {
  std::array<int, 4> tries{};  // by WriteRetry
  while (true) {
    Attempt attempt = append_once(jobs, append);
    if (attempt.written) {
      leave_degraded();
      return attempt;
    }
    parts_.counters.error_seen(code_of(attempt.detail, attempt.failure.failure_class));
    if (!should_retry(attempt, tries[static_cast<std::size_t>(attempt.failure.retry)]++)) {
      return attempt;
    }
  }
}

Committer::Attempt Committer::append_once(std::span<Prepared> jobs, Append append) {
  const auto begin = std::chrono::steady_clock::now();
  Attempt attempt;
  try {
    if (auto written = (parts_.db.*append)(jobs)) {
      attempt.written = std::move(*written);
    } else {
      attempt.failure = parts_.db.last_failure();
      attempt.detail =
          written.error().detail.empty() ? written.error().message : written.error().detail;
    }
  } catch (const std::bad_alloc& thrown) {
    attempt.failure = kOutOfMemory;
    attempt.detail = thrown.what();
  } catch (const std::exception& thrown) {
    // The batch must not die with the exception: its clients wait.
    attempt.detail = thrown.what();
  }
  last_append_ = std::chrono::steady_clock::now() - begin;
  return attempt;
}

bool Committer::should_retry(const Attempt& attempt, int tries) {
  switch (attempt.failure.retry) {
    case WriteRetry::kWithBackoff:
      return tries < kContentionRetries && parts_.waiter.pause(backoff(tries));
    case WriteRetry::kUntilHealed:
      return tries == 0 || wait_degraded(attempt, tries);
    case WriteRetry::kOnce:
      return tries == 0;
    case WriteRetry::kNever:
      return false;
  }
  return false;
}

bool Committer::wait_degraded(const Attempt& attempt, int tries) {
  if (!parts_.is_degraded.exchange(true)) {
    log::error("pipeline", "storage is degraded: ingestion is refused until it heals",
               {{"code", code_of(attempt.detail, attempt.failure.failure_class)},
                {"detail", attempt.detail}});
  }
  return parts_.waiter.pause(tries <= kShortProbes ? kProbe : kLongProbe);
}

void Committer::leave_degraded() {
  if (parts_.is_degraded.exchange(false)) log::info("pipeline", "storage has recovered");
}

// --- tickets ---

void Committer::finish(Batch& batch, const Written& written, HookedBatch& hooked) {
  // Counted before anybody is told: who asks for the numbers after an answer finds its own records
  // in them.
  std::uint64_t rejected = 0;
  for (const RejectedRecords& one : written.rejected) rejected += one.count;
  parts_.counters.committed(batch.records - rejected, written.repeated_jobs, last_append_.count(),
                            batch.rows);
  hooked.committed(batch.records - rejected);
  if (rejected > 0) count_rejected(batch, written, hooked);
  auto next = written.rejected.begin();
  for (std::size_t i = 0; i < batch.jobs.size(); ++i) {
    const auto first = next;
    CommitResult result{.is_committed = true};
    for (; next != written.rejected.end() && next->job == i; ++next) result.rejected += next->count;
    result.rejections = {first, next};
    resolve(batch, i, result);
  }
  tell_observers(written);
}

void Committer::count_rejected(const Batch& batch, const Written& written, HookedBatch& hooked) {
  const char* const operation = operation_of(batch);
  std::uint64_t count = 0;
  for (const RejectedRecords& one : written.rejected) {
    count += one.count;
    parts_.counters.lost(one.count, one.failure_class, operation, parts_.clock.now_ns());
    parts_.counters.error_seen(code_of(one.detail, one.failure_class));
    hooked.failed(one.count, one.failure_class, operation, one.detail);
  }
  const RejectedRecords& first = written.rejected.front();
  log::error("pipeline", "records could not be stored",
             {{"class", name_of(first.failure_class)},
              {"code", code_of(first.detail, first.failure_class)},
              {"records", count},
              {"detail", first.detail}});
}

void Committer::reject_all_of(Batch& batch, const Attempt& attempt, HookedBatch& hooked) {
  const WriteFailureClass failure_class = attempt.failure.failure_class;
  const char* const operation = operation_of(batch);
  hooked.failed(batch.records, failure_class, operation, attempt.detail);
  log::error("pipeline", "a batch could not be written",
             {{"class", name_of(failure_class)},
              {"code", code_of(attempt.detail, failure_class)},
              {"records", batch.records},
              {"detail", attempt.detail}});
  for (std::size_t i = 0; i < batch.jobs.size(); ++i) reject(batch, i, attempt.failure, operation);
}

void Committer::reject(Batch& batch, std::size_t index, const WriteFailure& failure,
                       const char* operation) {
  const std::uint32_t records = batch.jobs[index].records;
  parts_.counters.lost(records, failure.failure_class, operation, parts_.clock.now_ns());
  resolve(batch, index,
          {.is_committed = false,
           .rejected = records,
           .failure = failure.failure_class,
           .can_heal = failure.can_heal()});
}

void Committer::abandon(Batch& batch, std::size_t index) {
  ++lost_jobs_;
  lost_records_ += batch.jobs[index].records;
  lost_projects_.insert(batch.jobs[index].project);
  reject(batch, index, {WriteFailureClass::kTimeout, WriteRetry::kWithBackoff}, kDrain);
}

void Committer::resolve(Batch& batch, std::size_t index, const CommitResult& result) {
  // Emptied, so that a job is paid back and counted once whatever happens to the rest of its batch.
  Prepared& job = batch.jobs[index];
  parts_.budget.give_back(std::exchange(job.bytes, 0));
  job.records = 0;
  job.payload.reset();
  const OnCommitted ticket = std::exchange(batch.tickets[index], nullptr);
  if (!ticket) return;
  try {
    ticket(result);
  } catch (const std::exception& thrown) {
    log::error("pipeline", "a commit ticket threw", {{"what", thrown.what()}});
  }
}

void Committer::tell_observers(const Written& written) {
  for (CommitObserver* observer : parts_.observers) {
    try {
      observer->on_committed(written);
    } catch (const std::exception& thrown) {
      log::error("pipeline", "a commit observer threw", {{"what", thrown.what()}});
    }
  }
}

}  // namespace traceway::pipeline
