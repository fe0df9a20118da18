#include "api/exception_groups.h"

#include "base/text.h"

#include <algorithm>

namespace traceway::api {

namespace {

constexpr std::int64_t kNsPerHour = 3'600'000'000'000;
constexpr std::int64_t kDayHours = 24;
constexpr std::size_t kMaxListedStackBytes = 64U << 10U;
constexpr std::size_t kMaxMessageBytes = 500;

/// A range as whole hours with what is left before and after them. Without a whole hour the rows
/// before them are all there is.
struct HourSplit {
  std::int64_t first_hour;
  std::int64_t end_hour;    ///< exclusive
  std::int64_t head_end;    ///< ns, inclusive
  std::int64_t tail_start;  ///< ns, inclusive
};

std::int64_t hour_of(std::int64_t ns) {
  return ns / kNsPerHour - (ns % kNsPerHour < 0 ? 1 : 0);
}

HourSplit split_hours(TimeRange range) {
  // The table's hours end with the last nanosecond that an integer holds; nothing older than 1970
  // is worth an hour of its own.
  const std::int64_t from = std::max<std::int64_t>(range.from_ns, 0);
  const std::int64_t to = std::min(range.to_ns, INT64_MAX - kNsPerHour);
  const std::int64_t first = hour_of(from + kNsPerHour - 1);
  const std::int64_t end = hour_of(to + 1);
  if (first >= end) return {0, 0, range.to_ns, INT64_MAX};
  return {first, end, first * kNsPerHour - 1, end * kNsPerHour};
}

std::string message_of(std::string_view first_line, std::string_view type) {
  if (!type.empty() && first_line.starts_with(type)) {
    first_line.remove_prefix(type.size());
    if (first_line.starts_with(':')) first_line.remove_prefix(1);
  }
  return std::string(text::truncate_utf8(text::trim(first_line), kMaxMessageBytes));
}

IssueState state_of(const Row& row, std::int64_t from_ns) {
  if (!row.is_null("archived_at")) {
    return row.integer("ever_last_seen") > row.integer("archived_at") ? IssueState::kRegressed
                                                                      : IssueState::kArchived;
  }
  return row.integer("ever_first_seen") >= from_ns ? IssueState::kNew : IssueState::kOpen;
}

GroupFigures to_figures(const Row& row, std::int64_t from_ns) {
  GroupFigures out;
  out.state = state_of(row, from_ns);
  ExceptionGroup& group = out.group;
  group.exception_hash = row.text("exception_hash");
  group.last_seen.ns = row.integer("last_seen");
  group.first_seen.ns = row.integer("first_seen");
  group.count = row.integer("count");
  group.type = row.text("type");
  group.message = message_of(row.text("first_line"), group.type);
  group.is_message = row.integer("is_message") != 0;
  group.state = issue_state_name(out.state);
  if (!row.is_null("archived_at")) {
    group.archived_at = Timestamp{row.integer("archived_at")};
    out.is_hidden = group.last_seen.ns <= group.archived_at->ns;
  }
  return out;
}

Params params_of(const GroupFilter& filter) {
  Params params = {{"project_id", to_value(filter.project)},
                   {"from_time", filter.range.from_ns},
                   {"to_time", filter.range.to_ns},
                   {"is_message", std::monostate{}}};
  if (filter.is_message) params.back().second = std::int64_t{*filter.is_message};
  if (!filter.search.empty()) {
    params.emplace_back("search", filter.search);
    return params;
  }
  const HourSplit hours = split_hours(filter.range);
  params.emplace_back("first_hour", hours.first_hour);
  params.emplace_back("end_hour", hours.end_hour);
  params.emplace_back("head_end", hours.head_end);
  params.emplace_back("tail_start", hours.tail_start);
  return params;
}

}  // namespace

std::string_view issue_state_name(IssueState state) {
  switch (state) {
    case IssueState::kNew:
      return "new";
    case IssueState::kRegressed:
      return "regressed";
    case IssueState::kArchived:
      return "archived";
    case IssueState::kOpen:
      break;
  }
  return "open";
}

Result<std::vector<GroupFigures>> exception_groups(TelemetryDb& telemetry,
                                                   const GroupFilter& filter) {
  const auto name = filter.search.empty() ? "issues.groups" : "issues.matching_groups";
  auto rows = telemetry.run(name, params_of(filter));
  if (!rows) return fail(rows);
  std::vector<GroupFigures> groups;
  groups.reserve(rows->size());
  for (const Row& row : *rows) {
    // A group may have been seen before and after the range, and never inside.
    if (row.integer("count") > 0) groups.push_back(to_figures(row, filter.range.from_ns));
  }
  return groups;
}

Result<std::optional<GroupFigures>> exception_group(TelemetryDb& telemetry, const Uuid& project,
                                                    std::string_view hash) {
  auto rows = telemetry.run(
      "issues.group", {{"project_id", to_value(project)}, {"exception_hash", to_value(hash)}});
  if (!rows) return fail(rows);
  if (rows->empty()) return std::optional<GroupFigures>{};
  return std::optional(to_figures(rows->front(), INT64_MAX));
}

Result<void> complete_group(TelemetryDb& telemetry, const GroupFilter& filter, std::int64_t now_ns,
                            ExceptionGroup& group) {
  const Value project = to_value(filter.project);
  const Value hash = group.exception_hash;
  auto text = telemetry.run("issues.newest_text", {{"project_id", project},
                                                   {"exception_hash", hash},
                                                   {"from_time", filter.range.from_ns},
                                                   {"to_time", filter.range.to_ns}});
  if (!text) return fail(text);
  if (!text->empty()) {
    const std::string whole = text->front().text("stack_trace");
    group.stack_trace = text::truncate_utf8(whole, kMaxListedStackBytes);
  }
  const std::int64_t day_ago = now_ns - kDayHours * kNsPerHour;
  auto hours = telemetry.run("issues.hours", {{"project_id", project},
                                              {"exception_hash", hash},
                                              {"from_time", day_ago},
                                              {"from_hour", hour_of(day_ago)}});
  if (!hours) return fail(hours);
  std::vector<TrendPoint> trend;
  for (const Row& row : *hours) {
    trend.push_back({{row.integer("timestamp")}, row.integer("count")});
  }
  if (!trend.empty()) group.hourly_trend = std::move(trend);
  return {};
}

}  // namespace traceway::api
