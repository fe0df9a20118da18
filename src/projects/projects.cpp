#include "projects/projects.h"

#include "app/config.h"
#include "base/crypto.h"
#include "http/guard.h"
#include "http/public_url.h"
#include "http/router.h"

#include <algorithm>

namespace traceway {

namespace projects {

struct CreateRequest {
  std::string name;
  std::string framework;
  std::int64_t organization_id = 0;  ///< 0: the one of the current project
};

/// What is absent stays as it is.
struct UpdateRequest {
  std::string name;
  std::string framework;
  std::optional<bool> drop_healthy_healthchecks;
  std::optional<std::vector<std::string>> healthcheck_paths;
};

}  // namespace projects

template <>
inline constexpr auto fields<projects::UpdateRequest> = std::tuple{
    field("name", &projects::UpdateRequest::name),
    field("framework", &projects::UpdateRequest::framework),
    field("drop_healthy_healthchecks", &projects::UpdateRequest::drop_healthy_healthchecks),
    field("healthcheck_paths", &projects::UpdateRequest::healthcheck_paths)};

template <>
inline constexpr auto fields<projects::CreateRequest> =
    std::tuple{field("name", &projects::CreateRequest::name),
               field("framework", &projects::CreateRequest::framework),
               field("organization_id", &projects::CreateRequest::organization_id)};

namespace projects {

namespace {

constexpr std::string_view kHiddenToken = "read-only-hidden-token";
constexpr std::size_t kMaxNameCharacters = 100;
constexpr std::size_t kMaxHealthcheckPaths = 50;
constexpr std::size_t kMaxPathCharacters = 200;

/// In the order the error message lists them. Source: dashboard-api 5.2.
constexpr std::string_view kFrameworks[] = {
    "gin",     "fiber",         "chi",    "fasthttp",     "stdlib",  "custom",
    "react",   "svelte",        "vuejs",  "nextjs",       "nestjs",  "express",
    "remix",   "opentelemetry", "jquery", "react-native", "hono",    "cloudflare",
    "symfony", "laravel",       "django", "flutter",      "android", "ios"};

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == ' ' || (c >= '\t' && c <= '\r' && c != '\v');
}

/// `/x`, `*/x`, `/x*`, `*/x*`. Source: dashboard-api 5.3, ingest 3.11.
bool is_healthcheck_path(std::string_view pattern) {
  if (count_characters(pattern) > kMaxPathCharacters) return false;
  if (pattern.starts_with('*')) pattern.remove_prefix(1);
  if (!pattern.starts_with('/')) return false;
  if (pattern.ends_with('*')) pattern.remove_suffix(1);
  return pattern.find('*') == std::string_view::npos;
}

Result<void> check_healthcheck_paths(const std::vector<std::string>& paths) {
  if (paths.size() > kMaxHealthcheckPaths) {
    return fail(ErrorCode::kInvalid, "At most 50 health check paths are possible");
  }
  for (const std::string& path : paths) {
    if (!is_healthcheck_path(path)) {
      return fail(ErrorCode::kInvalid,
                  "Health check path \"" + path +
                      "\" must begin with / or */ and have at most 200 characters; * may stand at "
                      "its ends only");
    }
  }
  return {};
}

/// Where a new project goes, and what its creator is there.
struct Target {
  std::int64_t organization_id = 0;
  std::string role;
};

/// The organization asked for, else the one of the caller's current project; the caller must be
/// allowed to write there. Read in the transaction that creates the project.
Result<Target> target_of(Tx& tx, const http::Caller& caller, std::int64_t wanted) {
  Target target{wanted, {}};
  if (wanted == 0) {
    auto rows = tx.run("projects.organization_of", {{"id", to_value(caller.project)}});
    if (!rows) return fail(rows);
    if (rows->empty()) return fail(ErrorCode::kNotFound, "Project not found");
    target.organization_id = rows->front().integer("organization_id");
  }
  auto rows = tx.run("projects.role_in_organization",
                     {{"user_id", caller.user_id}, {"organization_id", target.organization_id}});
  if (!rows) return fail(rows);
  if (!rows->empty()) target.role = rows->front().text("role");
  if (target.role.empty() || target.role == "readonly") {
    return fail(ErrorCode::kForbidden,
                "You don't have permission to create projects in this organization");
  }
  return target;
}

std::string backend_url_of(const http::Request& request, const Config& config) {
  return http::public_url(request, config.base_url, config.base_path);
}

Result<http::Response> list(const http::Request& request, const Projects& projects) {
  const ProjectViewer viewer{request.caller.user_id, backend_url_of(request, projects.config())};
  auto all = projects.main().read([&](Tx& tx) { return projects.projects_of(tx, viewer); });
  if (!all) return fail(all);
  return http::json_response(to_json(*all));
}

Result<http::Response> create(const http::Request& request, Projects& projects) {
  auto body = from_json<CreateRequest>(request.body_text());
  if (!body) return fail(body);
  if (auto valid = projects.check_name(body->name); !valid) return fail(valid);
  if (auto valid = projects.check_framework(body->framework); !valid) return fail(valid);

  std::string role;
  auto created = projects.main().write([&](Tx& tx) -> Result<Project> {
    auto target = target_of(tx, request.caller, body->organization_id);
    if (!target) return fail(target);
    role = std::move(target->role);
    return projects.create(tx, {target->organization_id, body->name, body->framework});
  });
  if (!created) return fail(created);
  projects.announce(*created);
  const std::string url = backend_url_of(request, projects.config());
  return http::json_response(to_json(projects.shown_to(std::move(*created), role, url)), 201);
}

Result<http::Response> update(const http::Request& request, Projects& projects) {
  auto body = from_json<UpdateRequest>(request.body_text());
  if (!body) return fail(body);
  if (auto valid = projects.check_name(body->name); !valid) return fail(valid);
  if (auto valid = projects.check_framework(body->framework); !valid) return fail(valid);
  Params params = {{"id", to_value(request.caller.project)},
                   {"name", body->name},
                   {"framework", body->framework},
                   {"drop_healthy_healthchecks", std::monostate{}},
                   {"healthcheck_paths", std::monostate{}}};
  if (body->drop_healthy_healthchecks) {
    params[3].second = std::int64_t{*body->drop_healthy_healthchecks};
  }
  if (body->healthcheck_paths) {
    if (auto valid = check_healthcheck_paths(*body->healthcheck_paths); !valid) return fail(valid);
    params[4].second = to_json(*body->healthcheck_paths);
  }
  auto updated = projects.main().write([&](Tx& tx) -> Result<Project> {
    auto row = run_one<Project>(tx, "projects.update", params);
    if (!row) return fail(row);
    if (!*row) return fail(ErrorCode::kNotFound, "Project not found");
    return std::move(**row);
  });
  if (!updated) return fail(updated);
  projects.announce(*updated);
  const std::string url = backend_url_of(request, projects.config());
  return http::json_response(
      to_json(projects.shown_to(std::move(*updated), request.caller.role, url)));
}

}  // namespace

Result<std::unique_ptr<Projects>> Projects::load(MainDb& main, const Clock& clock,
                                                 const Config& config) {
  std::unique_ptr<Projects> projects(new Projects(main, clock, config));
  auto all = main.read([](Tx& tx) { return run<Project>(tx, "projects.all"); });
  if (!all) return fail(all);
  for (const Project& project : *all) projects->directory_.put(project);
  return projects;
}

Result<void> Projects::check_framework(std::string_view framework) const {
  if (std::ranges::find(kFrameworks, framework) != std::end(kFrameworks)) return {};
  std::string message = "Framework must be one of: ";
  for (const std::string_view one : kFrameworks) {
    if (one != kFrameworks[0]) message += ", ";
    message += one;
  }
  return fail(ErrorCode::kInvalid, std::move(message));
}

Result<void> Projects::check_name(std::string_view name) const {
  const std::size_t characters = count_characters(name);
  if (characters == 0 || characters > kMaxNameCharacters) {
    return fail(ErrorCode::kInvalid, "Project name must be between 1 and 100 characters");
  }
  if (!std::ranges::all_of(name, is_name_character)) {
    return fail(ErrorCode::kInvalid,
                "Project name can only contain letters, numbers, spaces, hyphens, and underscores");
  }
  return {};
}

Result<Project> Projects::create(Tx& tx, const NewProject& wanted) const {
  const std::int64_t now_ns = clock_->now_ns();
  auto created = run_one<Project>(tx, "projects.insert",
                                  {{"id", to_value(uuid_v7(now_ns))},
                                   {"organization_id", wanted.organization_id},
                                   {"name", wanted.name},
                                   {"token", crypto::random_token()},
                                   {"framework", wanted.framework},
                                   {"created_at", now_ns}});
  if (!created) return fail(created);
  std::optional<Project>& row = *created;
  if (!row) return fail(ErrorCode::kInternal, "Database error", "projects.insert: no row");
  return std::move(*row);
}

Project Projects::shown_to(Project project, std::string_view role,
                           std::string_view backend_url) const {
  project.role = role;
  project.backend_url = backend_url;
  if (role == "readonly") {
    project.token = kHiddenToken;
    project.source_map_token.reset();
  }
  return project;
}

Result<std::vector<Project>> Projects::projects_of(Tx& tx, const ProjectViewer& viewer) const {
  auto all = run<Project>(tx, "projects.of_user", {{"user_id", viewer.user_id}});
  if (!all) return all;
  for (Project& project : *all) {
    const std::string role = project.role;
    project = shown_to(std::move(project), role, viewer.backend_url);
  }
  return all;
}

void add_project_routes(http::Router& router, Projects& projects) {
  router.add(http::Method::kGet, "/api/projects", http::guard::user(),
             [&](http::Request& request, http::Later&) { return list(request, projects); });
  router.add(http::Method::kPost, "/api/projects", http::guard::project_write(),
             [&](http::Request& request, http::Later&) { return create(request, projects); });
  router.add(http::Method::kPut, "/api/projects", http::guard::project_write(),
             [&](http::Request& request, http::Later&) { return update(request, projects); });
}

}  // namespace projects
}  // namespace traceway
