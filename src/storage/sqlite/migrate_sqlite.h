// Applies pending migrations to a SQLite file: a backup copy first, then each step in its own
// exclusive transaction.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "storage/migrate.h"
#include "storage/sqlite/connection.h"

#include <span>
#include <string>

namespace traceway::sqlite {

struct MigrateOptions {
  std::span<const MigrationStep> steps;  ///< migration_steps("main") or ("telemetry")
  std::string database_name;             ///< names the backup: "traceway", "traceway_telemetry"
  std::string backup_dir;                ///< created when needed (0700); empty: no backup is taken
};

/// Brings the file behind a writer connection to the newest schema. Safe against a second process
/// doing the same. Errors: kInvalid with a sentence for the operator when the history is newer,
/// altered or has a hole, or when the file holds tables that are not ours; kUnavailable when the
/// backup or the disk fails. A failed step leaves nothing behind.
[[nodiscard]] Result<MigrationReport> migrate(Connection& connection, const MigrateOptions& options,
                                              const Clock& clock);

}  // namespace traceway::sqlite
