#include "overview/issues.h"

#include <algorithm>

namespace traceway::overview {

Result<std::vector<api::GroupFigures>> recent_issues(TelemetryDb& telemetry, const Uuid& project,
                                                     const Window& window) {
  auto groups = api::exception_groups(telemetry, {project, window.current, false});
  if (!groups) return groups;
  std::erase_if(*groups, [](const api::GroupFigures& one) {
    return one.state == api::IssueState::kArchived;
  });
  std::ranges::sort(*groups, [](const api::GroupFigures& a, const api::GroupFigures& b) {
    if (a.group.last_seen.ns != b.group.last_seen.ns)
      return a.group.last_seen.ns > b.group.last_seen.ns;
    return a.group.exception_hash < b.group.exception_hash;
  });
  const api::GroupFilter filter{project, window.current, false, window.bucket_minutes};
  for (std::size_t i = 0; i < std::min(groups->size(), kMostIssues); ++i) {
    api::GroupFigures& issue = (*groups)[i];
    auto done = api::complete_group(telemetry, filter, window.current.to_ns, issue);
    if (!done) return fail(done);
    issue.group.hourly_trend.reset();
  }
  return groups;
}

}  // namespace traceway::overview
