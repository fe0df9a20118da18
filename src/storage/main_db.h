// The main database: users, organizations, projects, settings. Transactional, asked by named
// statements.
#pragma once

#include "base/result.h"
#include "storage/row.h"

#include <functional>
#include <string_view>
#include <type_traits>

namespace traceway {

/// A transaction in progress. Lives only inside MainDb::read or MainDb::write; one thread.
class Tx {
 public:
  virtual ~Tx() = default;
  /// Runs a named statement of sql/main/queries and returns its rows (none for INSERT/UPDATE
  /// without RETURNING). Errors: kConflict for a uniqueness violation, kUnavailable when busy or
  /// interrupted, kInternal otherwise.
  [[nodiscard]] virtual Result<Rows> run(std::string_view query_name, const Params& params) = 0;
};

class MainDb {
 public:
  virtual ~MainDb() = default;

  /// One transaction on the single write connection, BEGIN IMMEDIATE. Commits if and only if `work`
  /// returns a value; an error or an exception rolls back. Serialised; any thread.
  template <class F>
  [[nodiscard]] auto write(F&& work) -> std::invoke_result_t<F, Tx&> {
    return within<std::invoke_result_t<F, Tx&>>(std::forward<F>(work), &MainDb::write_tx);
  }

  /// One read transaction on a pooled read-only connection with a deadline. Any thread.
  template <class F>
  [[nodiscard]] auto read(F&& work) -> std::invoke_result_t<F, Tx&> {
    return within<std::invoke_result_t<F, Tx&>>(std::forward<F>(work), &MainDb::read_tx);
  }

  /// Answers SELECT 1 within a second.
  [[nodiscard]] virtual bool is_healthy() = 0;

 protected:
  using Work = std::function<Result<void>(Tx&)>;
  virtual Result<void> write_tx(const Work& work) = 0;
  virtual Result<void> read_tx(const Work& work) = 0;

 private:
  template <class R, class F>
  R within(F&& work, Result<void> (MainDb::*transaction)(const Work&)) {
    R result = fail(ErrorCode::kInternal, "transaction did not run");
    Result<void> done = (this->*transaction)([&](Tx& tx) -> Result<void> {
      result = work(tx);
      if (!result) return fail(result);
      return {};
    });
    if (!done) return fail(done);
    return result;
  }
};

/// Rows of a named statement as structs.
template <HasFields T>
[[nodiscard]] Result<std::vector<T>> run(Tx& tx, std::string_view query_name,
                                         const Params& params = {}) {
  auto rows = tx.run(query_name, params);
  if (!rows) return fail(rows);
  std::vector<T> out;
  out.reserve(rows->size());
  for (const Row& r : *rows) out.push_back(from_row<T>(r));
  return out;
}

/// The first row as a struct; an empty optional when there is none.
template <HasFields T>
[[nodiscard]] Result<std::optional<T>> run_one(Tx& tx, std::string_view query_name,
                                               const Params& params = {}) {
  auto rows = tx.run(query_name, params);
  if (!rows) return fail(rows);
  if (rows->empty()) return std::optional<T>{};
  return std::optional<T>(from_row<T>(rows->front()));
}

}  // namespace traceway
