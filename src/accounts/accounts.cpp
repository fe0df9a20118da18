#include "accounts/accounts.h"

#include "accounts/registration.h"
#include "accounts/rows.h"
#include "app/config.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"
#include "http/public_url.h"
#include "http/router.h"

namespace traceway {

namespace accounts {

struct LoginRequest {
  std::string email;
  std::string password;
};

struct HasOrganizations {
  bool has_organizations = false;
};

}  // namespace accounts

template <>
inline constexpr auto fields<accounts::LoginRequest> =
    std::tuple{field("email", &accounts::LoginRequest::email),
               field("password", &accounts::LoginRequest::password)};

template <>
inline constexpr auto fields<accounts::HasOrganizations> =
    std::tuple{field("has_organizations", &accounts::HasOrganizations::has_organizations)};

namespace accounts {

namespace {

/// Single sign-on is not part of the product; later login pages ask all the same.
constexpr std::string_view kProviders =
    R"({"providers":[],"providerLabels":{},"passwordLoginEnabled":true})";

std::string backend_url_of(const http::Request& request, const Config& config) {
  return http::public_url(request, config.base_url, config.base_path);
}

tl::unexpected<Error> wrong_credentials() {
  return fail(ErrorCode::kUnauthorized, "Invalid email or password");
}

/// Login alone answers 401 with a text: everywhere else an empty 401 sends the page to the login.
http::Response login_error(const Error& error, std::string_view request_id,
                           std::string_view content_type) {
  if (error.code != ErrorCode::kUnauthorized) {
    return http::json_error(error, request_id, content_type);
  }
  json::Writer out;
  out.begin_object().key("error").value(error.message).end_object();
  return http::json_response(out.take(), http::status_of(error.code));
}

/// Everything a page needs after signing in, but the token.
Result<LoginResponse> bundle_of(Tx& tx, const ProjectRegistry& projects, const UserRow& user,
                                const std::string& backend_url) {
  LoginResponse out;
  out.user = shown(user);
  auto organizations =
      run<OrgSummary>(tx, "accounts.organizations_of_user", {{"user_id", user.id}});
  if (!organizations) return fail(organizations);
  out.organizations = std::move(*organizations);
  auto visible = projects.projects_of(tx, {user.id, backend_url});
  if (!visible) return fail(visible);
  out.projects = std::move(*visible);
  return out;
}

Result<std::optional<UserRow>> user_by_email(MainDb& main, std::string_view email) {
  return main.read([&](Tx& tx) {
    return run_one<UserRow>(tx, "accounts.user_by_email", {{"email", to_value(email)}});
  });
}

Result<http::Response> login(const http::Request& request, Accounts& accounts) {
  const auto body = from_json<LoginRequest>(request.body_text());
  if (!body || body->email.empty() || body->password.empty()) return wrong_credentials();
  const std::string_view email = text::trim(body->email);

  const std::int64_t now_ns = accounts.uses().clock.now_ns();
  if (const int wait_s = accounts.limiter().begin(email, request.peer, now_ns); wait_s > 0) {
    return fail(ErrorCode::kOverloaded, "Too many failed logins. Please try again later.", {},
                wait_s);
  }
  auto user = user_by_email(accounts.uses().main, email);
  if (!user) return fail(user);
  const std::optional<UserRow>& known = *user;
  if (!known) {
    crypto::verify_nothing(body->password);  // an unknown address takes as long as a known one
    return wrong_credentials();
  }
  if (!crypto::verify_password(known->password, body->password)) return wrong_credentials();
  accounts.limiter().forgive(email, request.peer);

  auto bundle = accounts.uses().main.read([&](Tx& tx) {
    return bundle_of(tx, accounts.uses().projects, *known,
                     backend_url_of(request, accounts.uses().config));
  });
  if (!bundle) return fail(bundle);
  bundle->token = accounts.issue_token(known->id, known->email);
  return http::json_response(to_json(*bundle));
}

Result<http::Response> login_bundle(const http::Request& request, Accounts& accounts) {
  auto bundle = accounts.uses().main.read([&](Tx& tx) -> Result<LoginResponse> {
    const auto user = run_one<UserRow>(tx, "accounts.user_by_id", {{"id", request.caller.user_id}});
    if (!user) return fail(user);
    if (!*user) return fail(ErrorCode::kUnauthorized, "");
    return bundle_of(tx, accounts.uses().projects, **user,
                     backend_url_of(request, accounts.uses().config));
  });
  if (!bundle) return fail(bundle);
  return http::json_response(to_json(*bundle));
}

Result<http::Response> register_first(const http::Request& request, Accounts& accounts) {
  const auto body = from_json<RegisterRequest>(request.body_text());
  if (!body) return fail(body);
  auto registered =
      register_account(accounts, *body, backend_url_of(request, accounts.uses().config));
  if (!registered) return fail(registered);
  log::info("accounts", "organization registered",
            {{"user_id", registered->user.id},
             {"organization_id", registered->organizations.front().id}});
  return http::json_response(to_json(*registered), 201);
}

Result<http::Response> has_organizations(Accounts& accounts) {
  const auto first = accounts.is_first_run();
  if (!first) return fail(first);
  return http::json_response(to_json(HasOrganizations{!*first}));
}

}  // namespace

void add_account_routes(http::Router& router, Accounts& accounts) {
  http::RouteOptions login_options;
  login_options.error_shape = login_error;
  router.add(
      http::Method::kPost, "/api/login", http::guard::open(),
      [&](http::Request& request, http::Later&) { return login(request, accounts); },
      login_options);
  router.add(
      http::Method::kPost, "/api/register", http::guard::open(),
      [&](http::Request& request, http::Later&) { return register_first(request, accounts); });
  if (!accounts.uses().config.cloud_mode) {
    router.add(http::Method::kGet, "/api/has-organizations", http::guard::open(),
               [&](http::Request&, http::Later&) { return has_organizations(accounts); });
  }
  router.add(http::Method::kGet, "/api/me/login-bundle", http::guard::user(),
             [&](http::Request& request, http::Later&) { return login_bundle(request, accounts); });
  router.add(http::Method::kGet, "/api/auth/providers", http::guard::open(),
             [](http::Request&, http::Later&) -> Result<http::Response> {
               return http::json_response(std::string(kProviders));
             });
}

}  // namespace accounts
}  // namespace traceway
