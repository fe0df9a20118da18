#include "storage/migrate.h"

#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"
#include "embed/embedded.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>

namespace traceway {

namespace {

constexpr std::string_view kSuffix = ".up.sql";
constexpr std::size_t kDigits = 4;

[[noreturn]] void defect(std::string_view message, std::string_view path) {
  log::error("storage", message, {{"file", path}});
  std::abort();
}

/// `NNNN_name.up.sql` as a step; empty when the file is not named so.
std::optional<MigrationStep> step_of(std::string_view file_name, std::string_view sql) {
  if (!file_name.ends_with(kSuffix) || file_name.size() <= kDigits + 1 + kSuffix.size()) {
    return std::nullopt;
  }
  const auto number = text::parse_int(file_name.substr(0, kDigits));
  if (!number || *number < 1 || file_name[kDigits] != '_') return std::nullopt;
  MigrationStep step;
  step.number = static_cast<int>(*number);
  step.name = file_name.substr(kDigits + 1);
  step.name.remove_suffix(kSuffix.size());
  step.sql = sql;
  const auto digest = crypto::sha256(sql);
  step.checksum = text::to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
  return step;
}

std::vector<MigrationStep> load(std::string_view database) {
  std::vector<MigrationStep> steps;
  const std::string prefix = std::string(database) + "/migrations/";
  for (const embed::SqlFile& file : embed::sql_files()) {
    if (!file.path.starts_with(prefix)) continue;
    auto step = step_of(file.path.substr(prefix.size()), file.text);
    if (!step) defect("a migration file is not named NNNN_what_it_does.up.sql", file.path);
    steps.push_back(std::move(*step));
  }
  std::ranges::sort(steps, {}, &MigrationStep::number);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].number != static_cast<int>(i) + 1) {
      defect("migration numbers have a hole or repeat", steps[i].name);
    }
  }
  return steps;
}

}  // namespace

const std::vector<MigrationStep>& migration_steps(std::string_view database) {
  static const std::map<std::string_view, std::vector<MigrationStep>> all = {
      {"main", load("main")}, {"telemetry", load("telemetry")}};
  const auto found = all.find(database);
  if (found == all.end()) defect("no such database", database);
  return found->second;
}

Result<std::size_t> check_history(std::span<const MigrationStep> steps,
                                  std::span<const AppliedMigration> applied) {
  for (std::size_t i = 0; i < applied.size(); ++i) {
    const AppliedMigration& one = applied[i];
    const std::string called = std::to_string(one.number) + " (" + one.name + ")";
    if (one.number != static_cast<int>(i) + 1) {
      return fail(ErrorCode::kInvalid,
                  "the database's migration history has a hole before number " + called +
                      "; restore a backup");
    }
    if (i >= steps.size()) {
      return fail(ErrorCode::kInvalid,
                  "the database was written by a newer Traceway: it has migration " + called +
                      ", this version knows " + std::to_string(steps.size()) +
                      "; run that version, or restore a backup made before the upgrade");
    }
    if (one.name != steps[i].name || one.checksum != steps[i].checksum) {
      return fail(
          ErrorCode::kInvalid,
          "migration " + called + " of the database differs from the one in this version (" +
              std::string(steps[i].name) + "); run the version that wrote it, or restore a backup");
    }
  }
  return applied.size();
}

}  // namespace traceway
