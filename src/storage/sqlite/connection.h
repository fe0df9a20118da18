// One SQLite connection with our pragmas and a cache of prepared statements. SQLiteCpp and
// sqlite3.h stay behind it.
#pragma once

#include "base/result.h"
#include "storage/query.h"
#include "storage/row.h"
#include "storage/sqlite/error.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace traceway::sqlite {

enum class Role : std::uint8_t {
  kMainWriter,       ///< creates the file; synchronous=FULL, foreign_keys=ON
  kTelemetryWriter,  ///< creates the file; synchronous by durability, no automatic checkpoints
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
  /// A file that a writer creates is readable by its owner only (0600).
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const OpenOptions& options);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Runs a named query and returns its rows; binds by name, and every parameter must be given. The
  /// prepared statement is cached by query name.
  [[nodiscard]] Result<Rows> run(const Query& query, const Params& params);
  /// BEGIN / COMMIT / ROLLBACK / SAVEPOINT, PRAGMAs and the text of a migration only. A ROLLBACK
  /// can itself fail (no memory, a failing disk); a BEGIN first ends what such a failure left open.
  [[nodiscard]] Result<void> control(std::string_view statement);
  /// The integer a PRAGMA answers in its first column: "PRAGMA freelist_count". 0 when it answers
  /// no row.
  [[nodiscard]] Result<std::int64_t> pragma(std::string_view statement);
  /// Borrow the cached prepared statement of a query for manual binding and stepping. It must not
  /// outlive the connection. While it is borrowed, another use of the same query gets a statement
  /// of its own.
  [[nodiscard]] Result<Statement> statement(const Query& query);
  /// Drops the cached statements that nobody borrows; the next use prepares them anew.
  void forget_statements();
  /// Copies the whole database, as of one moment, into a new file at `path` (readable by its owner
  /// only), through a name beside it that is then renamed. Errors: kUnavailable when the disk
  /// refuses.
  [[nodiscard]] Result<void> backup_to(const std::string& path);

  [[nodiscard]] int last_result_code() const;  ///< extended SQLite result code of the last failure
  [[nodiscard]] std::int64_t last_insert_rowid() const;
  [[nodiscard]] std::int64_t changes() const;  ///< rows the last INSERT, UPDATE or DELETE touched
  [[nodiscard]] bool in_transaction() const;
  /// Starts the deadline of the next statements (kReader), by default the one it was opened with.
  /// Together they may take that long; a lease starts it.
  void arm_deadline();
  void arm_deadline(std::chrono::milliseconds within);

 private:
  friend class Statement;
  class Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Binding is by position in `-- params:` (0-based). Text and blob views must stay valid until the
/// next reset(). An error while binding is kept and returned by the next step().
class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();
  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, double value);
  Statement& bind_text(int index, std::string_view value);
  Statement& bind_blob(int index, std::string_view value);
  Statement& bind_null(int index);
  /// True when there is a row.
  [[nodiscard]] Result<bool> step();
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string_view blob(int column) const;  ///< valid until the next step
  [[nodiscard]] std::string_view text(int column) const;  ///< valid until the next step
  /// Ready for the next execution; bindings are cleared.
  void reset();

 private:
  friend class Connection;
  class Impl;
  explicit Statement(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace traceway::sqlite
