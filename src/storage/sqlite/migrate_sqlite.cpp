#include "storage/sqlite/migrate_sqlite.h"

#include "base/log.h"

#include <filesystem>
#include <functional>

namespace traceway::sqlite {

namespace {

const Query& shared(std::string_view name) {
  return query("shared", name);
}

Result<std::vector<AppliedMigration>> applied_migrations(Connection& connection) {
  auto rows = connection.run(shared("schema.applied_migrations"), {});
  if (!rows) return fail(rows);
  std::vector<AppliedMigration> out;
  for (const Row& row : *rows) {
    out.push_back(
        {static_cast<int>(row.integer("number")), row.text("name"), row.text("checksum")});
  }
  return out;
}

/// How many steps are in the file, after checking that its history is ours.
Result<std::size_t> checked_history(Connection& connection, std::span<const MigrationStep> steps) {
  auto applied = applied_migrations(connection);
  if (!applied) return fail(applied);
  return check_history(steps, *applied);
}

Result<std::int64_t> count_tables(Connection& connection) {
  auto rows = connection.run(shared("schema.count_tables"), {});
  if (!rows) return fail(rows);
  return rows->empty() ? 0 : rows->front().integer("tables");
}

/// BEGIN, work, COMMIT if and only if the work succeeded.
template <class R>
R in_transaction(Connection& connection, std::string_view begin, const std::function<R()>& work) {
  if (auto begun = connection.control(begin); !begun) return fail(begun);
  R result = work();
  if (result) {
    auto committed = connection.control("COMMIT");
    if (committed) return result;
    result = fail(committed);
  }
  if (connection.in_transaction() && !connection.control("ROLLBACK")) {
    log::error("storage", "rollback of a migration failed");
  }
  return result;
}

/// Creates the table of the history; refuses a file that some other program filled.
Result<void> ensure_history(Connection& connection) {
  return in_transaction<Result<void>>(connection, "BEGIN IMMEDIATE", [&]() -> Result<void> {
    const auto before = count_tables(connection);
    if (!before) return fail(before);
    if (auto made = connection.run(shared("schema.create_migrations"), {}); !made) {
      return fail(made);
    }
    const auto after = count_tables(connection);
    if (!after) return fail(after);
    if (*after > *before && *before > 0) {
      return fail(ErrorCode::kInvalid,
                  "the database file has tables but no Traceway history, so it belongs to another "
                  "program; choose another data directory");
    }
    return {};
  });
}

/// `<dir>/<name>-before-0004-20261124T101500Z.db`
Result<std::string> back_up(Connection& connection, const MigrateOptions& options, int next_step,
                            const Clock& clock) {
  std::error_code failed;
  if (std::filesystem::create_directories(options.backup_dir, failed)) {
    std::filesystem::permissions(options.backup_dir, std::filesystem::perms::owner_all, failed);
  }
  if (failed) {
    return fail(ErrorCode::kUnavailable, "cannot create " + options.backup_dir, failed.message());
  }
  std::string moment = to_rfc3339(clock.now_ns()).substr(0, 19);
  std::erase_if(moment, [](char c) { return c == '-' || c == ':'; });
  std::string number = std::to_string(next_step);
  number.insert(0, number.size() < 4 ? 4 - number.size() : 0, '0');
  std::string path = options.backup_dir + "/" + options.database_name + "-before-" + number + "-" +
                     moment + "Z.db";
  if (auto done = connection.backup_to(path); !done) return fail(done);
  return path;
}

/// One step in one transaction under the exclusive lock. A step that another process finished
/// meanwhile is skipped.
Result<bool> apply_step(Connection& connection, std::span<const MigrationStep> steps,
                        std::size_t index, const Clock& clock) {
  const MigrationStep& step = steps[index];
  return in_transaction<Result<bool>>(connection, "BEGIN EXCLUSIVE", [&]() -> Result<bool> {
    const auto done = checked_history(connection, steps);
    if (!done) return fail(done);
    if (*done > index) return false;
    if (auto run = connection.control(step.sql); !run) {
      Error error = run.error();
      error.message = "migration " + std::to_string(step.number) + " (" + std::string(step.name) +
                      ") failed: " + error.detail;
      return tl::unexpected<Error>(std::move(error));
    }
    auto recorded =
        connection.run(shared("schema.record_migration"), {{"number", std::int64_t{step.number}},
                                                           {"name", to_value(step.name)},
                                                           {"checksum", step.checksum},
                                                           {"applied_at", clock.now_ns()}});
    if (!recorded) return fail(recorded);
    return true;
  });
}

}  // namespace

Result<MigrationReport> migrate(Connection& connection, const MigrateOptions& options,
                                const Clock& clock) {
  MigrationReport report;
  if (auto ready = ensure_history(connection); !ready) return fail(ready);
  const auto done = checked_history(connection, options.steps);
  if (!done) return fail(done);
  report.already = static_cast<int>(*done);
  if (*done == options.steps.size()) return report;

  if (*done > 0 && !options.backup_dir.empty()) {
    auto copied = back_up(connection, options, options.steps[*done].number, clock);
    if (!copied) return fail(copied);
    report.backup_path = std::move(*copied);
    log::info("storage", "backup taken before migration", {{"path", report.backup_path}});
  }
  for (std::size_t i = *done; i < options.steps.size(); ++i) {
    const auto applied = apply_step(connection, options.steps, i, clock);
    if (!applied) return fail(applied);
    if (*applied) ++report.applied;
  }
  log::info("storage", "database migrated",
            {{"database", options.database_name}, {"applied", report.applied}});
  return report;
}

}  // namespace traceway::sqlite
