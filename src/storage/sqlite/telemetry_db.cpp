#include "storage/sqlite/telemetry_db.h"

#include "base/log.h"
#include "storage/migrate.h"
#include "storage/sqlite/batch_payload.h"
#include "storage/sqlite/block_reader.h"
#include "storage/sqlite/log_query.h"
#include "storage/sqlite/metric_query.h"
#include "storage/sqlite/migrate_sqlite.h"
#include "storage/sqlite/reader_pool.h"
#include "storage/sqlite/telemetry_append.h"
#include "storage/sqlite/telemetry_query.h"

#include <algorithm>
#include <filesystem>

namespace traceway::sqlite {

namespace {

/// Of one answer: a thousand texts of 1 MiB must not become a gigabyte in memory.
constexpr std::size_t kMaxStackTextBytes = 32U << 20U;

std::int64_t size_of(const std::string& path) {
  std::error_code missing;
  const auto size = std::filesystem::file_size(path, missing);
  return missing ? 0 : static_cast<std::int64_t>(size);
}

/// A column `stack_data` becomes `stack_trace`: the text takes the place of its compressed form.
/// Rows past the bound on text are left out.
Rows with_stack_texts(Rows stored) {
  if (stored.empty()) return stored;
  std::vector<std::string> names = stored.front().columns();
  const auto column = static_cast<std::size_t>(
      std::ranges::find(names, std::string_view("stack_data")) - names.begin());
  if (column == names.size()) return stored;
  names[column] = "stack_trace";
  const Columns columns = std::make_shared<const std::vector<std::string>>(std::move(names));
  Rows out;
  std::string buffer;
  std::size_t text_bytes = 0;
  for (const Row& row : stored) {
    const std::string compressed = row.blob("stack_data");
    const auto text = blocks::decompress(compressed, buffer);
    text_bytes += text ? text->size() : 0;
    if (text_bytes > kMaxStackTextBytes) break;
    if (!text) log::error("storage", "a stack text is damaged", {});
    std::vector<Value> values = row.values();
    values[column] = std::string(text.value_or(""));
    out.emplace_back(columns, std::move(values));
  }
  return out;
}

class SqliteTelemetryDb final : public TelemetryDb {
 public:
  SqliteTelemetryDb(const TelemetryDbOptions& options, std::unique_ptr<Connection> writer,
                    const Clock& clock)
      : options_(options),
        writer_(std::move(writer)),
        appender_(*writer_, clock),
        readers_(OpenOptions{options.path, Role::kReader, false, options.read_deadline_ms},
                 options.readers) {}

  SqliteTelemetryDb(const SqliteTelemetryDb&) = delete;
  SqliteTelemetryDb& operator=(const SqliteTelemetryDb&) = delete;

  ~SqliteTelemetryDb() override {
    for (const std::string_view last : {"PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)"}) {
      if (const auto done = writer_->control(last); !done)
        log::warn("storage", "closing the telemetry database", {{"reason", done.error().detail}});
    }
  }

  Result<void> load() { return appender_.load(); }

  Result<Prepared> prepare(TelemetryBatch&& batch) override {
    return prepare_batch(std::move(batch));
  }

  Result<Prepared> prepare(std::vector<Command> commands) override {
    return prepare_commands(std::move(commands));
  }

  Result<Written> append(std::span<Prepared> jobs) override {
    return judged(appender_.append(jobs));
  }

  Result<Written> append_each(std::span<Prepared> jobs) override {
    return judged(appender_.append_each(jobs));
  }

  Result<void> apply(const Command& command) override {
    Result<void> done;
    switch (command.kind) {
      case Command::Kind::kCheckpoint:
        done = writer_->control("PRAGMA wal_checkpoint(PASSIVE)");
        break;
      case Command::Kind::kRestartCheckpoint:
        done = writer_->control("PRAGMA wal_checkpoint(RESTART)");
        break;
      case Command::Kind::kForgetDigests:
        done = appender_.forget_digests();
        break;
      case Command::Kind::kSetSlowEndpoint:
        done = set_slow_endpoint(command);
        break;
      case Command::Kind::kArchiveIssue:
      case Command::Kind::kUnarchiveIssue:
        done = fail(ErrorCode::kInternal, {}, "this command goes the road of the data");
        break;
    }
    return judged(std::move(done));
  }

  [[nodiscard]] WriteFailure last_failure() const override { return failure_; }

  Result<Table> aggregate(const AggregateQuery& query) override {
    return ask<Table>(query.family, [&](BlockReader& reader) {
      if (query.family == Family::kMetricPoints) return aggregate_metrics(reader, query);
      return query.family == Family::kLogs ? aggregate_logs(reader, query)
                                           : aggregate_blocks(reader, query);
    });
  }

