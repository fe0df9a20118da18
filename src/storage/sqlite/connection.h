// One SQLite connection with our pragmas and a cache of prepared statements. SQLiteCpp and
// sqlite3.h stay behind it.
#pragma once

#include "base/result.h"
#include "storage/query.h"
#include "storage/row.h"
#include "storage/telemetry_db.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace traceway::sqlite {

enum class Role : std::uint8_t {
  kMainWriter,       ///< synchronous=FULL, foreign_keys=ON
  kTelemetryWriter,  ///< synchronous by durability, no automatic checkpoints
  kReader,           ///< read-only, query_only, progress-handler deadline
};

struct OpenOptions {
  std::string path;
  Role role = Role::kReader;
  bool is_durability_full = false;  ///< kTelemetryWriter
  int read_deadline_ms = 30'000;    ///< kReader: statements past it fail with kUnavailable
};

/// A prepared statement that steps by hand: for hot paths of the telemetry store. Reset on
/// destruction.
class Statement;

/// Not thread-safe: one thread at a time (a lease or a mutex sees to that).
class Connection {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const OpenOptions& options);
  ~Connection();

  /// Runs a named query; binds by name. The prepared statement is cached by query name.
  [[nodiscard]] Result<Rows> run(const Query& query, const Params& params);
  /// BEGIN IMMEDIATE / COMMIT / ROLLBACK / SAVEPOINT and PRAGMAs only.
  [[nodiscard]] Result<void> control(std::string_view statement);
  /// Borrow the cached prepared statement of a query for manual binding and stepping.
  [[nodiscard]] Result<Statement> statement(const Query& query);

  [[nodiscard]] int last_result_code() const;  ///< extended SQLite result code of the last failure
  [[nodiscard]] std::int64_t last_insert_rowid() const;
  /// Starts the deadline of the next statements (kReader).
  void arm_deadline();

 private:
  class Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Binding is by position in `-- params:` (0-based). Text and blob views must stay valid until the
/// next reset().
class Statement {
 public:
  Statement(Statement&&) noexcept;
  ~Statement();
  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, double value);
  Statement& bind_text(int index, std::string_view value);
  Statement& bind_blob(int index, std::string_view value);
  Statement& bind_null(int index);
  /// True when there is a row.
  [[nodiscard]] Result<bool> step();
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string_view blob(int column) const;  ///< valid until the next step
  [[nodiscard]] std::string_view text(int column) const;  ///< valid until the next step
  void reset();

 private:
  friend class Connection;
  class Impl;
  explicit Statement(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The failure class of an extended SQLite result code. Source: write-pipeline 7.2.
[[nodiscard]] WriteFailureClass failure_class(int result_code);

}  // namespace traceway::sqlite
