// Issues as several slices show them: exceptions grouped by hash, with their figures in a time
// range.
#pragma once

#include "api/stack_frames.h"
#include "base/json.h"
#include "base/result.h"
#include "storage/telemetry_db.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::api {

/// Occurrences in the bucket or hour that begins at `timestamp`.
struct TrendPoint {
  Timestamp timestamp;
  std::int64_t count = 0;
};

/// What became of an issue. Regressed: archived, and back since.
enum class IssueState : std::uint8_t { kOpen, kNew, kRegressed, kArchived };

/// What decides the state. Times in ns since 1970.
struct IssueHistory {
  std::int64_t ever_first_seen = 0;
  std::int64_t last_seen = 0;  ///< the newest occurrence in the range
  std::optional<std::int64_t> archived_at = {};
  bool has_condition = false;                    ///< archived until something else than "again"
  std::optional<std::int64_t> returned_at = {};  ///< the occurrence that fulfilled the condition
};

/// As seen in a range that begins at `from_ns`: an archived issue is back when the range holds a
/// later occurrence, or the one that fulfilled the condition. Pure. Source: dashboard-api 12.2.
[[nodiscard]] IssueState state_of(const IssueHistory& history, std::int64_t from_ns);

/// "open", "new", "regressed", "archived".
[[nodiscard]] std::string_view issue_state_name(IssueState state);

/// Where to look first.
struct Culprit {
  std::string function;
  std::string file;
  std::int64_t line = 0;
  bool in_app = false;
};

/// dashboard-api 12.1. Count and times refer to the range and to the rows that match.
struct ExceptionGroup {
  std::string exception_hash;
  std::string stack_trace;  ///< of the newest occurrence, at most 64 KiB
  Timestamp last_seen;
  Timestamp first_seen;
  Timestamp ever_first_seen;  ///< whatever the range
  std::int64_t count = 0;
  std::optional<std::vector<TrendPoint>> hourly_trend;  ///< the last 24 h; absent when empty
  std::string type;                                     ///< empty for messages
  std::string message;                                  ///< one line without the type
  RawJson culprit;                                      ///< a Culprit, null without frames
  std::string route;       ///< the newest occurrence's endpoint or task
  std::int64_t users = 0;  ///< distinct ones in the range
  bool is_message = false;
  std::string state;
  std::optional<Timestamp> archived_at;
  std::vector<TrendPoint> trend;  ///< over the range, whatever was searched for
};

/// Which groups are wanted, and how they are dressed.
struct GroupFilter {
  Uuid project;
  TimeRange range;
  std::optional<bool> is_message = {};  ///< absent: issues and messages
  int trend_bucket_minutes = 0;         ///< 0: no trend
};

/// One group before it is dressed for the page.
struct GroupFigures {
  ExceptionGroup group;
  IssueState state = IssueState::kOpen;
  bool has_users = false;  ///< `users` of the group is filled in
};

/// A row of the statements `issues.groups`, `issues.matching_groups` and `issues.group`.
[[nodiscard]] GroupFigures to_figures(const Row& row, std::int64_t from_ns);

/// Every group with an occurrence in the range, unordered, at most 100,000, not completed. Errors:
/// kUnavailable past the deadline of a read.
[[nodiscard]] Result<std::vector<GroupFigures>> exception_groups(TelemetryDb& telemetry,
                                                                 const GroupFilter& filter);

/// One group over all time, not completed; empty when there is no such hash. It is never new.
[[nodiscard]] Result<std::optional<GroupFigures>> exception_group(TelemetryDb& telemetry,
                                                                  const Uuid& project,
                                                                  std::string_view hash);

/// Fills in what the page shows of a group: the newest occurrence's text, type, message, culprit
/// and route, its users, the trend of the last 24 h and of the range.
[[nodiscard]] Result<void> complete_group(TelemetryDb& telemetry, const GroupFilter& filter,
                                          std::int64_t now_ns, GroupFigures& figures);

/// The issue's occurrences per bucket of a range; only buckets with data.
[[nodiscard]] Result<std::vector<TrendPoint>> trend_of(TelemetryDb& telemetry, const Uuid& project,
                                                       std::string_view hash, TimeRange range,
                                                       int bucket_minutes);

/// The range that trends are drawn over: an absent start is when the first of the groups was seen.
[[nodiscard]] TimeRange drawn_range(TimeRange asked, const std::vector<GroupFigures>& groups);

}  // namespace traceway::api

namespace traceway {

template <>
inline constexpr auto fields<api::TrendPoint> = std::tuple{
    field("timestamp", &api::TrendPoint::timestamp), field("count", &api::TrendPoint::count)};

template <>
inline constexpr auto fields<api::Culprit> =
    std::tuple{field("function", &api::Culprit::function), field("file", &api::Culprit::file),
               field("line", &api::Culprit::line), field("in_app", &api::Culprit::in_app)};

template <>
inline constexpr auto fields<api::ExceptionGroup> =
    std::tuple{field("exception_hash", &api::ExceptionGroup::exception_hash),
               field("stack_trace", &api::ExceptionGroup::stack_trace),
               field("last_seen", &api::ExceptionGroup::last_seen),
               field("first_seen", &api::ExceptionGroup::first_seen),
               field("ever_first_seen", &api::ExceptionGroup::ever_first_seen),
               field("count", &api::ExceptionGroup::count),
               field("hourly_trend", &api::ExceptionGroup::hourly_trend),
               field("type", &api::ExceptionGroup::type),
               field("message", &api::ExceptionGroup::message),
               field("culprit", &api::ExceptionGroup::culprit),
               field("route", &api::ExceptionGroup::route),
               field("users", &api::ExceptionGroup::users),
               field("is_message", &api::ExceptionGroup::is_message),
               field("state", &api::ExceptionGroup::state),
               field("archived_at", &api::ExceptionGroup::archived_at),
               field("trend", &api::ExceptionGroup::trend)};

}  // namespace traceway
