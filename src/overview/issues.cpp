#include "overview/issues.h"

#include "api/stack_frames.h"

#include <algorithm>

namespace traceway::overview {

namespace {

constexpr std::size_t kMostIssues = 10;
constexpr std::int64_t kNsPerHour = 3'600'000'000'000;

Result<std::vector<api::TrendPoint>> course_of(TelemetryDb& telemetry, const Uuid& project,
                                               const Window& window, const std::string& hash) {
  const std::int64_t step = std::max(window.bucket_minutes / 60, 1);
  const auto rows = telemetry.run("overview.issue_course",
                                  {{"project_id", to_value(project)},
                                   {"exception_hash", to_value(hash)},
                                   {"first_hour", to_value(window.current.from_ns / kNsPerHour)},
                                   {"last_hour", to_value(window.current.to_ns / kNsPerHour)},
                                   {"step", to_value(step)}});
  if (!rows) return fail(rows);
  std::vector<api::TrendPoint> out;
  for (const Row& row : *rows) out.push_back(from_row<api::TrendPoint>(row));
  return out;
}

std::optional<Culprit> culprit_of(std::string_view stack_trace) {
  const std::vector<api::StackError> errors = api::parse_stack(stack_trace);
  const api::StackFrame* frame = api::culprit_of(errors);
  if (frame == nullptr) return std::nullopt;
  return Culprit{frame->function, frame->file, frame->line, frame->in_app};
}

}  // namespace

Result<std::vector<api::GroupFigures>> visible_issues(TelemetryDb& telemetry, const Uuid& project,
                                                      const Window& window) {
  auto groups = api::exception_groups(telemetry, {project, window.current, false});
  if (!groups) return groups;
  std::erase_if(*groups, [](const api::GroupFigures& one) { return one.is_hidden; });
  std::ranges::sort(*groups, [](const api::GroupFigures& a, const api::GroupFigures& b) {
    if (a.group.last_seen.ns != b.group.last_seen.ns)
      return a.group.last_seen.ns > b.group.last_seen.ns;
    return a.group.exception_hash < b.group.exception_hash;
  });
  return groups;
}

Result<std::vector<RecentIssue>> recent_issues(TelemetryDb& telemetry, const Uuid& project,
                                               const Window& window,
                                               const std::vector<api::GroupFigures>& visible) {
  std::vector<RecentIssue> out;
  for (std::size_t i = 0; i < std::min(visible.size(), kMostIssues); ++i) {
    RecentIssue issue{visible[i].group, {}, {}};
    auto completed = api::complete_group(telemetry, {project, window.current, false},
                                         window.current.to_ns, issue);
    if (!completed) return fail(completed);
    issue.hourly_trend.reset();
    issue.culprit = culprit_of(issue.stack_trace);
    auto course = course_of(telemetry, project, window, issue.exception_hash);
    if (!course) return fail(course);
    issue.trend = std::move(*course);
    out.push_back(std::move(issue));
  }
  return out;
}

}  // namespace traceway::overview
