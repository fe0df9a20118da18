#include "pipeline/committer.h"

#include "base/log.h"

#include <algorithm>
#include <exception>

namespace traceway::pipeline {

namespace {

constexpr int kContentionRetries = 12;
constexpr std::chrono::milliseconds kFirstBackoff{5};
constexpr std::chrono::milliseconds kMaxBackoff{250};
constexpr std::chrono::seconds kProbe{1};
constexpr std::chrono::seconds kLongProbe{5};
constexpr int kShortProbes = 10;

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
  Attempt attempt = write(batch.jobs);
  std::optional<Milliseconds> took;
  if (attempt.written) {
    finish(batch, 0, batch.jobs.size(), *attempt.written);
    took = last_append_;
  } else if (is_out_of_time(attempt)) {
    give_up(batch);
  } else if (attempt.failure == WriteFailureClass::kContention || batch.jobs.size() == 1) {
    const char* operation = batch.records == 1 ? "write_trace" : "write_batch_fallback";
    for (std::size_t i = 0; i < batch.jobs.size(); ++i) {
      reject(batch, i, attempt.failure, operation);
    }
    log::error("pipeline", "a batch could not be written",
               {{"class", name_of(attempt.failure)},
                {"code", code_of(attempt.detail, attempt.failure)},
                {"records", batch.records},
                {"detail", attempt.detail}});
  } else {
    commit_each(batch, attempt);
  }
  batch.clear();
  return took;
}

void Committer::commit_each(Batch& batch, const Attempt& whole) {
  std::uint64_t rejected = 0;
  for (std::size_t i = 0; i < batch.jobs.size(); ++i) {
    if (parts_.waiter.is_past_deadline()) {
      abandon(batch, i);
      continue;
    }
    const std::uint32_t records = batch.jobs[i].records;
    Attempt alone = write(std::span(&batch.jobs[i], 1));
    if (alone.written) {
      finish(batch, i, 1, *alone.written);
    } else if (is_out_of_time(alone)) {
      abandon(batch, i);
    } else {
      rejected += records;
      reject(batch, i, alone.failure, "write_batch_fallback");
    }
  }
  log::error("pipeline", "a batch failed and was written request by request",
             {{"class", name_of(whole.failure)},
              {"code", code_of(whole.detail, whole.failure)},
              {"rejected_records", rejected},
              {"detail", whole.detail}});
}

void Committer::give_up(Batch& batch) {
  for (std::size_t i = 0; i < batch.jobs.size(); ++i) abandon(batch, i);
  batch.clear();
}

void Committer::reject_all(Batch& batch) {
  for (std::size_t i = 0; i < batch.jobs.size(); ++i) {
    reject(batch, i, WriteFailureClass::kUnknown, "write_batch_fallback");
  }
  batch.clear();
}

bool Committer::is_out_of_time(const Attempt& attempt) const {
  // What is wrong with a job itself stays its reason; only what could still have healed is a matter
  // of time.
  const bool can_heal = attempt.failure == WriteFailureClass::kContention ||
                        attempt.failure == WriteFailureClass::kConnection;
  return can_heal && parts_.waiter.is_past_deadline();
}

DrainReport Committer::lost() const {
  return {lost_jobs_, lost_records_, {lost_projects_.begin(), lost_projects_.end()}};
}

// --- one transaction and its retries ---

Committer::Attempt Committer::write(std::span<Prepared> jobs) {
  for (int tries = 0;; ++tries) {
    Attempt attempt = append_once(jobs);
    if (attempt.written) {
      leave_degraded();
      return attempt;
    }
    parts_.counters.error_seen(code_of(attempt.detail, attempt.failure));
    if (!should_retry(attempt, tries)) return attempt;
  }
}

Committer::Attempt Committer::append_once(std::span<Prepared> jobs) {
  const auto begin = std::chrono::steady_clock::now();
  Attempt attempt;
  try {
    if (auto written = parts_.db.append(jobs)) {
      attempt.written = std::move(*written);
    } else {
      attempt.failure = parts_.db.last_failure_class();
      attempt.detail =
          written.error().detail.empty() ? written.error().message : written.error().detail;
    }
  } catch (const std::exception& thrown) {
    // Out of memory while binding, most likely. The batch must not die with the exception: its
    // clients wait.
    attempt.detail = thrown.what();
  }
  last_append_ = std::chrono::steady_clock::now() - begin;
  return attempt;
}

bool Committer::should_retry(const Attempt& attempt, int tries) {
  switch (attempt.failure) {
    case WriteFailureClass::kContention:
      return tries < kContentionRetries && parts_.waiter.pause(backoff(tries));
    case WriteFailureClass::kConnection:
      return tries == 0 || wait_degraded(attempt, tries);
    case WriteFailureClass::kUnknown:
      return tries == 0;
    case WriteFailureClass::kTimeout:
    case WriteFailureClass::kConstraint:
      return false;
  }
  return false;
}

bool Committer::wait_degraded(const Attempt& attempt, int tries) {
  if (!parts_.is_degraded.exchange(true)) {
    log::error("pipeline", "storage is degraded: ingestion is refused until it heals",
               {{"code", code_of(attempt.detail, attempt.failure)}, {"detail", attempt.detail}});
  }
  return parts_.waiter.pause(tries <= kShortProbes ? kProbe : kLongProbe);
}

void Committer::leave_degraded() {
  if (parts_.is_degraded.exchange(false)) log::info("pipeline", "storage has recovered");
}

// --- tickets ---

void Committer::finish(Batch& batch, std::size_t first, std::size_t count, const Written& written) {
  // Counted before anybody is told: who asks for the numbers after an answer finds its own records
  // in them.
  std::size_t rows = 0;
  for (std::size_t i = first; i < first + count; ++i) rows += rows_of(batch.jobs[i]);
  parts_.counters.committed(written, last_append_.count(), rows);
  std::uint64_t skipped = 0;
  for (const std::uint32_t rejected : written.rejected) skipped += rejected;
  if (skipped > 0) {
    parts_.counters.lost(skipped, WriteFailureClass::kConstraint, "write_batch_fallback",
                         parts_.clock.now_ns());
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t rejected = i < written.rejected.size() ? written.rejected[i] : 0;
    resolve(batch, first + i, {.is_committed = true, .rejected = rejected});
  }
  tell_observers(written);
}

void Committer::reject(Batch& batch, std::size_t index, WriteFailureClass failure,
                       const char* operation) {
  const std::uint32_t records = batch.jobs[index].records;
  parts_.counters.lost(records, failure, operation, parts_.clock.now_ns());
  resolve(batch, index, {.is_committed = false, .rejected = records, .failure = failure});
}

void Committer::abandon(Batch& batch, std::size_t index) {
  ++lost_jobs_;
  lost_records_ += batch.jobs[index].records;
  lost_projects_.insert(batch.jobs[index].project);
  reject(batch, index, WriteFailureClass::kTimeout, "drain");
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
