#include "pipeline/upkeep.h"

#include "base/log.h"

namespace traceway::pipeline {

namespace {

constexpr std::chrono::milliseconds kIdleBeforeCheckpoint{200};
constexpr std::chrono::minutes kForgetEvery{1};
constexpr std::int64_t kWalTarget = 16LL << 20U;
constexpr std::int64_t kWalLimit = 256LL << 20U;

}  // namespace

void Upkeep::committed(std::size_t bytes) {
  bytes_since_checkpoint_ += static_cast<std::int64_t>(bytes);
  last_commit_ = SteadyClock::now();
  is_dirty_ = true;
}

void Upkeep::after_step(Pressure pressure) {
  const auto now = SteadyClock::now();
  if (is_dirty_) {
    const bool is_pressed = pressure == Pressure::kHigh || pressure == Pressure::kSaturated;
    const bool is_idle = now - last_commit_ >= kIdleBeforeCheckpoint;
    const std::int64_t allowed = is_pressed ? kWalLimit : kWalTarget;
    const bool is_over =
        bytes_since_checkpoint_ > allowed || db_.wal_bytes() > wal_bytes_at_checkpoint_ + allowed;
    if (is_idle || is_over) checkpoint();
  }
  if (now - last_forget_ >= kForgetEvery) {
    last_forget_ = now;
    apply(Command::Kind::kForgetDigests, "old request digests could not be forgotten");
  }
}

std::chrono::nanoseconds Upkeep::idle_wait() const {
  if (!is_dirty_) return kForgetEvery;
  const auto idle_for = SteadyClock::now() - last_commit_;
  return idle_for >= kIdleBeforeCheckpoint ? std::chrono::nanoseconds(0)
                                           : kIdleBeforeCheckpoint - idle_for;
}

void Upkeep::checkpoint() {
  apply(Command::Kind::kCheckpoint, "a checkpoint failed");
  is_dirty_ = false;
  bytes_since_checkpoint_ = 0;
  wal_bytes_at_checkpoint_ = db_.wal_bytes();
  const bool is_held = wal_bytes_at_checkpoint_ > kWalLimit;
  if (is_held && !is_wal_held_) {
    log::warn("pipeline", "the WAL cannot shrink: a reader holds an old snapshot",
              {{"wal_bytes", wal_bytes_at_checkpoint_}});
    // Waits for that reader, for as long as the busy timeout allows: once, not at every turn.
    apply(Command::Kind::kRestartCheckpoint, "a checkpoint that begins the WAL anew failed");
  }
  is_wal_held_ = is_held;
}

void Upkeep::apply(Command::Kind kind, const char* failure_message) {
  if (auto done = db_.apply({.kind = kind, .project = {}, .params = {}}); !done) {
    log::warn("pipeline", failure_message, {{"detail", done.error().detail}});
  }
}

}  // namespace traceway::pipeline
