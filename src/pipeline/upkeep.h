// What the writer does between commits: WAL checkpoints and forgetting old request digests.
#pragma once

#include "pipeline/diagnostics.h"
#include "storage/telemetry_db.h"

#include <chrono>
#include <cstdint>

namespace traceway::pipeline {

/// Writer thread only. Checkpoints when nothing was committed for 200 ms, or when the WAL exceeds
/// 16 MiB (256 MiB under high pressure); a WAL that stays beyond 256 MiB is begun anew, once until
/// it is below that again. Forgets digests once a minute. Source: write-pipeline 2.1, 9.
class Upkeep {
 public:
  explicit Upkeep(TelemetryDb& db) : db_(db) {}

  /// Something was written: a checkpoint is due when the writer has been idle.
  void committed(std::size_t bytes);
  /// Does what is due; called once per turn of the writer's loop.
  void after_step(Pressure pressure);
  /// How long the writer may sleep before something is due.
  [[nodiscard]] std::chrono::nanoseconds idle_wait() const;

 private:
  using SteadyClock = std::chrono::steady_clock;

  void checkpoint();
  void apply(Command::Kind kind, const char* failure_message);

  TelemetryDb& db_;
  SteadyClock::time_point last_commit_ = SteadyClock::now();
  SteadyClock::time_point last_forget_ = SteadyClock::now();
  // The WAL file keeps its size when a checkpoint has emptied it, so growth is what counts.
  std::int64_t bytes_since_checkpoint_ = 0;
  std::int64_t wal_bytes_at_checkpoint_ = 0;
  bool is_dirty_ = false;     // committed since the last checkpoint
  bool is_wal_held_ = false;  // the WAL stayed over its limit: said once
};

}  // namespace traceway::pipeline