  Result<Table> list(const ListQuery& query) override {
    return ask<Table>(query.family, [&](BlockReader& reader) {
      return query.family == Family::kLogs ? list_logs(reader, query) : list_blocks(reader, query);
    });
  }

  Result<Rows> lookup(Family family, const Key& key) override {
    if (family == Family::kExceptions) return exceptions_of_trace(key);
    return ask<Rows>(family, [&](BlockReader& reader) {
      if (family == Family::kLogs) return lookup_logs(reader, key);
      return family == Family::kSpans ? lookup_trace(reader, key) : lookup_entity(reader, key);
    });
  }

  Result<Rows> run(std::string_view query_name, const Params& params) override {
    auto reader = readers_.lease();
    if (!reader) return fail(reader);
    auto rows = (*reader)->run(query("telemetry", query_name), params);
    if (!rows) return rows;
    return with_stack_texts(std::move(*rows));
  }

  bool is_healthy() override {
    constexpr std::chrono::milliseconds kWithin{1000};
    auto reader = readers_.lease(kWithin);
    if (!reader) return false;
    (*reader)->arm_deadline(kWithin);
    return (*reader)->run(query("shared", "schema.ping"), {}).has_value();
  }

  [[nodiscard]] std::int64_t file_bytes() const override {
    return size_of(options_.path) + wal_bytes();
  }

  [[nodiscard]] std::int64_t wal_bytes() const override { return size_of(options_.path + "-wal"); }

 private:
  /// One question over one snapshot on one leased connection.
  template <class T, class Work>
  Result<T> ask(Family family, Work&& work) {
    auto lease = readers_.lease();
    if (!lease) return fail(lease);
    auto reader = BlockReader::begin(**lease, damage_, family,
                                     std::chrono::milliseconds(options_.read_deadline_ms));
    if (!reader) return fail(reader);
    return work(*reader);
  }

  /// Keeps what a failed write means, and says what only the operator can mend.
  template <class T>
  Result<T> judged(Result<T> outcome) {
    if (outcome) return outcome;
    const int code = writer_->last_result_code();
    failure_ = write_failure(code);
    if (is_schema_change(code)) writer_->forget_statements();
    if (is_damage(code)) {
      outcome.error().detail +=
          "; " + options_.path +
          " is damaged: stop the server and run `traceway doctor --telemetry`";
    }
    return outcome;
  }

  Result<Rows> exceptions_of_trace(const Key& key);
  Result<void> set_slow_endpoint(const Command& command);

  const TelemetryDbOptions options_;
  std::unique_ptr<Connection> writer_;  // writer thread only
  TelemetryAppender appender_;          // writer thread only
  WriteFailure failure_;                // writer thread only
  ReaderPool readers_;
  DamageReport damage_;
};

Result<Rows> SqliteTelemetryDb::exceptions_of_trace(const Key& key) {
  const TimeRange range = range_of(key);
  return run("store.exceptions_of_trace", {{"project_id", to_value(key.project)},
                                           {"trace_id", to_value(key.id)},
                                           {"from_time", range.from_ns},
                                           {"to_time", range.to_ns}});
}

Result<void> SqliteTelemetryDb::set_slow_endpoint(const Command& command) {
  Params params = command.params;
  params.emplace_back("project_id", to_value(command.project));
  auto done = writer_->run(query("telemetry", "store.set_slow_endpoint"), params);
  if (!done) return fail(done);
  return {};
}

Result<std::unique_ptr<TelemetryDb>> open_file(const TelemetryDbOptions& options,
                                               const Clock& clock) {
  OpenOptions open{options.path, Role::kTelemetryWriter};
  open.is_durability_full = options.is_durability_full;
  auto writer = Connection::open(open);
  if (!writer) return fail(writer);
  const MigrateOptions migration{migration_steps("telemetry"), "traceway_telemetry",
                                 options.backup_dir};
  if (auto migrated = migrate(**writer, migration, clock); !migrated) return fail(migrated);
  if (options.max_pages > 0) {
    const auto limit = "PRAGMA max_page_count=" + std::to_string(options.max_pages);
    if (auto limited = (*writer)->pragma(limit); !limited) return fail(limited);
  }
  auto db = std::make_unique<SqliteTelemetryDb>(options, std::move(*writer), clock);
  if (auto loaded = db->load(); !loaded) return fail(loaded);
  return db;
}

}  // namespace

Result<std::unique_ptr<TelemetryDb>> open_telemetry_db(const TelemetryDbOptions& options,
                                                       const Clock& clock) {
  auto opened = open_file(options, clock);
  if (!opened) return tl::unexpected<Error>(unusable_file(opened.error(), options.path));
  return opened;
}

}  // namespace traceway::sqlite
