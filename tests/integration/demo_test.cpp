// `traceway demo` against the real server: what it says it sent is what the server says it has.
#include "base/text.h"
#include "support/test_server.h"

#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace traceway::test {

namespace {

constexpr const char* kAllIssues =
    R"({"fromDate":"2020-01-01T00:00:00Z","state":"all","pagination":{"page":1,"pageSize":100}})";
constexpr const char* kAllRows =
    R"({"fromDate":"2020-01-01T00:00:00Z","pagination":{"page":1,"pageSize":1}})";

using Counts = std::map<std::string, std::int64_t>;

/// "  shop: 12 requests, 3 tasks" -> {"shop requests": 12, "shop tasks": 3}.
Counts counts_of(const std::string& out) {
  Counts counts;
  for (const std::string_view line : text::split(out, '\n')) {
    const std::size_t colon = line.find(": ");
    if (!line.starts_with("  ") || colon == std::string_view::npos) continue;
    const std::string project(line.substr(2, colon - 2));
    for (const std::string_view part : text::split(line.substr(colon + 2), ',')) {
      const auto words = text::split(text::trim(part), ' ');
      if (words.size() != 2) continue;
      counts[project + " " + std::string(words[1])] = text::parse_int(words[0]).value_or(-1);
    }
  }
  return counts;
}

std::string word_after(const std::string& out, std::string_view before) {
  const std::size_t at = out.find(before);
  if (at == std::string::npos) return {};
  const std::string_view rest = text::trim(std::string_view(out).substr(at + before.size()));
  return std::string(rest.substr(0, rest.find_first_of(" \n")));
}

Finished run_demo(const TestServer& server, std::vector<std::string> words) {
  words.insert(words.begin(), {"demo", "--url", "http://" + server.address()});
  Finished done = run_traceway(words);
  INFO(done.out, done.err);
  return done;
}

/// Signs in as the demo printed it; every project by its name.
std::map<std::string, std::string> sign_in(HttpClient& client, const Finished& done) {
  const std::string body = R"({"email":")" + word_after(done.out, "email") + R"(","password":")" +
                           word_after(done.out, "password") + R"("})";
  const json::Value session = json_of(client.post_json("/api/login", body));
  client.set_bearer(session.at("token").as_string().value_or(""));
  std::map<std::string, std::string> projects;
  for (const json::Value& project : session.at("projects").items()) {
    projects[project.at("name").as_string().value_or("")] =
        project.at("id").as_string().value_or("");
  }
  return projects;
}

std::int64_t total_of(HttpClient& client, const std::string& route, const std::string& project) {
  const auto answer = client.post_json(route + "?projectId=" + project, kAllRows);
  CHECK(answer.status == 200);
  return json_of(answer).at("pagination").at("total").as_int().value_or(-1);
}

/// Occurrences of all issues: exceptions and messages.
std::pair<std::int64_t, std::int64_t> occurrences_of(HttpClient& client,
                                                     const std::string& project) {
  const auto answer =
      client.post_json("/api/exception-stack-traces?projectId=" + project, kAllIssues);
  CHECK(answer.status == 200);
  std::pair<std::int64_t, std::int64_t> out;
  for (const json::Value& issue : json_of(answer).at("data").items()) {
    const std::int64_t count = issue.at("count").as_int().value_or(0);
    (issue.at("isMessage").as_bool().value_or(false) ? out.second : out.first) += count;
  }
  return out;
}

}  // namespace

TEST_CASE("demo: a fresh server holds exactly what the demo says it stored") {
  TestServer server;
  REQUIRE(server.start());
  const Finished done = run_demo(server, {"--days", "1", "--scale", "0.1", "--seed", "42"});
  REQUIRE(done.exit_code == 0);
  CHECK(done.out.find("Seed 42") != std::string::npos);
  CHECK(done.out.find("/api/report") == std::string::npos);
  Counts counts = counts_of(done.out);
  auto client = server.client();
  auto projects = sign_in(client, done);
  REQUIRE(projects.size() == 3);
  for (const auto& [name, id] : projects) {
    CAPTURE(name);
    CHECK(total_of(client, "/api/endpoints", id) == counts[name + " requests"]);
    CHECK(total_of(client, "/api/tasks", id) == counts[name + " tasks"]);
    const auto [exceptions, messages] = occurrences_of(client, id);
    CHECK(exceptions == counts[name + " exceptions"]);
    CHECK(messages == counts[name + " messages"]);
  }
  CHECK(counts["shop requests"] > 1000);
  CHECK(counts["shop exceptions"] > 0);
  CHECK(counts["worker tasks"] > 100);
  CHECK(counts["storefront exceptions"] > 0);
}

