// The migrations runner, shared by all engines: numbered files, one statement each, checksums, one
// transaction a step.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace traceway {

struct MigrationStep {
  int number = 0;
  std::string_view name;  ///< "create_users"
  std::string_view sql;
  std::string checksum;  ///< SHA-256 of the file, hex
};

/// What was done and what would be.
struct MigrationReport {
  int applied = 0;
  int already = 0;
};

/// The steps of "main" or "telemetry" from the embedded files, by number, without holes.
[[nodiscard]] const std::vector<MigrationStep>& migration_steps(std::string_view database);

}  // namespace traceway
