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
struct Services;
}

namespace traceway::http {
class Router;
}

namespace traceway::accounts {

/// Answers the guards of http, and holds what the routes share. Created once, before the first
/// request; thread-safe.
class Accounts final : public http::Authenticator {
 public:
  /// `jwt_secret` signs session tokens, at least 32 characters. The references must outlive this.
  Accounts(MainDb& main, ProjectRegistry& projects, const Clock& clock, std::string jwt_secret)
      : main_(&main), projects_(&projects), clock_(&clock), jwt_secret_(std::move(jwt_secret)) {}

  /// One indexed read: the user must still exist, and the token be no older than the password.
  [[nodiscard]] Result<http::Caller> user_of_bearer(std::string_view jwt) override;
  [[nodiscard]] std::optional<std::string> role_in_project(std::int64_t user_id,
                                                           const Uuid& project) override;

  [[nodiscard]] bool project_exists(const Uuid& project) override {
    return projects_->exists(project);
  }

  [[nodiscard]] std::optional<Uuid> project_of_token(std::string_view token) override {
    return projects_->project_of_token(token);
  }

  /// A session token for the user, issued now.
  [[nodiscard]] std::string issue_token(std::int64_t user_id, std::string_view email) const;
  /// True while nobody has registered: the first visitor becomes the owner. Errors: those of the
  /// database.
  [[nodiscard]] Result<bool> is_first_run();

  [[nodiscard]] LoginLimiter& limiter() { return limiter_; }

  [[nodiscard]] ProjectRegistry& projects() { return *projects_; }

 private:
  MainDb* main_;
  ProjectRegistry* projects_;
  const Clock* clock_;
  const std::string jwt_secret_;
  LoginLimiter limiter_;
};

/// Login, registration and what a page needs to know before and after. Routes and texts:
/// dashboard-api 3. `services` and `accounts` must outlive the router.
void add_account_routes(http::Router& router, Services& services, Accounts& accounts);

}  // namespace traceway::accounts
