#include "http/rejections.h"

#include "base/text.h"

#include <algorithm>

namespace traceway::http {

void Rejections::note(const Uuid& project, Rejection rejection) {
  rejection.reason.resize(text::truncate_utf8(rejection.reason, kMaxReasonBytes).size());
  const std::lock_guard lock(mutex_);
  if (by_project_.size() >= kMostProjects && !by_project_.contains(project)) {
    by_project_.erase(std::ranges::min_element(
        by_project_, {}, [](const auto& known) { return known.second.front().at_ns; }));
  }
  std::deque<Rejection>& known = by_project_[project];
  known.push_front(std::move(rejection));
  if (known.size() > kMostPerProject) known.pop_back();
}

std::vector<Rejection> Rejections::of(const Uuid& project) const {
  const std::lock_guard lock(mutex_);
  const auto known = by_project_.find(project);
  if (known == by_project_.end()) return {};
  return {known->second.begin(), known->second.end()};
}

}  // namespace traceway::http
