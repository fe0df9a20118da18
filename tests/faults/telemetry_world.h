// A telemetry database, what its client did with it, and what must hold whatever happened.
#pragma once

#include "faults/world.h"
#include "storage/sqlite/temporary_directory.h"
#include "storage/telemetry_db.h"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace traceway::faults {

/// Jobs are known by number. Each is one request of an endpoint with three spans below it, two
/// exceptions and log records, of one of two projects.
class TelemetryWorld {
 public:
  /// What the client sent, and what of it was acknowledged.
  struct Notes {
    std::set<std::uint64_t> attempted = {};
    std::set<std::uint64_t> acknowledged = {};
    std::set<std::uint64_t> archiving = {};
    std::set<std::uint64_t> archived = {};
  };

  TelemetryWorld() = default;
  /// Starts with a copy of another world's files and notes as they are now.
  TelemetryWorld(const TelemetryWorld& other);
  TelemetryWorld& operator=(const TelemetryWorld&) = delete;

  /// Opens the file, or says why not.
  Result<void> open();

  void close() { db_.reset(); }

  [[nodiscard]] bool is_open() const { return db_ != nullptr; }

  [[nodiscard]] TelemetryDb& db() { return *db_; }

  /// One commit of those jobs. What it answers is noted: acknowledged, or not.
  Result<Written> append(std::initializer_list<std::uint64_t> jobs);
  /// The same by the fallback, in which a bad record costs only itself. There is none.
  Result<Written> append_each(std::initializer_list<std::uint64_t> jobs);
  /// Moves the WAL into the file.
  Result<void> checkpoint();
  /// Archives the issue of the job's exception. Noted likewise.
  Result<Written> archive(std::uint64_t job);
  /// Sends everything that was not acknowledged again, as a client does.
  Result<void> retry();

  /// Every kind of question about the jobs as one text; an error when one fails.
  [[nodiscard]] Result<std::string> answers();

  /// Opens what is there and looks: acknowledged jobs are whole, none is half or twice, what the
  /// tables count agrees, SQLite finds nothing wrong. Leaves it open.
  [[nodiscard]] Problems problems();

  /// Whether the job's rows are there. Only while it is open.
  [[nodiscard]] bool has(std::uint64_t job);

  [[nodiscard]] std::string path() const { return directory_.file("traceway_telemetry.db"); }

  [[nodiscard]] std::string directory() const { return directory_.path(); }

  Notes notes;
  bool is_durability_full = false;

 private:
  Result<std::vector<Prepared>> prepare(std::initializer_list<std::uint64_t> jobs);
  using Write = Result<Written> (TelemetryDb::*)(std::span<Prepared>);
  Result<Written> write(std::initializer_list<std::uint64_t> jobs, Write write_with);
  void note_failure();
  void look_at_job(std::uint64_t job, Problems& out);
  void look_at_tables(Problems& out) const;

  sqlite::TemporaryDirectory directory_;
  FixedClock clock_;
  Problems misjudged_;
  std::unique_ptr<TelemetryDb> db_;
};

}  // namespace traceway::faults