TEST_CASE("demo: a second run needs a credential, and says which") {
  TestServer server;
  REQUIRE(server.start());
  const std::vector<std::string> account = {"--email",       "ana@example.org", "--password",
                                            "correct-horse", "--scale",         "0.01"};
  const Finished first = run_demo(server, account);
  CHECK(first.exit_code == 0);

  const Finished without = run_demo(server, {});
  CHECK(without.exit_code == 1);
  CHECK(without.err.find("--token") != std::string::npos);
  CHECK(without.err.find("--email") != std::string::npos);

  const Finished again = run_demo(server, account);
  CHECK(again.exit_code == 0);
  auto client = server.client();
  auto projects = sign_in(client, first);
  CHECK(projects.size() == 3);
  CHECK(total_of(client, "/api/endpoints", projects["shop"]) ==
        counts_of(first.out)["shop requests"] + counts_of(again.out)["shop requests"]);
}

TEST_CASE(
    "demo: one token takes all services, a wrong one is refused with the way to a right one") {
  TestServer server;
  REQUIRE(server.start());
  auto client = server.client();
  const auto account = register_owner(client);
  REQUIRE(account);
  client.set_bearer(account->jwt);

  const Finished wrong = run_demo(server, {"--token", "0123456789abcdef0123456789abcdef"});
  CHECK(wrong.exit_code == 1);
  CHECK(wrong.err.find("token") != std::string::npos);

  const Finished done =
      run_demo(server, {"--token", account->project_token, "--days", "0.25", "--scale", "0.1"});
  CHECK(done.exit_code == 0);
  Counts counts = counts_of(done.out);
  CHECK(total_of(client, "/api/tasks", account->project_id) == counts["token 1 tasks"]);
  const auto [exceptions, messages] = occurrences_of(client, account->project_id);
  CHECK(exceptions == counts["token 1 exceptions"]);
  CHECK(messages == counts["token 1 messages"]);
}

TEST_CASE("demo: it keeps going at a rate and ends when told") {
  TestServer server;
  REQUIRE(server.start());
  const Finished done = run_demo(server, {"--rate", "20", "--for", "3", "--seed", "9"});
  REQUIRE(done.exit_code == 0);
  Counts counts = counts_of(done.out);
  CHECK(counts["shop requests"] > 30);
  auto client = server.client();
  auto projects = sign_in(client, done);
  CHECK(total_of(client, "/api/endpoints", projects["shop"]) == counts["shop requests"]);
}

TEST_CASE("demo: a server that is killed and comes back has everything, once") {
  TestServer server;
  REQUIRE(server.start());
  const std::string address = server.address();
  Finished done;
  std::thread demo([&] {
    done = run_demo(server, {"--days", "0.1", "--rate", "100", "--for", "5", "--seed", "4"});
  });
  std::this_thread::sleep_for(std::chrono::seconds(1));
  server.kill9();
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // longer than a tick of the demo
  // Port 0 is asked for as ever; the old address comes on top.
  const bool is_back = server.start({"--listen", address});
  demo.join();
  REQUIRE(is_back);
  INFO(done.out, done.err);
  REQUIRE(done.exit_code == 0);
  CHECK(done.out.find(" 0 retried") == std::string::npos);
  auto client = server.client();
  auto projects = sign_in(client, done);
  Counts counts = counts_of(done.out);
  CHECK(total_of(client, "/api/endpoints", projects["shop"]) == counts["shop requests"]);
  CHECK(total_of(client, "/api/tasks", projects["worker"]) == counts["worker tasks"]);
}

TEST_CASE("demo: wrong usage exits 2, a server that is not there 1 with what to try") {
  CHECK(run_traceway({"demo", "--days", "-1"}).exit_code == 2);
  CHECK(run_traceway({"demo", "--rate", "fast"}).exit_code == 2);
  const Finished url = run_traceway({"demo", "--url", "shop"});
  CHECK(url.exit_code == 1);
  CHECK(url.err.find("http://") != std::string::npos);
  const Finished nobody = run_traceway({"demo", "--url", "http://127.0.0.1:1"});
  CHECK(nobody.exit_code == 1);
  CHECK(nobody.err.find("traceway serve") != std::string::npos);
}

}  // namespace traceway::test
