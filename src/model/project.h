// What ingest must know of a project, from memory.
#pragma once

#include "base/id.h"

#include <memory>
#include <string>
#include <vector>

namespace traceway {

struct ProjectSettings {
  Uuid id;
  std::string name;
  std::string framework = "custom";
  bool drops_healthy_healthchecks = false;
  std::vector<std::string> healthcheck_paths;
};

/// The in-memory map kept in step with every project change; the projects slice implements it.
/// Thread-safe, no I/O.
class ProjectDirectory {
 public:
  virtual ~ProjectDirectory() = default;
  /// Null when there is no such project.
  [[nodiscard]] virtual std::shared_ptr<const ProjectSettings> find(const Uuid& project) const = 0;
};

}  // namespace traceway
