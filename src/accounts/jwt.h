// Signed session tokens: JSON Web Tokens, HS256 and nothing else.
#pragma once

#include "base/fields.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace traceway::accounts {

/// What a token says. Times are seconds since 1970 UTC. Source: dashboard-api 3.1.
struct Claims {
  std::int64_t user_id = 0;
  std::string email;
  std::int64_t iat = 0;
  std::int64_t nbf = 0;
  std::int64_t exp = 0;
};

/// Claims of a token issued now, valid for seven days.
[[nodiscard]] Claims claims_for(std::int64_t user_id, std::string_view email, std::int64_t now_ns);

/// The signed token.
[[nodiscard]] std::string sign(const Claims& claims, std::string_view secret);

/// The claims of a token that this secret signed and that is valid at `now_ns`, without leeway.
/// Pure; any thread. Errors: kUnauthorized for anything else: another algorithm, a changed byte,
/// too early, too late.
[[nodiscard]] Result<Claims> verify(std::string_view token, std::string_view secret,
                                    std::int64_t now_ns);

}  // namespace traceway::accounts

template <>
inline constexpr auto traceway::fields<traceway::accounts::Claims> =
    std::tuple{traceway::field("user_id", &traceway::accounts::Claims::user_id),
               traceway::field("email", &traceway::accounts::Claims::email),
               traceway::field("iat", &traceway::accounts::Claims::iat),
               traceway::field("nbf", &traceway::accounts::Claims::nbf),
               traceway::field("exp", &traceway::accounts::Claims::exp)};
