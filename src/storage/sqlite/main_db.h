// The main database on SQLite: one write connection behind a mutex, a pool of readers.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "storage/main_db.h"
#include "storage/migrate.h"

#include <memory>
#include <string>

namespace traceway::sqlite {

struct MainDbOptions {
  std::string path;         ///< created when missing, readable by its owner only
  std::string backup_dir;   ///< where the copy before a pending migration goes
  std::size_t readers = 4;  ///< connections for reading at once
  int read_deadline_ms = 30'000;
};

/// Opens and migrates the file. Its destructor lets SQLite refresh its statistics and empties the
/// WAL. Errors: a sentence for the operator that names the file and says what to do; kInvalid for
/// those of migrate(), kUnavailable when the file cannot be opened.
[[nodiscard]] Result<std::unique_ptr<MainDb>> open_main_db(const MainDbOptions& options,
                                                           const Clock& clock);

}  // namespace traceway::sqlite
