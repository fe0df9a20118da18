// What the demo learns of a server before it reports to it.
#include "demo/access.h"

#include "http/test_support.h"

#include <doctest/doctest.h>

namespace traceway::demo {

namespace {

/// A front with some of the ingest routes.
struct Server {
  explicit Server(std::initializer_list<const char*> routes) {
    for (const char* route : routes) {
      running.router.add(http::Method::kPost, route, http::guard::project_token(),
                         [](http::Request&, http::Later&) -> Result<http::Response> {
                           return http::json_response("{}");
                         });
    }
    running.start();
  }

  [[nodiscard]] Result<bool> check(const std::string& token) const {
    auto client = http::Client::open("http://" + running.address + "/");
    REQUIRE(client);
    return check_routes(*client, {{token}, {"shop"}, {}, {}});
  }

  http::test::RunningFront running;
};

}  // namespace

TEST_CASE("demo access: a server without /api/report is told from one with it") {
  const auto with = Server({"/api/otel/v1/traces", "/api/report"}).check("token-1");
  REQUIRE(with);
  CHECK(*with);
  const auto without = Server({"/api/otel/v1/traces"}).check("token-1");
  REQUIRE(without);
  CHECK_FALSE(*without);
}

TEST_CASE("demo access: an unknown token is named with the project it was for") {
  const auto refused = Server({"/api/otel/v1/traces", "/api/report"}).check("token-9");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kUnauthorized);
  CHECK(refused.error().message.find("token of shop") != std::string::npos);
}

TEST_CASE("demo access: only http addresses are addresses of servers") {
  for (const char* url : {"", "shop", "ftp://shop", "127.0.0.1:8082", "http://",
                          "http://shop:99999999999", "http://shop:port", "http://sh op"})
    CHECK_FALSE(http::Client::open(url));
  CHECK(http::Client::open("https://shop.example.com"));
  CHECK(http::Client::open("http://[::1]:8082/behind/a/path/"));
}

}  // namespace traceway::demo
