// Requests as tables: what is sent, what must come back; and which routes no table touched.
#pragma once

#include "support/http_client.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::test {

/// Looks at an answer; empty when it is as wanted, else what is not.
using BodyCheck = std::function<std::optional<std::string>(const RawAnswer&)>;

/// Exactly these bytes.
[[nodiscard]] BodyCheck is_text(std::string expected);
[[nodiscard]] BodyCheck is_empty();
/// `{"error":"<text>"}` and nothing else.
[[nodiscard]] BodyCheck is_error(std::string text);
/// JSON that has at least the expected members; arrays have equal length. An expected string may
/// name a kind instead: <any> <int> <number> <bool> <text> <uuid> <hex32> <time> <array>. An
/// expected null also matches an absent member.
[[nodiscard]] BodyCheck is_like(std::string expected_json);

/// One row of a table.
struct Scenario {
  std::string name;
  std::string method;
  std::string target;
  std::string body = {};
  int status = 200;
  BodyCheck check = {};
  Fields fields = {};  ///< Content-Type: application/json is added to a body without one
};

/// Sends each row and reports every difference as a failed check of the running test.
void run_scenarios(HttpClient& client, const std::vector<Scenario>& scenarios);
/// Sends one row; the answer, after checking it.
RawAnswer run_scenario(HttpClient& client, const Scenario& scenario);

/// One line of `traceway routes`.
struct RouteLine {
  std::string method;
  std::string pattern;
  std::string guard;
  std::string source_file;
};

/// All routes of the executable under test, in its order.
[[nodiscard]] std::vector<RouteLine> all_routes();

/// Prints the routes that no scenario of this process touched. Silent when none ran.
void report_untouched_routes();

}  // namespace traceway::test
