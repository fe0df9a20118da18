// The life of a server: first start, restart, a second process beside it, what the command line
// refuses.
#include "base/text.h"
#include "support/otlp_builder.h"
#include "support/seed.h"
#include "support/test_server.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>

namespace traceway::test {

namespace {

constexpr const char* kAnyTime =
    R"({"fromDate":"2020-01-01T00:00:00Z","pagination":{"page":1,"pageSize":10}})";

/// Sends one request span by protobuf and says whether it was acknowledged.
bool report(HttpClient& client, const Account& account, const OtlpSpan& span) {
  OtlpExport wanted;
  wanted.spans = {span};
  Request request{.method = "POST", .target = "/api/otel/v1/traces"};
  request.fields = {{"Authorization", "Bearer " + account.project_token},
                    {"Content-Type", "application/x-protobuf"}};
  request.body = to_protobuf(wanted);
  return client.send(request).status == 200;
}

std::int64_t stored_endpoints(HttpClient& client, const Account& account) {
  client.set_bearer(account.jwt);
  const auto answer = client.post_json(account.scoped("/api/endpoints"), kAnyTime);
  client.set_bearer({});
  REQUIRE(answer.status == 200);
  return json_of(answer).at("pagination").at("total").as_int().value_or(-1);
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

}  // namespace

TEST_CASE("life: what was acknowledged, accounts and sessions are there after a restart") {
  TestServer server;
  REQUIRE(server.start());
  auto client = server.client();
  const auto account = register_owner(client);
  REQUIRE(account);
  std::mt19937_64 random(seed());
  for (int i = 0; i < 5; ++i) CHECK(report(client, *account, request_span(random)));
  CHECK(stored_endpoints(client, *account) == 5);
  CHECK(server.stop() == 0);

  REQUIRE(server.start());
  auto again = server.client();
  CHECK(stored_endpoints(again, *account) == 5);
  CHECK(report(again, *account, request_span(random)));
  CHECK(stored_endpoints(again, *account) == 6);
}

TEST_CASE("life: the first-run link is printed once, and no more when somebody has registered") {
  TestServer server;
  REQUIRE(server.start());
  const std::string link = "http://" + server.address() + "/register";
  CHECK(count_of(server.log(), link) == 1);
  auto client = server.client();
  REQUIRE(register_owner(client));
  CHECK(server.stop() == 0);
  REQUIRE(server.start());
  CHECK(count_of(server.log(), "/register") == 0);
}

TEST_CASE("life: without a dashboard no link leads to its pages") {
  TestServer server;
  REQUIRE(server.start({"--api-only"}));
  CHECK(count_of(server.log(), "/register") == 0);
  auto client = server.client();
  CHECK(client.get("/register").status == 404);
  CHECK(register_owner(client));
}

TEST_CASE("life: the secret and the databases are for their owner alone") {
  TestServer server;
  REQUIRE(server.start());
  using std::filesystem::perms;
  for (const char* name : {"secret", "traceway.db", "traceway_telemetry.db"}) {
    CAPTURE(name);
    const auto mode = std::filesystem::status(server.data_dir() / name).permissions();
    CHECK((mode & (perms::group_all | perms::others_all)) == perms::none);
  }
  CHECK(server.log().find("secret=") == std::string::npos);
}

TEST_CASE("life: a second process on the same data is refused with the first one's id") {
  TestServer server;
  REQUIRE(server.start());
  const auto second =
      run_traceway({"serve", "--listen", "127.0.0.1:0", "--data-dir", server.data_dir().string()});
  CHECK(second.exit_code == 1);
  CHECK(second.err.find("in use by process " + std::to_string(server.pid())) != std::string::npos);
  CHECK(server.client().get("/healthz").status == 200);
}

TEST_CASE("life: an address that is taken ends the start with the address and what to do") {
  TestServer server;
  REQUIRE(server.start());
  const TemporaryDirectory directory;
  const auto second = run_traceway(
      {"serve", "--listen", server.address(), "--data-dir", directory.path().string()});
  CHECK(second.exit_code == 1);
  CHECK(second.err.find(server.address()) != std::string::npos);
  CHECK(second.err.find("exit_code=0") == std::string::npos);
}

TEST_CASE("command line: wrong usage and wrong values exit 2 with a sentence") {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{},
                                             {"fly"},
                                             {"serve", "--no-such-flag"},
                                             {"config", "--max-body", "lots"},
                                             {"serve", "--listen", "127.0.0.1:70000"},
                                             {"config", "--max-body", "1MiB", "--max-body", "2MiB"},
                                             {"config", "--durability", "maybe"}}) {
    const auto done = run_traceway(words);
    CHECK(done.exit_code == 2);
    CHECK_FALSE((done.err + done.out).empty());
  }
}

TEST_CASE(
    "command line: an option that is a list may be given again, and --help says what to give") {
  const auto config =
      run_traceway({"config", "--listen", "127.0.0.1:1", "--listen", "127.0.0.1:2"});
  CHECK(config.exit_code == 0);
  CHECK(config.out.find("127.0.0.1:1, 127.0.0.1:2") != std::string::npos);
  const auto help = run_traceway({"serve", "--help"});
  CHECK(help.exit_code == 0);
  CHECK(help.out.find("--config FILE") != std::string::npos);
  CHECK(help.out.find("--max-body VALUE ") != std::string::npos);
}

TEST_CASE("command line: config shows where each value came from, and no secret") {
  const std::string secret = "0123456789abcdef0123456789abcdef";
  const auto done = run_traceway({"config", "--queue-capacity", "4096"},
                                 {{"TRACEWAY_MAX_BODY", "3MiB"}, {"TRACEWAY_JWT_SECRET", secret}});
  REQUIRE(done.exit_code == 0);
  CHECK(done.out.find("TRACEWAY_MAX_BODY") != std::string::npos);
  CHECK(done.out.find("flag") != std::string::npos);
  CHECK(done.out.find(secret) == std::string::npos);
}

TEST_CASE("command line: version, routes and migrate say what they are asked for") {
  CHECK(run_traceway({"version"}).out.starts_with("traceway "));
  const auto routes = run_traceway({"routes"});
  CHECK(routes.exit_code == 0);
  CHECK(routes.out.find("/api/otel/v1/traces") != std::string::npos);
  const TemporaryDirectory directory;
  for (int i = 0; i < 2; ++i) {
    CHECK(run_traceway({"migrate", "--data-dir", (directory.path() / "d").string()}).exit_code ==
          0);
  }
}

}  // namespace traceway::test
