// A telemetry database, what its client did with it, and what must hold whatever happened.
#pragma once

#include "base/clock.h"
#include "storage/sqlite/temporary_directory.h"
#include "storage/telemetry_db.h"

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <set>
#include <string>
#include <vector>

struct sqlite3;

namespace traceway::faults {

/// What is wrong, one sentence each; empty when nothing is.
using Problems = std::vector<std::string>;

/// A clock that stands still.
class FixedClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_ns() const override { return 1'790'000'000'000'000'000; }
};

/// Jobs are known by number. Each is one request of an endpoint with three spans below it, an
/// exception and a message, of one of two projects.
class TelemetryWorld {
 public:
  TelemetryWorld() = default;
  /// Starts with a copy of another world's files as they are now.
  explicit TelemetryWorld(const TelemetryWorld& other);
  TelemetryWorld& operator=(const TelemetryWorld&) = delete;

  /// Opens the file, or says why not.
  Result<void> open();

  void close() { db_.reset(); }

  [[nodiscard]] bool is_open() const { return db_ != nullptr; }

  [[nodiscard]] TelemetryDb& db() { return *db_; }

  /// One commit of those jobs. What it answers is noted: acknowledged, or not.
  Result<Written> append(std::initializer_list<std::uint64_t> jobs);
  /// Archives the issue of the job's exception. Noted likewise.
  Result<Written> archive(std::uint64_t job);
  /// Sends everything that was not acknowledged again, as a client does.
  Result<void> retry();

  /// Every kind of question about the jobs as one text; an error when one fails.
  [[nodiscard]] Result<std::string> answers();

  /// Opens what is there and looks: acknowledged jobs are whole, none is half or twice, what the
  /// tables count agrees, SQLite finds nothing wrong. Leaves it open.
  [[nodiscard]] Problems problems();

  [[nodiscard]] const std::set<std::uint64_t>& acknowledged() const { return acknowledged_; }

  [[nodiscard]] std::string path() const { return directory_.file("traceway_telemetry.db"); }

  [[nodiscard]] std::string directory() const { return directory_.path(); }

  bool is_durability_full = false;

 private:
  Result<std::vector<Prepared>> prepare(std::initializer_list<std::uint64_t> jobs);
  void look_at_job(std::uint64_t job, Problems& out);
  void look_at_tables(Problems& out) const;

  sqlite::TemporaryDirectory directory_;
  FixedClock clock_;
  std::set<std::uint64_t> attempted_;
  std::set<std::uint64_t> acknowledged_;
  std::set<std::uint64_t> wanted_archived_;
  std::set<std::uint64_t> archived_;
  std::unique_ptr<TelemetryDb> db_;
};

/// Copies the database files of one directory into another, without the WAL's index: that is what a
/// killed process leaves behind.
void copy_files(const std::filesystem::path& from, const std::filesystem::path& to);

/// A connection of the test's own, past the product's.
class RawFile {
 public:
  explicit RawFile(const std::string& path);
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;
  ~RawFile();

  /// The first column of the first row as text; what went wrong instead, if something did.
  [[nodiscard]] std::string ask(const std::string& sql) const;

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace traceway::faults
