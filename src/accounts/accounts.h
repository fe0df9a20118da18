// Accounts: who may sign in, registration of the first organization, and the proof of identity
// every route asks for.
#pragma once

#include "accounts/login_limiter.h"
#include "base/clock.h"
#include "http/guard.h"
#include "model/project.h"
#include "storage/main_db.h"

#include <string>

namespace traceway {
struct Config;
}

namespace traceway::http {
class Router;
}

namespace traceway::accounts {

/// What accounts need; all of it must outlive them.
struct Dependencies {
  MainDb& main;
  ProjectRegistry& projects;
  const Clock& clock;
  const Config& config;
};

/// Answers the guards of http, and holds what the routes share. Created once, before the first
/// request; thread-safe.
class Accounts final : public http::Authenticator {
 public:
  /// `jwt_secret` signs session tokens, at least 32 characters.
  Accounts(const Dependencies& dependencies, std::string jwt_secret)
      : uses_(dependencies), jwt_secret_(std::move(jwt_secret)) {}

  /// One indexed read: the user must still exist, and the token be no older than the password.
  [[nodiscard]] Result<http::Caller> user_of_bearer(std::string_view jwt) override;
  [[nodiscard]] Result<std::optional<std::string>> role_in_project(std::int64_t user_id,
                                                                   const Uuid& project) override;

  [[nodiscard]] bool project_exists(const Uuid& project) override {
    return uses_.projects.exists(project);
  }

  [[nodiscard]] std::optional<Uuid> project_of_token(std::string_view token) override {
    return uses_.projects.project_of_token(token);
  }

  /// A session token for the user, issued now.
  [[nodiscard]] std::string issue_token(std::int64_t user_id, std::string_view email) const;
  /// True while nobody has registered: the first visitor becomes the owner. Errors: those of the
  /// database.
  [[nodiscard]] Result<bool> is_first_run();

  [[nodiscard]] LoginLimiter& limiter() { return limiter_; }

  [[nodiscard]] const Dependencies& uses() const { return uses_; }

 private:
  const Dependencies uses_;
  const std::string jwt_secret_;
  LoginLimiter limiter_;
};

/// Login, registration and what a page needs to know before and after. Routes and texts:
/// dashboard-api 3. `accounts` must outlive the router.
void add_account_routes(http::Router& router, Accounts& accounts);

}  // namespace traceway::accounts
