// What projects' clients sent in vain lately, so that the dashboard can say why nothing arrives.
#pragma once

#include "base/id.h"

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace traceway::http {

/// One request that was refused, or taken only in part (status 200).
struct Rejection {
  std::int64_t at_ns = 0;
  int status = 0;
  std::string route;   ///< the pattern: "/api/otel/v1/traces"
  std::string reason;  ///< cut to Rejections::kMaxReasonBytes
};

/// The last rejections of each project, in memory. Any thread; no call waits for anything.
class Rejections {
 public:
  static constexpr std::size_t kMostPerProject = 20;
  static constexpr std::size_t kMostProjects = 1000;
  static constexpr std::size_t kMaxReasonBytes = 200;

  /// Past kMostProjects the project that has been quiet longest is forgotten.
  void note(const Uuid& project, Rejection rejection);
  /// Newest first.
  [[nodiscard]] std::vector<Rejection> of(const Uuid& project) const;

 private:
  mutable std::mutex mutex_;  // guards by_project_
  std::unordered_map<Uuid, std::deque<Rejection>> by_project_;
};

}  // namespace traceway::http
