// The issues of an overview: those seen last, with their course.
#pragma once

#include "api/exception_groups.h"
#include "base/json.h"
#include "base/result.h"
#include "overview/figures.h"
#include "storage/telemetry_db.h"

#include <vector>

namespace traceway::overview {

/// An issue with its occurrences over the range, in buckets of whole hours.
struct RecentIssue : api::ExceptionGroup {
  std::vector<api::TrendPoint> trend;
};

/// Issues with an occurrence in the range that nobody archived since, seen last first; no messages.
/// Stack text and course are not filled in.
[[nodiscard]] Result<std::vector<api::GroupFigures>> visible_issues(TelemetryDb& telemetry,
                                                                    const Uuid& project,
                                                                    const Window& window);

/// The first ten of them, complete. Source: dashboard-api 7.2.
[[nodiscard]] Result<std::vector<RecentIssue>> recent_issues(
    TelemetryDb& telemetry, const Uuid& project, const Window& window,
    const std::vector<api::GroupFigures>& visible);

}  // namespace traceway::overview

namespace traceway {

template <>
inline constexpr auto fields<overview::RecentIssue> = std::tuple_cat(
    fields<api::ExceptionGroup>, std::tuple{field("trend", &overview::RecentIssue::trend)});

}  // namespace traceway
