// The chart above a list of endpoints or tasks: the five names that matter most by a metric, over
// time, the rest as Other.
#pragma once

#include "api/runs.h"
#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace traceway::api {

/// POST /endpoints/chart, /tasks/chart. Source: dashboard-api 10.5. Errors: kInvalid past 2,000
/// buckets.
[[nodiscard]] Result<http::Response> run_chart(const http::Request& request, const RunKind& kind,
                                               TelemetryDb& telemetry, std::int64_t now_ns);

}  // namespace traceway::api
