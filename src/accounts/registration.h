// Registration: the checks in their order, then user, organization, membership and project in one
// transaction.
#pragma once

#include "accounts/accounts.h"
#include "accounts/rows.h"
#include "base/result.h"

#include <string>

namespace traceway::accounts {

/// Source: dashboard-api 3.4.
struct RegisterRequest {
  std::string email;
  std::string name;
  std::string password;
  std::string organization_name;
  std::string timezone;
  std::string project_name;
  std::string framework;
};

/// Creates the account and what belongs to it; the answer lacks nothing. In self-hosted mode it
/// works exactly once, also when several arrive together. Errors: kMalformed and kConflict with the
/// texts of dashboard-api 3.4.
[[nodiscard]] Result<LoginResponse> register_account(Accounts& accounts,
                                                     const RegisterRequest& wanted,
                                                     const std::string& backend_url);

/// At least 8 characters.
[[nodiscard]] bool is_password(std::string_view password);

/// Of the form local@domain. Whether mail arrives there only mail can tell.
[[nodiscard]] bool is_email(std::string_view email);

}  // namespace traceway::accounts

template <>
inline constexpr auto traceway::fields<traceway::accounts::RegisterRequest> = std::tuple{
    traceway::field("email", &traceway::accounts::RegisterRequest::email),
    traceway::field("name", &traceway::accounts::RegisterRequest::name),
    traceway::field("password", &traceway::accounts::RegisterRequest::password),
    traceway::field("organization_name", &traceway::accounts::RegisterRequest::organization_name),
    traceway::field("timezone", &traceway::accounts::RegisterRequest::timezone),
    traceway::field("project_name", &traceway::accounts::RegisterRequest::project_name),
    traceway::field("framework", &traceway::accounts::RegisterRequest::framework)};
