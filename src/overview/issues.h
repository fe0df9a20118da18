// The issues of an overview: those seen last, with their course.
#pragma once

#include "api/exception_groups.h"
#include "base/result.h"
#include "overview/figures.h"
#include "storage/telemetry_db.h"

#include <vector>

namespace traceway::overview {

/// How many issues an overview shows. Source: dashboard-api 7.2.
inline constexpr std::size_t kMostIssues = 10;

/// Issues with an occurrence in the range that nobody archived since, seen last first; no messages.
/// The first kMostIssues are complete.
[[nodiscard]] Result<std::vector<api::GroupFigures>> recent_issues(TelemetryDb& telemetry,
                                                                   const Uuid& project,
                                                                   const Window& window);

}  // namespace traceway::overview
