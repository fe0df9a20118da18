// The way into a server: tokens of the projects the company reports to.
#pragma once

#include "base/result.h"
#include "demo/options.h"
#include "http/client.h"

#include <string>
#include <vector>

namespace traceway::demo {

struct Access {
  std::vector<std::string> tokens;    ///< per project of the company
  std::vector<std::string> projects;  ///< what to call them in the summary
  std::string email;                  ///< to sign in with; empty when tokens were given
  std::string password;               ///< set when this run has registered the account
};

/// With tokens: those. On a fresh server: registers the first account, with a password of its own
/// unless one is given. Else signs in. Creates the projects that are missing.
/// Waits up to 10 s for a server that is just starting. Errors: the server's words and what to
/// try next.
[[nodiscard]] Result<Access> open_access(http::Client& client, const Options& options);

/// Whether the server takes native reports; checks both routes and the tokens on the way.
/// Errors: kUnauthorized for a token that the server does not know.
[[nodiscard]] Result<bool> check_routes(http::Client& client, const Access& access);

}  // namespace traceway::demo
