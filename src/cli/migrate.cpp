#include "app/data_dir.h"
#include "base/log.h"
#include "cli/cli.h"
#include "storage/sqlite/main_db.h"
#include "storage/sqlite/telemetry_db.h"

#include <iostream>

namespace traceway::cli {

namespace {

constexpr int kFailed = 1;

Result<void> migrate_all(const Config& config) {
  const SystemClock clock;
  auto directory = DataDir::open(config.data_dir, config.allow_low_disk);
  if (!directory) return fail(directory);
  auto main_db =
      sqlite::open_main_db({(*directory)->main_db_path(), (*directory)->backup_dir()}, clock);
  if (!main_db) return fail(main_db);
  sqlite::TelemetryDbOptions options;
  options.path = (*directory)->telemetry_db_path();
  options.backup_dir = (*directory)->backup_dir();
  auto telemetry_db = sqlite::open_telemetry_db(options, clock);
  if (!telemetry_db) return fail(telemetry_db);
  return {};
}

}  // namespace

int migrate(const config::Resolved& resolved) {
  if (auto ok = migrate_all(resolved.config); !ok) {
    std::cerr << "traceway: " << ok.error().message << "\n";
    return kFailed;
  }
  std::cout << "Both databases in " << resolved.config.data_dir << " are up to date.\n";
  return 0;
}

}  // namespace traceway::cli
