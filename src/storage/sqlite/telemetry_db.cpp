#include "storage/sqlite/telemetry_db.h"

#include "base/log.h"
#include "storage/migrate.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/error.h"
#include "storage/sqlite/migrate_sqlite.h"
#include "storage/sqlite/reader_pool.h"
#include "storage/sqlite/telemetry_append.h"
#include "storage/sqlite/telemetry_reader.h"

#include <atomic>
#include <filesystem>

namespace traceway::sqlite {

namespace {

std::int64_t size_of(const std::string& path) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(path, problem);
  return problem ? 0 : static_cast<std::int64_t>(size);
}

/// Stack texts rest compressed; every row that leaves carries plain text.
Result<Rows> with_plain_stacks(const Rows& rows) {
  Rows out;
  out.reserve(rows.size());
  for (const Row& row : rows) {
    const auto& names = row.columns();
    std::vector<Value> values = row.values();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto* frame = names[i] == "stack_trace" ? std::get_if<Blob>(&values[i]) : nullptr;
      if (frame == nullptr) continue;
      auto text = decompress_text(frame->bytes);
      if (!text) return fail(text);
      values[i] = std::move(*text);
    }
    out.emplace_back(std::make_shared<const std::vector<std::string>>(names), std::move(values));
  }
  return out;
}

class SqliteTelemetryDb final : public TelemetryDb {
 public:
  SqliteTelemetryDb(std::unique_ptr<Connection> writer, DigestMemory digests,
                    const TelemetryDbOptions& options, const Clock& clock)
      : path_(options.path),
        clock_(clock),
        writer_(std::move(writer)),
        digests_(std::move(digests)),
        readers_({options.path, Role::kReader, false, options.read_deadline_ms}, options.readers) {}

  SqliteTelemetryDb(const SqliteTelemetryDb&) = delete;
  SqliteTelemetryDb& operator=(const SqliteTelemetryDb&) = delete;

  ~SqliteTelemetryDb() override {
    for (const std::string_view last : {"PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)"}) {
      if (const auto done = writer_->control(last); !done) {
        log::warn("storage", "closing the telemetry database", {{"reason", done.error().detail}});
      }
    }
  }

  Result<Prepared> prepare(TelemetryBatch&& batch) override {
    return prepare_batch(std::move(batch));
  }

  Result<Written> append(std::span<Prepared> jobs) override {
    auto written = append_jobs(*writer_, digests_, jobs);
    if (!written) last_failure_ = failure_class(writer_->last_result_code());
    return written;
  }

  Result<void> apply(const Command& command) override {
    switch (command.kind) {
      case Command::Kind::kCheckpoint:
        return writer_->control("PRAGMA wal_checkpoint(PASSIVE)");
      case Command::Kind::kForgetDigests:
        return forget_digests();
    }
    return fail(ErrorCode::kInternal, "unknown command");
  }

  WriteFailureClass last_failure_class() const override { return last_failure_; }

  Result<Table> aggregate(const AggregateQuery& query) override {
    return with_reader([&](Connection& reader) { return aggregate_spans(reader, query); });
  }

  Result<Table> list(const ListQuery& query) override {
    return with_reader([&](Connection& reader) { return list_spans(reader, query); });
  }

  Result<Rows> lookup(Family family, const Key& key) override {
    if (family == Family::kExceptions) {
      return run("exceptions.of_trace",
                 {{"project_id", to_value(key.project)}, {"trace_id", to_value(key.id)}});
    }
    return with_reader([&](Connection& reader) { return lookup_spans(reader, family, key); });
  }

  Result<Rows> run(std::string_view query_name, const Params& params) override {
    return with_reader([&](Connection& reader) -> Result<Rows> {
      auto rows = reader.run(query("telemetry", query_name), params);
      if (!rows) return rows;
      return with_plain_stacks(*rows);
    });
  }

  bool is_healthy() override {
    constexpr std::chrono::milliseconds kWithin{1000};
    auto reader = readers_.lease(kWithin);
    if (!reader) return false;
    (*reader)->arm_deadline(kWithin);
    return (*reader)->run(query("shared", "schema.ping"), {}).has_value();
  }

  std::int64_t file_bytes() const override { return size_of(path_) + wal_bytes(); }

  std::int64_t wal_bytes() const override { return size_of(path_ + "-wal"); }

 private:
  /// One read transaction: everything a question reads is of one moment.
  template <class Ask>
  auto with_reader(Ask&& ask) -> std::invoke_result_t<Ask, Connection&> {
    auto reader = readers_.lease();
    if (!reader) return fail(reader);
    if (auto begun = (*reader)->control("BEGIN"); !begun) return fail(begun);
    auto answer = ask(**reader);
    if (auto ended = (*reader)->control("COMMIT"); !ended && answer) return fail(ended);
    return answer;
  }

  Result<void> forget_digests() {
    const std::int64_t before = clock_.now_ns() - kDigestLifeNs;
    auto done =
        writer_->run(query("telemetry", "blocks.delete_digests_before"), {{"received_at", before}});
    if (!done) return fail(done);
    digests_.forget_before(before);
    return {};
  }

  const std::string path_;
  const Clock& clock_;
  std::unique_ptr<Connection> writer_;  // writer thread only
  DigestMemory digests_;                // writer thread only
  WriteFailureClass last_failure_ = WriteFailureClass::kUnknown;
  ReaderPool readers_;
};

}  // namespace

Result<std::unique_ptr<TelemetryDb>> open_telemetry_db(const TelemetryDbOptions& options,
                                                       const Clock& clock) {
  auto writer =
      Connection::open({options.path, Role::kTelemetryWriter, options.is_durability_full});
  if (!writer) return fail(writer);
  const MigrateOptions migration{migration_steps("telemetry"), "traceway_telemetry",
                                 options.backup_dir};
  if (auto migrated = migrate(**writer, migration, clock); !migrated) return fail(migrated);
  DigestMemory digests;
  if (auto loaded = digests.load(**writer, clock.now_ns()); !loaded) return fail(loaded);
  return std::make_unique<SqliteTelemetryDb>(std::move(*writer), std::move(digests), options,
                                             clock);
}

}  // namespace traceway::sqlite
