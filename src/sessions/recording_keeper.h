// What becomes of old recordings: rows first, then the files that no row names. Source: ingest 7.6.
#pragma once

#include "base/result.h"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <thread>

namespace traceway {
struct Services;
}

namespace traceway::sessions {

/// What one round has done.
struct KeeperRound {
  std::uint64_t expired_rows = 0;   ///< sessions and recordings
  std::uint64_t removed_files = 0;  ///< of those, of deleted projects, and of requests that failed
};

/// A thread of its own, at start and then hourly: sessions and recordings past
/// `--recording-retention-days` leave in slices of 500 by the road of the data, so that ingestion
/// never waits long. A file without a row goes when it is a day old: its row may still be on its
/// way through a disk that was full.
class RecordingKeeper {
 public:
  explicit RecordingKeeper(Services& services) : services_(services) {}

  RecordingKeeper(const RecordingKeeper&) = delete;
  RecordingKeeper& operator=(const RecordingKeeper&) = delete;

  ~RecordingKeeper() { stop(); }

  void start();
  /// Waits for the slice that it is at. Idempotent.
  void stop();

  /// One round on the caller's thread, cut short by `stop`. Errors: those of the database.
  [[nodiscard]] Result<KeeperRound> run_once(const std::stop_token& stop);

 private:
  void run(const std::stop_token& stop);

  Services& services_;
  std::mutex mutex_;  // guards nothing but the sleep
  std::condition_variable_any changed_;
  std::jthread thread_;  // start() and stop() on one thread
};

}  // namespace traceway::sessions
