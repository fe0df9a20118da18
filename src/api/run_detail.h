// One request or run of a task in detail: its row, the spans below it, what went wrong.
#pragma once

#include "api/runs.h"
#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

#include <functional>

namespace traceway::api {

/// The run's stored row as the JSON object its kind is shown as; the exceptions are those of its
/// trace.
using WriteRun = std::function<std::string(const Row& run, const Rows& exceptions)>;

/// POST /endpoints/:endpointId, /tasks/:taskId. Source: dashboard-api 10.7, 11. An id that is a
/// trace id selects that trace's first run of the kind.
[[nodiscard]] Result<http::Response> run_detail(const http::Request& request, const RunKind& kind,
                                                TelemetryDb& telemetry, const WriteRun& write_run);

}  // namespace traceway::api
