#include "storage/sqlite/error.h"

#include <sqlite3.h>

namespace traceway::sqlite {

namespace {

/// The low byte of an extended code; SQLITE_BUSY_TIMEOUT and its like follow their primary.
int primary(int result_code) {
  return result_code & 0xFF;
}

}  // namespace

Error error_of(int result_code, std::string_view detail) {
  Error error;
  error.detail = "sqlite " + std::to_string(result_code) + ": " + std::string(detail);
  if (result_code == SQLITE_CONSTRAINT_UNIQUE || result_code == SQLITE_CONSTRAINT_PRIMARYKEY) {
    error.code = ErrorCode::kConflict;
    error.message = "Already exists";
    return error;
  }
  switch (primary(result_code)) {
    case SQLITE_INTERRUPT:
      error.code = ErrorCode::kUnavailable;
      error.message = "The query took too long. Try a shorter time range.";
      return error;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      error.code = ErrorCode::kUnavailable;
      error.message = "The database is busy. Try again.";
      return error;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_NOMEM:
      error.code = ErrorCode::kUnavailable;
      error.message = "The database cannot be used at the moment.";
      return error;
    default:
      error.code = ErrorCode::kInternal;
      error.message = "Database error";
      return error;
  }
}

WriteFailureClass failure_class(int result_code) {
  if (result_code == SQLITE_BUSY_TIMEOUT) return WriteFailureClass::kTimeout;
  switch (primary(result_code)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return WriteFailureClass::kContention;
    case SQLITE_INTERRUPT:
    case SQLITE_ABORT:
      return WriteFailureClass::kTimeout;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
      return WriteFailureClass::kConstraint;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_NOLFS:
    case SQLITE_AUTH:
      return WriteFailureClass::kConnection;
    default:
      return WriteFailureClass::kUnknown;
  }
}

}  // namespace traceway::sqlite
