// Who may call a route. http declares what it needs to know of accounts; accounts implements it;
// app wires them.
#pragma once

#include "base/result.h"
#include "http/request.h"

#include <optional>
#include <string>
#include <string_view>

namespace traceway::http {

/// Implemented by the accounts slice. Thread-safe.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  /// A valid JWT of an existing user, or kUnauthorized. Fills user_id and email.
  [[nodiscard]] virtual Result<Caller> user_of_bearer(std::string_view jwt) = 0;
  /// The caller's role in the project's organization; empty when not a member or no such project.
  /// Errors: those of the database, so that a busy one never reads like a missing permission.
  [[nodiscard]] virtual Result<std::optional<std::string>> role_in_project(std::int64_t user_id,
                                                                           const Uuid& project) = 0;
  [[nodiscard]] virtual bool project_exists(const Uuid& project) = 0;
  /// The project of an ingest token, from memory: no database, no lock that a writer holds for
  /// long.
  [[nodiscard]] virtual std::optional<Uuid> project_of_token(std::string_view token) = 0;
};

/// When a guard runs: on the head (front thread, before the body is read; memory only) or on a
/// worker.
enum class GuardPhase : std::uint8_t { kHead, kWorker };

/// One gate. `check` fills the caller or refuses; it must not look at the body.
struct Guard {
  std::string_view name;  ///< shown by `traceway routes`
  GuardPhase phase = GuardPhase::kHead;
  Result<void> (*check)(const RequestHead& head, Caller& caller, Authenticator& accounts) = nullptr;
};

namespace guard {

/// The token of `Authorization: Bearer <token>`, scheme in any case, blanks trimmed; empty when
/// there is none.
[[nodiscard]] std::string_view bearer_token(const RequestHead& head);

[[nodiscard]] Guard open();  ///< anyone
[[nodiscard]] Guard user();  ///< App: a signed-in user, else 401 empty
[[nodiscard]] Guard
project_read();  ///< App + Project: 400 empty for a bad projectId, 403 `Access denied`
[[nodiscard]] Guard project_write();  ///< App + Project + Write: also 403 for role readonly
[[nodiscard]] Guard
project_token();  ///< Client: `Authorization: Bearer <project token>`, else 401; on the head
[[nodiscard]] Guard user_or_project_token();  ///< diagnostics: either credential

}  // namespace guard
}  // namespace traceway::http
