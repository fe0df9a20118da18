// SQLite result codes to ours: the fence where the driver's exceptions end.
#pragma once

#include "base/result.h"
#include "storage/telemetry_db.h"

#include <string>
#include <string_view>

namespace traceway::sqlite {

/// An extended SQLite result code as an Error. `detail` starts with the code's name:
/// `SQLITE_FULL (13): ...`, for the log only.
/// kConflict: uniqueness. kUnavailable: busy, interrupted (the read deadline), full or failing
/// disk, no memory. kInternal: everything else.
[[nodiscard]] Error error_of(int result_code, std::string_view detail);

/// Whether the file itself is broken, at least in the place that was read; no waiting mends it.
[[nodiscard]] bool is_damage(int result_code);

/// Why a database file cannot be used, as a sentence for the operator that names it and says what
/// to do. `cause` comes from error_of() or from migrate().
[[nodiscard]] Error unusable_file(Error cause, const std::string& path);

/// What an extended SQLite result code means for a transaction. Source: write-pipeline 7.2.
[[nodiscard]] WriteFailure write_failure(int result_code);

/// The schema changed under a prepared statement: it must be prepared again.
[[nodiscard]] bool is_schema_change(int result_code);

}  // namespace traceway::sqlite
