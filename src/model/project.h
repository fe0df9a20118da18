// Projects as every slice sees them: the object of the API, what ingest must know, and the two
// interfaces behind which the projects slice keeps them.
#pragma once

#include "base/fields.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace traceway {

class Tx;

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

/// A project as a user sees it, and as it rests in the main database. Source: dashboard-api 5.1.
struct Project {
  Uuid id;
  std::string name;
  std::string token;
  std::string framework;
  std::int64_t organization_id = 0;
  Timestamp created_at;
  std::optional<std::string> source_map_token;
  std::string backend_url;  ///< not stored: where clients of this server report to
  std::string role;         ///< not stored: the asking user's in the organization
  bool drop_healthy_healthchecks = false;
  RawJson healthcheck_paths{"[]"};
};

template <>
inline constexpr auto fields<Project> =
    std::tuple{field("id", &Project::id),
               field("name", &Project::name),
               field("token", &Project::token),
               field("framework", &Project::framework),
               field("organization_id", &Project::organization_id),
               field("created_at", &Project::created_at),
               field("source_map_token", &Project::source_map_token),
               field("backend_url", &Project::backend_url),
               field("role", &Project::role),
               field("drop_healthy_healthchecks", &Project::drop_healthy_healthchecks),
               field("healthcheck_paths", &Project::healthcheck_paths)};

struct NewProject {
  std::int64_t organization_id = 0;
  std::string name;
  std::string framework;
};

/// Whose eyes see a project, and under which address they reach this server.
struct ProjectViewer {
  std::int64_t user_id = 0;
  std::string backend_url;
};

/// What other slices may do with projects; the projects slice implements it, app hands it out.
/// Thread-safe.
class ProjectRegistry {
 public:
  virtual ~ProjectRegistry() = default;
  /// The rules of a framework: kInvalid `Framework must be one of: ...`. Source: dashboard-api 5.2.
  [[nodiscard]] virtual Result<void> check_framework(std::string_view framework) const = 0;
  /// The rules of a name: kInvalid with the sentence the form shows. Source: dashboard-api 5.3.
  [[nodiscard]] virtual Result<void> check_name(std::string_view name) const = 0;
  /// Inserts a project with a fresh id and token inside the caller's write transaction. It has to
  /// be announced once that transaction has committed. The values must have passed the checks
  /// above.
  [[nodiscard]] virtual Result<Project> create(Tx& tx, const NewProject& wanted) const = 0;
  /// Makes a committed project known to ingest: its token works from here on.
  virtual void announce(const Project& project) = 0;
  /// The project as `role` may see it: secrets are hidden from `readonly`. Source:
  /// dashboard-api 2.3.
  [[nodiscard]] virtual Project shown_to(Project project, std::string_view role,
                                         std::string_view backend_url) const = 0;
  /// Every project of the user's organizations as that user may see it, oldest first.
  [[nodiscard]] virtual Result<std::vector<Project>> projects_of(
      Tx& tx, const ProjectViewer& viewer) const = 0;
  /// The project of an ingest token, from memory.
  [[nodiscard]] virtual std::optional<Uuid> project_of_token(std::string_view token) const = 0;
  /// From memory.
  [[nodiscard]] virtual bool exists(const Uuid& project) const = 0;
};

}  // namespace traceway
