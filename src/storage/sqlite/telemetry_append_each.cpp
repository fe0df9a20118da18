// The fallback of the write half: what one record has that the file refuses costs that record only.
#include "storage/sqlite/rollback_guard.h"
#include "storage/sqlite/telemetry_append.h"

#include <exception>
#include <new>

namespace traceway::sqlite {

namespace {

/// Why something alone was refused.
struct Refusal {
  WriteFailureClass failure_class = WriteFailureClass::kUnknown;
  std::string detail;
};

/// Runs `work` inside a savepoint. A refusal: what it wrote is undone, and the transaction goes on.
/// A failure: the transaction is lost, or may succeed when it is repeated as a whole.
template <class Work>
Result<std::optional<Refusal>> attempt(Connection& connection, Work&& work) {
  if (auto begun = connection.control("SAVEPOINT attempt"); !begun) return fail(begun);
  std::optional<Refusal> refusal;
  try {
    if (const Result<void> done = work(); !done) {
      const WriteFailure failure = write_failure(connection.last_result_code());
      if (failure.can_heal() || !connection.in_transaction()) return fail(done);
      refusal = {failure.failure_class, done.error().detail};
    }
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& thrown) {
    refusal = {WriteFailureClass::kUnknown, thrown.what()};
  }
  Result<void> ended;
  if (refusal) ended = connection.control("ROLLBACK TO attempt");
  if (ended) ended = connection.control("RELEASE attempt");
  if (!ended) return fail(ended);
  return refusal;
}

}  // namespace

/// What one append_each() has done so far.
struct TelemetryAppender::Salvage {
  std::int64_t now_ns = 0;
  Written written;
  DigestMemory seen;
  std::vector<FreshPart> stored;  // parts of which at least something is stored

  void reject(std::size_t job, std::uint32_t first, std::uint32_t count, Refusal&& why) {
    written.committed_records -= count;
    written.rejected.push_back({job, first, count, why.failure_class, std::move(why.detail)});
  }
};

Result<Written> TelemetryAppender::append_each(std::span<Prepared> jobs) {
  Salvage salvage;
  salvage.now_ns = clock_.now_ns();
  if (auto begun = connection_.control("BEGIN IMMEDIATE"); !begun) return fail(begun);
  const RollbackGuard guard(connection_);
  const auto first_block = next_block_;
  Result<void> done;
  for (std::size_t i = 0; i < jobs.size() && done; ++i) done = write_alone(jobs, i, salvage);
  if (done) done = write_digests(salvage.stored, salvage.now_ns);
  if (done) done = connection_.control("COMMIT");
  if (!done) {
    next_block_ = first_block;
    return fail(done);
  }
  remember(salvage.stored, salvage.now_ns);
  return std::move(salvage.written);
}

Result<void> TelemetryAppender::write_alone(std::span<const Prepared> jobs, std::size_t index,
                                            Salvage& salvage) {
  const auto job = jobs.subspan(index, 1);
  const auto fresh = fresh_parts(job, salvage.now_ns, salvage.seen, salvage.written);
  const auto refusal = attempt(connection_, [&] {
    auto done = write(fresh);
    return done ? write_commands(job) : done;
  });
  if (!refusal) return fail(refusal);
  if (!*refusal) {
    salvage.stored.insert(salvage.stored.end(), fresh.begin(), fresh.end());
    return {};
  }
  if (fresh.empty()) {  // commands: together or not at all
    salvage.reject(index, 0, job.front().records, Refusal(**refusal));
    return {};
  }
  for (const FreshPart& part : fresh) {
    if (auto done = write_records(part, index, salvage); !done) return done;
  }
  return {};
}

Result<void> TelemetryAppender::write_records(const FreshPart& part, std::size_t job,
                                              Salvage& salvage) {
  std::uint32_t kept = 0;
  std::uint32_t next = part.first;
  const auto write_unit = [&](const FreshPart& unit, std::uint32_t records) -> Result<void> {
    auto refusal = attempt(connection_, [&] { return write(std::span(&unit, 1)); });
    if (!refusal) return fail(refusal);
    if (*refusal) {
      salvage.reject(job, next, records, std::move(**refusal));
    } else {
      kept += records;
    }
    next += records;
    return {};
  };
  FreshPart block = part;
  block.exceptions = {};
  const auto in_block = part.records - static_cast<std::uint32_t>(part.exceptions.size());
  Result<void> done;
  if (in_block > 0) done = write_unit(block, in_block);
  for (std::size_t i = 0; i < part.exceptions.size() && done; ++i) {
    FreshPart one;
    one.project = part.project;
    one.exceptions = part.exceptions.subspan(i, 1);
    done = write_unit(one, 1);
  }
  // A part of which nothing could be stored is no repeat when it comes again.
  if (kept > 0) salvage.stored.push_back(part);
  return done;
}

}  // namespace traceway::sqlite
