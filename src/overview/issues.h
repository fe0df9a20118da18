// The issues of an overview: those seen last, with their course.
#pragma once

#include "api/exception_groups.h"
#include "base/json.h"
#include "base/result.h"
#include "overview/figures.h"
#include "storage/telemetry_db.h"

#include <optional>
#include <string>
#include <vector>

namespace traceway::overview {

/// Where to look first.
struct Culprit {
  std::string function;
  std::string file;
  std::int64_t line = 0;
  bool in_app = false;
};

/// An issue with its occurrences over the range, in buckets of whole hours.
struct RecentIssue : api::ExceptionGroup {
  std::optional<Culprit> culprit;
  std::vector<api::TrendPoint> trend;
};

/// Issues with an occurrence in the range that nobody archived since, seen last first; no messages.
/// Stack text, culprit and course are not filled in.
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
inline constexpr auto fields<overview::Culprit> = std::tuple{
    field("function", &overview::Culprit::function), field("file", &overview::Culprit::file),
    field("line", &overview::Culprit::line), field("in_app", &overview::Culprit::in_app)};

template <>
inline constexpr auto fields<overview::RecentIssue> = std::tuple_cat(
    fields<api::ExceptionGroup>, std::tuple{field("culprit", &overview::RecentIssue::culprit),
                                            field("trend", &overview::RecentIssue::trend)});

}  // namespace traceway
