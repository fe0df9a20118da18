// Ends a transaction that was not committed.
#pragma once

#include "base/log.h"
#include "storage/sqlite/connection.h"

namespace traceway::sqlite {

/// Rolls back when it goes out of scope, whatever happened inside; after a COMMIT it does nothing.
/// SQLite ends some failed transactions by itself.
class RollbackGuard {
 public:
  explicit RollbackGuard(Connection& connection) : connection_(connection) {}

  RollbackGuard(const RollbackGuard&) = delete;
  RollbackGuard& operator=(const RollbackGuard&) = delete;

  ~RollbackGuard() {
    if (!connection_.in_transaction()) return;
    if (const auto done = connection_.control("ROLLBACK"); !done)
      log::error("storage", "rollback failed", {{"reason", done.error().detail}});
  }

 private:
  Connection& connection_;
};

}  // namespace traceway::sqlite
