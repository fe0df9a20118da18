// What http asks of accounts: whose token is this, and what may they do where.
#include "accounts/accounts.h"
#include "accounts/jwt.h"
#include "accounts/rows.h"

namespace traceway::accounts {

namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

}  // namespace

Result<http::Caller> Accounts::user_of_bearer(std::string_view jwt) {
  const auto claims = verify(jwt, jwt_secret_, uses_.clock.now_ns());
  if (!claims) return fail(claims);
  auto user = uses_.main.read([&](Tx& tx) {
    return run_one<UserRow>(tx, "accounts.user_by_id", {{"id", claims->user_id}});
  });
  if (!user) return fail(user);
  const std::optional<UserRow>& known = *user;
  // A token knows its second only, so one issued in the very second of a change stays valid.
  if (!known || claims->iat < known->password_changed_at / kNsPerSecond) {
    return fail(ErrorCode::kUnauthorized, "");
  }
  http::Caller caller;
  caller.user_id = known->id;
  caller.email = known->email;
  return caller;
}

Result<std::optional<std::string>> Accounts::role_in_project(std::int64_t user_id,
                                                             const Uuid& project) {
  const auto rows = uses_.main.read([&](Tx& tx) {
    return tx.run("accounts.role_in_project",
                  {{"user_id", user_id}, {"project_id", to_value(project)}});
  });
  if (!rows) return fail(rows);
  if (rows->empty()) return std::nullopt;
  return rows->front().text("role");
}

std::string Accounts::issue_token(std::int64_t user_id, std::string_view email) const {
  return sign(claims_for(user_id, email, uses_.clock.now_ns()), jwt_secret_);
}

Result<bool> Accounts::is_first_run() {
  const auto rows =
      uses_.main.read([](Tx& tx) { return tx.run("accounts.has_organizations", {}); });
  if (!rows) return fail(rows);
  return rows->front().integer("has_organizations") == 0;
}

}  // namespace traceway::accounts
