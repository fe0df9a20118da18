#include "storage/sqlite/main_db.h"

#include "base/log.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/error.h"
#include "storage/sqlite/migrate_sqlite.h"
#include "storage/sqlite/reader_pool.h"
#include "storage/sqlite/rollback_guard.h"

#include <mutex>

namespace traceway::sqlite {

namespace {

class SqliteTx final : public Tx {
 public:
  explicit SqliteTx(Connection& connection) : connection_(&connection) {}

  Result<Rows> run(std::string_view query_name, const Params& params) override {
    return connection_->run(query("main", query_name), params);
  }

 private:
  Connection* connection_;
};

class SqliteMainDb final : public MainDb {
 public:
  SqliteMainDb(std::unique_ptr<Connection> writer, OpenOptions reader, std::size_t readers)
      : writer_(std::move(writer)), readers_(std::move(reader), readers) {}

  SqliteMainDb(const SqliteMainDb&) = delete;
  SqliteMainDb& operator=(const SqliteMainDb&) = delete;

  ~SqliteMainDb() override {
    const std::lock_guard lock(write_mutex_);
    for (const std::string_view last : {"PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)"}) {
      if (const auto done = writer_->control(last); !done) {
        log::warn("storage", "closing the main database", {{"reason", done.error().detail}});
      }
    }
  }

  bool is_healthy() override {
    constexpr std::chrono::milliseconds kWithin{1000};
    auto reader = readers_.lease(kWithin);
    if (!reader) return false;
    (*reader)->arm_deadline(kWithin);
    return (*reader)->run(query("shared", "schema.ping"), {}).has_value();
  }

 protected:
  Result<void> write_tx(const Work& work) override {
    // Held until COMMIT has returned, so that a checkpoint always finds a moment without a writer.
    const std::lock_guard lock(write_mutex_);
    return transact(*writer_, "BEGIN IMMEDIATE", work);
  }

  Result<void> read_tx(const Work& work) override {
    auto reader = readers_.lease();
    if (!reader) return fail(reader);
    return transact(**reader, "BEGIN", work);
  }

 private:
  static Result<void> transact(Connection& connection, std::string_view begin, const Work& work) {
    if (auto begun = connection.control(begin); !begun) return begun;
    const RollbackGuard guard(connection);
    SqliteTx tx(connection);
    if (auto done = work(tx); !done) return done;
    return connection.control("COMMIT");
  }

  std::mutex write_mutex_;  // guards writer_
  std::unique_ptr<Connection> writer_;
  ReaderPool readers_;
};

}  // namespace

Result<std::unique_ptr<MainDb>> open_main_db(const MainDbOptions& options, const Clock& clock) {
  auto writer = Connection::open({options.path, Role::kMainWriter});
  if (!writer) return tl::unexpected<Error>(unusable_file(writer.error(), options.path));
  const MigrateOptions migration{migration_steps("main"), "traceway", options.backup_dir};
  if (auto migrated = migrate(**writer, migration, clock); !migrated) {
    return tl::unexpected<Error>(unusable_file(migrated.error(), options.path));
  }
  return std::make_unique<SqliteMainDb>(
      std::move(*writer), OpenOptions{options.path, Role::kReader, false, options.read_deadline_ms},
      options.readers);
}

}  // namespace traceway::sqlite
