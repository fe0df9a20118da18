#include "storage/sqlite/error.h"

#include <sqlite3.h>

#include <string>
#include <utility>

namespace traceway::sqlite {

namespace {

/// The low byte of an extended code; SQLITE_BUSY_TIMEOUT and its like follow their primary.
int primary(int result_code) {
  return result_code & 0xFF;
}

/// The names operators search for; SQLite itself offers only sentences.
constexpr std::pair<int, std::string_view> kNames[] = {
    {SQLITE_ERROR, "SQLITE_ERROR"},
    {SQLITE_INTERNAL, "SQLITE_INTERNAL"},
    {SQLITE_PERM, "SQLITE_PERM"},
    {SQLITE_ABORT, "SQLITE_ABORT"},
    {SQLITE_BUSY, "SQLITE_BUSY"},
    {SQLITE_LOCKED, "SQLITE_LOCKED"},
    {SQLITE_NOMEM, "SQLITE_NOMEM"},
    {SQLITE_READONLY, "SQLITE_READONLY"},
    {SQLITE_INTERRUPT, "SQLITE_INTERRUPT"},
    {SQLITE_IOERR, "SQLITE_IOERR"},
    {SQLITE_CORRUPT, "SQLITE_CORRUPT"},
    {SQLITE_NOTFOUND, "SQLITE_NOTFOUND"},
    {SQLITE_FULL, "SQLITE_FULL"},
    {SQLITE_CANTOPEN, "SQLITE_CANTOPEN"},
    {SQLITE_PROTOCOL, "SQLITE_PROTOCOL"},
    {SQLITE_SCHEMA, "SQLITE_SCHEMA"},
    {SQLITE_TOOBIG, "SQLITE_TOOBIG"},
    {SQLITE_CONSTRAINT, "SQLITE_CONSTRAINT"},
    {SQLITE_MISMATCH, "SQLITE_MISMATCH"},
    {SQLITE_MISUSE, "SQLITE_MISUSE"},
    {SQLITE_NOLFS, "SQLITE_NOLFS"},
    {SQLITE_AUTH, "SQLITE_AUTH"},
    {SQLITE_RANGE, "SQLITE_RANGE"},
    {SQLITE_NOTADB, "SQLITE_NOTADB"},
    {SQLITE_BUSY_RECOVERY, "SQLITE_BUSY_RECOVERY"},
    {SQLITE_BUSY_SNAPSHOT, "SQLITE_BUSY_SNAPSHOT"},
    {SQLITE_BUSY_TIMEOUT, "SQLITE_BUSY_TIMEOUT"},
    {SQLITE_CANTOPEN_ISDIR, "SQLITE_CANTOPEN_ISDIR"},
    {SQLITE_CONSTRAINT_CHECK, "SQLITE_CONSTRAINT_CHECK"},
    {SQLITE_CONSTRAINT_DATATYPE, "SQLITE_CONSTRAINT_DATATYPE"},
    {SQLITE_CONSTRAINT_FOREIGNKEY, "SQLITE_CONSTRAINT_FOREIGNKEY"},
    {SQLITE_CONSTRAINT_NOTNULL, "SQLITE_CONSTRAINT_NOTNULL"},
    {SQLITE_CONSTRAINT_PRIMARYKEY, "SQLITE_CONSTRAINT_PRIMARYKEY"},
    {SQLITE_CONSTRAINT_ROWID, "SQLITE_CONSTRAINT_ROWID"},
    {SQLITE_CONSTRAINT_TRIGGER, "SQLITE_CONSTRAINT_TRIGGER"},
    {SQLITE_CONSTRAINT_UNIQUE, "SQLITE_CONSTRAINT_UNIQUE"},
    {SQLITE_CORRUPT_INDEX, "SQLITE_CORRUPT_INDEX"},
    {SQLITE_IOERR_CORRUPTFS, "SQLITE_IOERR_CORRUPTFS"},
    {SQLITE_IOERR_DATA, "SQLITE_IOERR_DATA"},
    {SQLITE_IOERR_FSTAT, "SQLITE_IOERR_FSTAT"},
    {SQLITE_IOERR_FSYNC, "SQLITE_IOERR_FSYNC"},
    {SQLITE_IOERR_LOCK, "SQLITE_IOERR_LOCK"},
    {SQLITE_IOERR_NOMEM, "SQLITE_IOERR_NOMEM"},
    {SQLITE_IOERR_READ, "SQLITE_IOERR_READ"},
    {SQLITE_IOERR_SHMMAP, "SQLITE_IOERR_SHMMAP"},
    {SQLITE_IOERR_SHMOPEN, "SQLITE_IOERR_SHMOPEN"},
    {SQLITE_IOERR_SHMSIZE, "SQLITE_IOERR_SHMSIZE"},
    {SQLITE_IOERR_SHORT_READ, "SQLITE_IOERR_SHORT_READ"},
    {SQLITE_IOERR_TRUNCATE, "SQLITE_IOERR_TRUNCATE"},
    {SQLITE_IOERR_WRITE, "SQLITE_IOERR_WRITE"},
    {SQLITE_LOCKED_SHAREDCACHE, "SQLITE_LOCKED_SHAREDCACHE"},
    {SQLITE_READONLY_DBMOVED, "SQLITE_READONLY_DBMOVED"},
    {SQLITE_READONLY_DIRECTORY, "SQLITE_READONLY_DIRECTORY"},
};

std::string_view find_name(int result_code) {
  for (const auto& [code, name] : kNames) {
    if (code == result_code) return name;
  }
  return {};
}

/// Of the extended code if it has one here, else of its primary.
std::string_view name_of(int result_code) {
  if (const std::string_view name = find_name(result_code); !name.empty()) return name;
  const std::string_view name = find_name(primary(result_code));
  return name.empty() ? "SQLITE_UNKNOWN" : name;
}

}  // namespace

Error error_of(int result_code, std::string_view detail) {
  Error error;
  error.detail = std::string(name_of(result_code)) + " (" + std::to_string(result_code) +
                 "): " + std::string(detail);
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

bool is_damage(int result_code) {
  return primary(result_code) == SQLITE_CORRUPT || primary(result_code) == SQLITE_NOTADB;
}

Error unusable_file(Error cause, const std::string& path) {
  constexpr std::pair<std::string_view, std::string_view> kAdvice[] = {
      {"SQLITE_NOTADB",
       " is no SQLite database: move it away to begin with an empty one, or choose another "
       "directory with --data-dir"},
      {"SQLITE_CORRUPT",
       " is damaged: restore a backup, or move it and the files beside it (-wal, -shm) away to "
       "begin with an empty one"},
      {"SQLITE_CANTOPEN",
       " cannot be opened: it must be a file that this user may read and write, in a directory "
       "that this user may write"},
      {"SQLITE_READONLY", " cannot be written: check who owns it and its directory"},
      {"SQLITE_FULL", " cannot grow, because the disk is full: free some space and start again"},
      {"SQLITE_BUSY", " is in use by another program: end it and start again"},
  };
  if (cause.code == ErrorCode::kInvalid) {
    cause.message.insert(0, path + ": ");
    return cause;
  }
  for (const auto& [code, advice] : kAdvice) {
    if (!cause.detail.starts_with(code)) continue;
    cause.message = path + std::string(advice);
    return cause;
  }
  const std::string reason = cause.detail.empty() ? cause.message : cause.detail;
  cause.message = path + " cannot be used: " + reason;
  return cause;
}

WriteFailure write_failure(int result_code) {
  if (result_code == SQLITE_BUSY_TIMEOUT) {
    return {WriteFailureClass::kTimeout, WriteRetry::kWithBackoff};
  }
  switch (primary(result_code)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return {WriteFailureClass::kContention, WriteRetry::kWithBackoff};
    case SQLITE_INTERRUPT:
    case SQLITE_ABORT:
      return {WriteFailureClass::kTimeout, WriteRetry::kNever};
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
      return {WriteFailureClass::kConstraint, WriteRetry::kNever};
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_NOLFS:
    case SQLITE_AUTH:
      return {WriteFailureClass::kConnection, WriteRetry::kUntilHealed};
    case SQLITE_NOMEM:
    case SQLITE_SCHEMA:
      return {WriteFailureClass::kUnknown, WriteRetry::kOnce};
    default:
      return {WriteFailureClass::kUnknown, WriteRetry::kNever};
  }
}

bool is_schema_change(int result_code) {
  return primary(result_code) == SQLITE_SCHEMA;
}

}  // namespace traceway::sqlite
