#include "storage/sqlite/error.h"

#include <doctest/doctest.h>

namespace traceway::sqlite {

TEST_CASE("error: every result code has the class and the remedy of the table") {
  struct Case {
    int code;  // of sqlite3.h, which stays behind the connection
    WriteFailureClass failure_class;
    WriteRetry retry;
  };

  constexpr auto kContention = WriteFailureClass::kContention;
  constexpr auto kTimeout = WriteFailureClass::kTimeout;
  constexpr auto kConstraint = WriteFailureClass::kConstraint;
  constexpr auto kConnection = WriteFailureClass::kConnection;
  constexpr auto kUnknown = WriteFailureClass::kUnknown;
  for (const Case& c : {Case{5, kContention, WriteRetry::kWithBackoff},            // BUSY
                        Case{5 | 1 << 8, kContention, WriteRetry::kWithBackoff},   // _RECOVERY
                        Case{5 | 2 << 8, kContention, WriteRetry::kWithBackoff},   // _SNAPSHOT
                        Case{5 | 3 << 8, kTimeout, WriteRetry::kWithBackoff},      // _TIMEOUT
                        Case{6, kContention, WriteRetry::kWithBackoff},            // LOCKED
                        Case{6 | 1 << 8, kContention, WriteRetry::kWithBackoff},   // _SHAREDCACHE
                        Case{15, kContention, WriteRetry::kWithBackoff},           // PROTOCOL
                        Case{9, kTimeout, WriteRetry::kNever},                     // INTERRUPT
                        Case{4, kTimeout, WriteRetry::kNever},                     // ABORT
                        Case{19, kConstraint, WriteRetry::kNever},                 // CONSTRAINT
                        Case{19 | 1 << 8, kConstraint, WriteRetry::kNever},        // _CHECK
                        Case{19 | 8 << 8, kConstraint, WriteRetry::kNever},        // _UNIQUE
                        Case{20, kConstraint, WriteRetry::kNever},                 // MISMATCH
                        Case{18, kConstraint, WriteRetry::kNever},                 // TOOBIG
                        Case{25, kConstraint, WriteRetry::kNever},                 // RANGE
                        Case{14, kConnection, WriteRetry::kUntilHealed},           // CANTOPEN
                        Case{10, kConnection, WriteRetry::kUntilHealed},           // IOERR
                        Case{10 | 3 << 8, kConnection, WriteRetry::kUntilHealed},  // _WRITE
                        Case{13, kConnection, WriteRetry::kUntilHealed},           // FULL
                        Case{8, kConnection, WriteRetry::kUntilHealed},            // READONLY
                        Case{3, kConnection, WriteRetry::kUntilHealed},            // PERM
                        Case{26, kConnection, WriteRetry::kUntilHealed},           // NOTADB
                        Case{11, kConnection, WriteRetry::kUntilHealed},           // CORRUPT
                        Case{22, kConnection, WriteRetry::kUntilHealed},           // NOLFS
                        Case{23, kConnection, WriteRetry::kUntilHealed},           // AUTH
                        Case{7, kUnknown, WriteRetry::kOnce},                      // NOMEM
                        Case{17, kUnknown, WriteRetry::kOnce},                     // SCHEMA
                        Case{1, kUnknown, WriteRetry::kNever},                     // ERROR
                        Case{21, kUnknown, WriteRetry::kNever},                    // MISUSE
                        Case{2, kUnknown, WriteRetry::kNever},                     // INTERNAL
                        Case{99, kUnknown, WriteRetry::kNever}}) {
    CAPTURE(c.code);
    const WriteFailure failure = write_failure(c.code);
    CHECK(failure.failure_class == c.failure_class);
    CHECK(failure.retry == c.retry);
    CHECK(is_schema_change(c.code) == (c.code == 17));
    CHECK(is_damage(c.code) == (c.code == 11 || c.code == 26));
  }
}

}  // namespace traceway::sqlite
