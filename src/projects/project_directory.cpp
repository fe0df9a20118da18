#include "projects/project_directory.h"

#include <mutex>

namespace traceway::projects {

namespace {

std::vector<std::string> paths_of(const RawJson& list) {
  std::vector<std::string> paths;
  const auto parsed = json::Value::parse(list.text);
  if (!parsed) return paths;
  for (const json::Value& item : parsed->items()) {
    if (auto path = item.as_string()) paths.push_back(std::move(*path));
  }
  return paths;
}

}  // namespace

void MemoryDirectory::put(const Project& project) {
  auto settings = std::make_shared<ProjectSettings>();
  settings->id = project.id;
  settings->name = project.name;
  settings->framework = project.framework;
  settings->drops_healthy_healthchecks = project.drop_healthy_healthchecks;
  settings->healthcheck_paths = paths_of(project.healthcheck_paths);

  const std::unique_lock lock(mutex_);
  Entry& entry = by_id_[project.id];
  if (!entry.token.empty() && entry.token != project.token) by_token_.erase(entry.token);
  entry = {std::move(settings), project.token};
  by_token_.insert_or_assign(project.token, project.id);
}

std::shared_ptr<const ProjectSettings> MemoryDirectory::find(const Uuid& project) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_id_.find(project);
  return found == by_id_.end() ? nullptr : found->second.settings;
}

std::optional<Uuid> MemoryDirectory::find_by_token(std::string_view token) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_token_.find(token);
  if (found == by_token_.end()) return std::nullopt;
  return found->second;
}

}  // namespace traceway::projects
