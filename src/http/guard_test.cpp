#include "http/guard.h"

#include "http/response.h"
#include "http/test_support.h"

#include <doctest/doctest.h>

namespace traceway::http {

namespace {

RequestHead head_with(std::string_view authorization, std::string_view query) {
  RequestHead head;
  if (!authorization.empty()) head.headers.add("authorization", std::string(authorization));
  head.query = query;
  return head;
}

struct Case {
  const char* authorization;
  const char* query;
  int status;  ///< 0 = allowed
  const char* message;
};

void check_all(const Guard& guard, std::initializer_list<Case> cases) {
  test::KnownAccounts accounts;
  for (const Case& one : cases) {
    CAPTURE(guard.name);
    CAPTURE(one.authorization);
    CAPTURE(one.query);
    Caller caller;
    const auto result = guard.check(head_with(one.authorization, one.query), caller, accounts);
    if (one.status == 0) {
      CHECK(result.has_value());
    } else {
      REQUIRE_FALSE(result.has_value());
      CHECK(status_of(result.error().code) == one.status);
      CHECK(result.error().message == one.message);
    }
  }
}

constexpr const char* kMine = "projectId=11111111-2222-4333-8444-555555555555";
constexpr const char* kUnknown = "projectId=31111111-2222-4333-8444-555555555555";

}  // namespace

TEST_CASE("guard: a user needs a valid bearer token, scheme in any case") {
  check_all(guard::user(), {{"Bearer jwt-owner", "", 0, ""},
                            {"bearer   jwt-owner ", "", 0, ""},
                            {"", "", 401, ""},
                            {"Bearer", "", 401, ""},
                            {"Bearer  ", "", 401, ""},
                            {"Basic jwt-owner", "", 401, ""},
                            {"jwt-owner", "", 401, ""},
                            {"Bearer token-1", "", 401, ""}});
}

TEST_CASE("guard: reading a project needs its id and membership, in that order") {
  check_all(guard::project_read(), {{"Bearer jwt-owner", kMine, 0, ""},
                                    {"Bearer jwt-reader", kMine, 0, ""},
                                    {"Bearer nobody", kMine, 401, ""},
                                    {"Bearer jwt-owner", "", 400, ""},
                                    {"Bearer jwt-owner", "projectId=", 400, ""},
                                    {"Bearer jwt-owner", "projectId=7", 400, ""},
                                    {"Bearer jwt-owner", kUnknown, 403, "Access denied"},
                                    {"Bearer jwt-unlucky", kMine, 503, "busy"}});
}

TEST_CASE("guard: writing is refused to readers in the words of the specification") {
  check_all(guard::project_write(), {{"Bearer jwt-owner", kMine, 0, ""},
                                     {"Bearer jwt-reader", kMine, 403,
                                      "Read-only access. Write operations are not permitted."},
                                     {"Bearer jwt-reader", kUnknown, 403, "Access denied"},
                                     {"Bearer jwt-reader", "", 400, ""}});
}

TEST_CASE("guard: project tokens open ingest, users do not") {
  check_all(guard::project_token(), {{"Bearer token-2", "", 0, ""},
                                     {"BEARER token-2", "", 0, ""},
                                     {"Bearer token-3", "", 401, ""},
                                     {"Bearer jwt-owner", "", 401, ""},
                                     {"", "", 401, ""}});
  CHECK(guard::project_token().phase == GuardPhase::kHead);
  check_all(guard::user_or_project_token(), {{"Bearer token-2", "", 0, ""},
                                             {"Bearer jwt-owner", "", 0, ""},
                                             {"Bearer nobody", "", 401, ""}});
}

TEST_CASE("guard: what a guard finds is in the caller") {
  test::KnownAccounts accounts;
  Caller caller;
  REQUIRE(guard::project_read().check(head_with("Bearer jwt-reader", kMine), caller, accounts));
  CHECK(caller.user_id == 2);
  CHECK(caller.email == "user2@example.org");
  CHECK(caller.project == test::kProject);
  CHECK(caller.role == "readonly");
}

}  // namespace traceway::http
