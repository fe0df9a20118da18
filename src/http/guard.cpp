#include "http/guard.h"

#include "base/text.h"

namespace traceway::http::guard {

namespace {

Result<void> check_open(const RequestHead& /*head*/, Caller& /*caller*/,
                        Authenticator& /*accounts*/) {
  return {};
}

Result<void> check_user(const RequestHead& head, Caller& caller, Authenticator& accounts) {
  const std::string_view token = bearer_token(head);
  if (token.empty()) return fail(ErrorCode::kUnauthorized, "");
  auto user = accounts.user_of_bearer(token);
  if (!user) return fail(std::move(user));
  caller.user_id = user->user_id;
  caller.email = std::move(user->email);
  return {};
}

Result<void> check_project_read(const RequestHead& head, Caller& caller, Authenticator& accounts) {
  if (auto user = check_user(head, caller, accounts); !user) return user;
  const auto text = query_value(head.query, "projectId");
  const auto project = text ? parse_uuid(*text) : std::nullopt;
  if (!project) return fail(ErrorCode::kMalformed, "");
  auto role = accounts.role_in_project(caller.user_id, *project);
  if (!role) return fail(std::move(role));
  if (!*role) return fail(ErrorCode::kForbidden, "Access denied");
  caller.project = *project;
  caller.role = std::move(**role);
  return {};
}

Result<void> check_project_write(const RequestHead& head, Caller& caller, Authenticator& accounts) {
  if (auto read = check_project_read(head, caller, accounts); !read) return read;
  // The project may have gone between the two gates; the role then outlives it for a moment.
  if (!accounts.project_exists(caller.project)) {
    return fail(ErrorCode::kNotFound, "Project not found");
  }
  if (caller.role == "readonly") {
    return fail(ErrorCode::kForbidden, "Read-only access. Write operations are not permitted.");
  }
  return {};
}

Result<void> check_project_token(const RequestHead& head, Caller& caller, Authenticator& accounts) {
  const std::string_view token = bearer_token(head);
  const auto project = token.empty() ? std::nullopt : accounts.project_of_token(token);
  if (!project) return fail(ErrorCode::kUnauthorized, "");
  caller.project = *project;
  return {};
}

Result<void> check_user_or_project_token(const RequestHead& head, Caller& caller,
                                         Authenticator& accounts) {
  if (check_project_token(head, caller, accounts)) return {};
  return check_user(head, caller, accounts);
}

}  // namespace

std::string_view bearer_token(const RequestHead& head) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view value = head.headers.get("Authorization");
  if (value.size() <= kScheme.size() ||
      !text::equals_ignore_case(value.substr(0, kScheme.size()), kScheme)) {
    return {};
  }
  return text::trim(value.substr(kScheme.size()));
}

Guard open() {
  return {"open", GuardPhase::kHead, check_open};
}

Guard user() {
  return {"user", GuardPhase::kWorker, check_user};
}

Guard project_read() {
  return {"project_read", GuardPhase::kWorker, check_project_read};
}

Guard project_write() {
  return {"project_write", GuardPhase::kWorker, check_project_write};
}

Guard project_token() {
  return {"project_token", GuardPhase::kHead, check_project_token};
}

Guard user_or_project_token() {
  return {"user_or_project_token", GuardPhase::kWorker, check_user_or_project_token};
}

}  // namespace traceway::http::guard
