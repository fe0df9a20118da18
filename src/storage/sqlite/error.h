// SQLite result codes to ours: the fence where the driver's exceptions end.
#pragma once

#include "base/result.h"
#include "storage/telemetry_db.h"

#include <string_view>

namespace traceway::sqlite {

/// An extended SQLite result code as an Error. `detail` starts with the code's name:
/// `SQLITE_FULL (13): ...`, for the log only.
/// kConflict: uniqueness. kUnavailable: busy, interrupted (the read deadline), full or failing
/// disk, no memory. kInternal: everything else.
[[nodiscard]] Error error_of(int result_code, std::string_view detail);

/// The failure class of an extended SQLite result code. Source: write-pipeline 7.2.
[[nodiscard]] WriteFailureClass failure_class(int result_code);

}  // namespace traceway::sqlite
