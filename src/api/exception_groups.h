// Issues as several slices show them: exceptions grouped by hash, with their figures in a time
// range.
#pragma once

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

/// What became of an issue. Regressed: archived, and seen again since.
enum class IssueState : std::uint8_t { kOpen, kNew, kRegressed, kArchived };

/// "open", "new", "regressed", "archived".
[[nodiscard]] std::string_view issue_state_name(IssueState state);

/// dashboard-api 12.1. Count and times refer to the range and to the rows that match.
struct ExceptionGroup {
  std::string exception_hash;
  std::string stack_trace;  ///< of the newest occurrence, at most 64 KiB
  Timestamp last_seen;
  Timestamp first_seen;
  std::int64_t count = 0;
  std::optional<std::vector<TrendPoint>> hourly_trend;  ///< the last 24 h; absent when empty
  std::string type;                                     ///< empty for messages
  std::string message;                                  ///< first line without the type
  bool is_message = false;
  std::string state;
  std::optional<Timestamp> archived_at;
};

/// Which groups are wanted.
struct GroupFilter {
  Uuid project;
  TimeRange range;
  std::optional<bool> is_message = {};  ///< absent: issues and messages
  std::string search = {};              ///< substring of the stack text, ASCII case folded
};

/// One group before it is dressed for the page.
struct GroupFigures {
  ExceptionGroup group;
  IssueState state = IssueState::kOpen;
  /// Hidden from a list that does not ask for archived issues. Source: dashboard-api 12.2.
  bool is_hidden = false;
};

/// Every group with an occurrence in the range, unordered, at most 100,000; stack text and trend
/// are not filled in. Errors: kUnavailable past the deadline of a read.
[[nodiscard]] Result<std::vector<GroupFigures>> exception_groups(TelemetryDb& telemetry,
                                                                 const GroupFilter& filter);

/// One group over all time; empty when there is no such hash. Stack text and trend are not filled
/// in.
[[nodiscard]] Result<std::optional<GroupFigures>> exception_group(TelemetryDb& telemetry,
                                                                  const Uuid& project,
                                                                  std::string_view hash);

/// Fills in the stack text of the newest occurrence in the range and the trend of the last 24 h.
[[nodiscard]] Result<void> complete_group(TelemetryDb& telemetry, const GroupFilter& filter,
                                          std::int64_t now_ns, ExceptionGroup& group);

}  // namespace traceway::api

namespace traceway {

template <>
inline constexpr auto fields<api::TrendPoint> = std::tuple{
    field("timestamp", &api::TrendPoint::timestamp), field("count", &api::TrendPoint::count)};

template <>
inline constexpr auto fields<api::ExceptionGroup> =
    std::tuple{field("exception_hash", &api::ExceptionGroup::exception_hash),
               field("stack_trace", &api::ExceptionGroup::stack_trace),
               field("last_seen", &api::ExceptionGroup::last_seen),
               field("first_seen", &api::ExceptionGroup::first_seen),
               field("count", &api::ExceptionGroup::count),
               field("hourly_trend", &api::ExceptionGroup::hourly_trend),
               field("type", &api::ExceptionGroup::type),
               field("message", &api::ExceptionGroup::message),
               field("is_message", &api::ExceptionGroup::is_message),
               field("state", &api::ExceptionGroup::state),
               field("archived_at", &api::ExceptionGroup::archived_at)};

}  // namespace traceway
