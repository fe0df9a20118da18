// Rows and JSON shapes shared by the files of the accounts slice.
#pragma once

#include "base/fields.h"
#include "base/json.h"
#include "model/project.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace traceway {

namespace accounts {

/// A user with the secrets; never leaves the server.
struct UserRow {
  std::int64_t id = 0;
  std::string email;
  std::string name;
  std::string password;                  ///< self-describing hash
  std::int64_t password_changed_at = 0;  ///< ns
  Timestamp created_at;
};

/// Source: dashboard-api 3.2.
struct User {
  std::int64_t id = 0;
  std::string email;
  std::string name;
  Timestamp created_at;
};

struct OrgSummary {
  std::int64_t id = 0;
  std::string name;
  std::string role;
  std::string timezone;
};

/// `project` is set in the answer to a registration only.
struct LoginResponse {
  std::string token;
  User user;
  std::optional<Project> project;
  std::vector<Project> projects;
  std::vector<OrgSummary> organizations;
};

[[nodiscard]] inline User shown(const UserRow& row) {
  return {row.id, row.email, row.name, row.created_at};
}

}  // namespace accounts

template <>
inline constexpr auto fields<accounts::UserRow> =
    std::tuple{field("id", &accounts::UserRow::id),
               field("email", &accounts::UserRow::email),
               field("name", &accounts::UserRow::name),
               field("password", &accounts::UserRow::password),
               field("password_changed_at", &accounts::UserRow::password_changed_at),
               field("created_at", &accounts::UserRow::created_at)};

template <>
inline constexpr auto fields<accounts::User> = std::tuple{
    field("id", &accounts::User::id), field("email", &accounts::User::email),
    field("name", &accounts::User::name), field("created_at", &accounts::User::created_at)};

template <>
inline constexpr auto fields<accounts::OrgSummary> = std::tuple{
    field("id", &accounts::OrgSummary::id), field("name", &accounts::OrgSummary::name),
    field("role", &accounts::OrgSummary::role), field("timezone", &accounts::OrgSummary::timezone)};

template <>
inline constexpr auto fields<accounts::LoginResponse> = std::tuple{
    field("token", &accounts::LoginResponse::token), field("user", &accounts::LoginResponse::user),
    field("project", &accounts::LoginResponse::project),
    field("projects", &accounts::LoginResponse::projects),
    field("organizations", &accounts::LoginResponse::organizations)};

}  // namespace traceway
