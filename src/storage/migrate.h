// The migrations of a database and the rules of their history, shared by all engines; each engine
// applies them itself.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace traceway {

/// One file `NNNN_what_it_does.up.sql`: a single statement, immutable once released.
struct MigrationStep {
  int number = 0;         ///< from 1
  std::string_view name;  ///< "create_users"
  std::string_view sql;
  std::string checksum;  ///< SHA-256 of the file, hex
};

/// What a database says has been applied to it.
struct AppliedMigration {
  int number = 0;
  std::string name;
  std::string checksum;
};

/// What was done.
struct MigrationReport {
  int applied = 0;  ///< in this run
  int already = 0;  ///< before it
  std::string
      backup_path;  ///< the copy taken before the first pending step; empty when none was needed
};

/// The steps of "main" or "telemetry" from the embedded files, by number. A hole or a malformed
/// file name is a defect: it logs and aborts.
[[nodiscard]] const std::vector<MigrationStep>& migration_steps(std::string_view database);

/// How many of `steps` have been applied, so that the rest is pending. `applied` is ordered by
/// number. Errors: kInvalid, with a sentence for the operator, when the database is newer than the
/// program, when a recorded step differs from ours, or when its history has a hole.
[[nodiscard]] Result<std::size_t> check_history(std::span<const MigrationStep> steps,
                                                std::span<const AppliedMigration> applied);

}  // namespace traceway
