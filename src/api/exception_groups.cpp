#include "api/exception_groups.h"

#include "api/buckets.h"
#include "api/exception_run.h"
#include "base/text.h"

#include <algorithm>

namespace traceway::api {

namespace {

constexpr std::int64_t kNsPerHour = 3'600'000'000'000;
constexpr std::int64_t kDayHours = 24;
constexpr int kMinutesPerHour = 60;
constexpr std::size_t kMaxListedStackBytes = 64U << 10U;

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
  constexpr std::int64_t kLast = INT64_MAX - kNsPerHour;
  const std::int64_t from = std::clamp<std::int64_t>(range.from_ns, 0, kLast);
  const std::int64_t to = std::min(range.to_ns, kLast);
  const std::int64_t first = hour_of(from + kNsPerHour - 1);
  const std::int64_t end = hour_of(to + 1);
  if (first >= end) return {0, 0, range.to_ns, INT64_MAX};
  return {first, end, first * kNsPerHour - 1, end * kNsPerHour};
}

void add_hours(const HourSplit& hours, Params& params) {
  params.emplace_back("first_hour", hours.first_hour);
  params.emplace_back("end_hour", hours.end_hour);
  params.emplace_back("head_end", hours.head_end);
  params.emplace_back("tail_start", hours.tail_start);
}

/// One issue and a range.
Params params_of(const Uuid& project, std::string_view hash, TimeRange range) {
  return {{"project_id", to_value(project)},
          {"exception_hash", to_value(hash)},
          {"from_time", range.from_ns},
          {"to_time", range.to_ns}};
}

std::optional<std::int64_t> integer_or_none(const Row& row, std::string_view column) {
  if (row.is_null(column)) return std::nullopt;
  return row.integer(column);
}

/// What the text of the newest occurrence says.
void describe(std::string_view text, ExceptionGroup& group) {
  group.stack_trace = text::truncate_utf8(text, kMaxListedStackBytes);
  if (group.is_message) {
    group.message = message_error(text).message;
    return;
  }
  const std::vector<StackError> errors = parse_stack(text);
  if (!errors.front().type.empty()) group.type = errors.front().type;
  group.message = errors.front().message;
  if (const StackFrame* frame = culprit_of(errors)) {
    group.culprit.text = to_json(Culprit{frame->function, frame->file, frame->line, frame->in_app});
  }
}

Result<void> add_newest_occurrence(TelemetryDb& telemetry, const GroupFilter& filter,
                                   ExceptionGroup& group) {
  // Of the rows that match the newest one, too: nothing after it is looked at.
  auto rows = telemetry.run(
      "issues.newest_occurrence",
      params_of(filter.project, group.exception_hash, {filter.range.from_ns, group.last_seen.ns}));
  if (!rows) return fail(rows);
  if (rows->empty()) return {};
  const Row& row = rows->front();
  describe(row.text("stack_trace"), group);
  group.route = row.text("run_name");
  if (!group.route.empty()) return {};
  auto run = run_of_exception(telemetry, filter.project, row);
  if (!run) return fail(run);
  if (*run) group.route = (*run)->name;
  return {};
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

IssueState state_of(const IssueHistory& history, std::int64_t from_ns) {
  if (history.archived_at) {
    const bool is_back = history.has_condition
                             ? history.returned_at && history.last_seen >= *history.returned_at
                             : history.last_seen > *history.archived_at;
    return is_back ? IssueState::kRegressed : IssueState::kArchived;
  }
  return history.ever_first_seen >= from_ns ? IssueState::kNew : IssueState::kOpen;
}

GroupFigures to_figures(const Row& row, std::int64_t from_ns) {
  GroupFigures out;
  ExceptionGroup& group = out.group;
  group.exception_hash = row.text("exception_hash");
  group.last_seen.ns = row.integer("last_seen");
  group.first_seen.ns = row.integer("first_seen");
  group.ever_first_seen.ns = row.integer("ever_first_seen");
  group.count = row.integer("count");
  group.type = row.text("type");
  group.is_message = row.integer("is_message") != 0;
  const IssueHistory history{.ever_first_seen = group.ever_first_seen.ns,
                             .last_seen = group.last_seen.ns,
                             .archived_at = integer_or_none(row, "archived_at"),
                             .has_condition = !row.is_null("until_kind"),
                             .returned_at = integer_or_none(row, "returned_at")};
  out.state = state_of(history, from_ns);
  group.state = issue_state_name(out.state);
  if (history.archived_at) group.archived_at = Timestamp{*history.archived_at};
  out.has_users = row.find("users") != nullptr;
  if (out.has_users) group.users = row.integer("users");
  return out;
}

Result<std::vector<GroupFigures>> exception_groups(TelemetryDb& telemetry,
                                                   const GroupFilter& filter) {
  Params params = {{"project_id", to_value(filter.project)},
                   {"from_time", filter.range.from_ns},
                   {"to_time", filter.range.to_ns},
                   {"is_message", std::monostate{}}};
  if (filter.is_message) params.back().second = std::int64_t{*filter.is_message};
  add_hours(split_hours(filter.range), params);
  auto rows = telemetry.run("issues.groups", params);
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

Result<std::vector<TrendPoint>> trend_of(TelemetryDb& telemetry, const Uuid& project,
                                         std::string_view hash, TimeRange range,
                                         int bucket_minutes) {
  Params params = params_of(project, hash, range);
  params.emplace_back("bucket", bucket_minutes * kNsPerMinute);
  std::string_view name = "issues.hour_buckets";
  if (bucket_minutes % kMinutesPerHour == 0) {
    add_hours(split_hours(range), params);
  } else {
    name = "issues.buckets";
    for (const std::string_view unused : {"text_ids", "server", "version", "route", "attributes"})
      params.emplace_back(unused, std::monostate{});
  }
  auto rows = telemetry.run(name, params);
  if (!rows) return fail(rows);
  std::vector<TrendPoint> out;
  for (const Row& row : *rows) out.push_back({{row.integer("timestamp")}, row.integer("count")});
  return out;
}

TimeRange drawn_range(TimeRange asked, const std::vector<GroupFigures>& groups) {
  if (asked.from_ns != INT64_MIN) return asked;
  asked.from_ns = asked.to_ns;
  for (const GroupFigures& one : groups) {
    asked.from_ns = std::min(asked.from_ns, one.group.first_seen.ns);
  }
  return asked;
}

Result<void> complete_group(TelemetryDb& telemetry, const GroupFilter& filter, std::int64_t now_ns,
                            GroupFigures& figures) {
  ExceptionGroup& group = figures.group;
  if (auto done = add_newest_occurrence(telemetry, filter, group); !done) return done;
  const TimeRange last_day{now_ns - kDayHours * kNsPerHour, INT64_MAX};
  auto hours = trend_of(telemetry, filter.project, group.exception_hash, last_day, kMinutesPerHour);
  if (!hours) return fail(hours);
  if (!hours->empty()) group.hourly_trend = std::move(*hours);
  if (filter.trend_bucket_minutes > 0) {
    auto trend = trend_of(telemetry, filter.project, group.exception_hash, filter.range,
                          filter.trend_bucket_minutes);
    if (!trend) return fail(trend);
    group.trend = std::move(*trend);
  }
  if (figures.has_users) return {};
  auto users =
      telemetry.run("issues.users", params_of(filter.project, group.exception_hash, filter.range));
  if (!users) return fail(users);
  group.users = users->front().integer("users");
  figures.has_users = true;
  return {};
}

}  // namespace traceway::api
