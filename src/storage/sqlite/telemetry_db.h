// The telemetry database on SQLite: columnar blocks for spans, rows for the rest, one writer
// connection and a pool of readers.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "storage/telemetry_db.h"

#include <cstdint>
#include <memory>
#include <string>

namespace traceway::sqlite {

struct TelemetryDbOptions {
  std::string path;                 ///< created when missing, readable by its owner only
  std::string backup_dir;           ///< where the copy before a pending migration goes
  bool is_durability_full = false;  ///< every commit is synced: survives a power cut
  std::size_t readers = 4;          ///< connections for reading at once
  int read_deadline_ms = 30'000;    ///< of one question
  std::uint64_t max_pages = 0;      ///< testing aid: the file is full at this many; 0 = no limit
};

/// Opens and migrates the file and remembers the digests of its last 15 minutes. `clock` must
/// outlive it. Closing empties the WAL. Errors: a sentence for the operator that names the file and
/// says what to do; kInvalid for those of migrate(), kUnavailable when the file cannot be opened.
[[nodiscard]] Result<std::unique_ptr<TelemetryDb>> open_telemetry_db(
    const TelemetryDbOptions& options, const Clock& clock);

}  // namespace traceway::sqlite
