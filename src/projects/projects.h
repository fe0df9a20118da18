// Projects: their rules, their rows, the map ingest asks, and the routes under /api/projects.
#pragma once

#include "base/clock.h"
#include "model/project.h"
#include "projects/project_directory.h"
#include "storage/main_db.h"

#include <memory>

namespace traceway {
struct Config;
}

namespace traceway::http {
class Router;
}

namespace traceway::projects {

/// What the slice lends to others. Created once, before the first request; thread-safe.
class Projects final : public ProjectRegistry {
 public:
  /// Reads every project into memory; keeps the references. Errors: those of the database.
  [[nodiscard]] static Result<std::unique_ptr<Projects>> load(MainDb& main, const Clock& clock,
                                                              const Config& config);

  [[nodiscard]] const ProjectDirectory& directory() const { return directory_; }

  [[nodiscard]] MainDb& main() const { return *main_; }

  [[nodiscard]] const Config& config() const { return *config_; }

  [[nodiscard]] Result<void> check_framework(std::string_view framework) const override;
  [[nodiscard]] Result<void> check_name(std::string_view name) const override;
  [[nodiscard]] Result<Project> create(Tx& tx, const NewProject& wanted) const override;

  void announce(const Project& project) override { directory_.put(project); }

  [[nodiscard]] Project shown_to(Project project, std::string_view role,
                                 std::string_view backend_url) const override;
  [[nodiscard]] Result<std::vector<Project>> projects_of(
      Tx& tx, const ProjectViewer& viewer) const override;

  [[nodiscard]] std::optional<Uuid> project_of_token(std::string_view token) const override {
    return directory_.find_by_token(token);
  }

  [[nodiscard]] bool exists(const Uuid& project) const override {
    return directory_.find(project) != nullptr;
  }

 private:
  Projects(MainDb& main, const Clock& clock, const Config& config)
      : main_(&main), clock_(&clock), config_(&config) {}

  MainDb* main_;
  const Clock* clock_;
  const Config* config_;
  MemoryDirectory directory_;
};

/// GET, POST and PUT /api/projects. `projects` must outlive the router.
void add_project_routes(http::Router& router, Projects& projects);

}  // namespace traceway::projects
