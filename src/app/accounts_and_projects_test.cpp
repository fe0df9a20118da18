// Accounts and projects together, through the router, on a real database. Neither slice may include
// the other, so the walk lives here.
#include "accounts/accounts.h"
#include "accounts/jwt.h"
#include "app/config.h"
#include "base/crypto.h"
#include "base/text.h"
#include "http/router.h"
#include "projects/projects.h"
#include "storage/sqlite/main_db.h"
#include "storage/sqlite/temporary_directory.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

namespace traceway {

namespace {

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
constexpr std::int64_t kSecond = 1'000'000'000;

class FakeClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_ns() const override { return now_; }

  void advance(std::int64_t ns) { now_ += ns; }

 private:
  std::atomic<std::int64_t> now_ = 1'770'000'000 * kSecond + 250'000'000;
};

class NeverLater final : public http::Later {
 public:
  http::Answer take(std::chrono::milliseconds, http::Response) override {
    FAIL("these routes answer at once");
    return {};
  }
};

struct Call {
  http::Method method = http::Method::kGet;
  std::string path;
  std::string body = {};
  std::string token = {};
  std::string query = {};
  std::string peer = "192.0.2.1";
};

struct Answered {
  int status = 0;
  std::string text;
  json::Value body;
  std::string retry_after;

  [[nodiscard]] std::string error() const { return body.at("error").as_string().value_or(""); }
};

struct Server {
  sqlite::TemporaryDirectory directory;
  FakeClock clock;
  Config config;
  std::unique_ptr<MainDb> main;
  std::unique_ptr<projects::Projects> projects;
  std::unique_ptr<accounts::Accounts> accounts;
  std::unique_ptr<http::Router> router;

  explicit Server(bool is_cloud = false) {
    config.cloud_mode = is_cloud;
    config.base_path = "/";
    start();
  }

  void start() {
    router.reset();
    accounts.reset();
    projects.reset();
    main.reset();
    auto opened =
        sqlite::open_main_db({directory.file("traceway.db"), directory.file("backups")}, clock);
    REQUIRE(opened);
    main = std::move(*opened);
    auto loaded = projects::Projects::load(*main, clock, config);
    REQUIRE(loaded);
    projects = std::move(*loaded);
    accounts = std::make_unique<accounts::Accounts>(
        accounts::Dependencies{*main, *projects, clock, config}, std::string(kSecret));
    router = std::make_unique<http::Router>(*accounts);
    accounts::add_account_routes(*router, *accounts);
    projects::add_project_routes(*router, *projects);
  }

  [[nodiscard]] Answered call(const Call& wanted) const {
    http::Request request;
    request.method = wanted.method;
    request.method_name = wanted.method == http::Method::kGet ? "GET" : "POST";
    request.path = wanted.path;
    request.query = wanted.query;
    request.target = wanted.path;
    request.peer = wanted.peer;
    request.request_id = "0af7651916cd43dd8448eb211c80319c";
    request.headers.add("Host", "traceway.test:8082");
    request.headers.add("Content-Type", "application/json");
    if (!wanted.token.empty()) request.headers.add("Authorization", "Bearer " + wanted.token);
    request.body.assign(wanted.body.begin(), wanted.body.end());
    http::HeadVerdict verdict = router->on_head(request);
    http::Response response;
    if (verdict.refusal) {
      response = std::move(*verdict.refusal);
    } else {
      request.caller = verdict.caller;
      NeverLater later;
      response = router->dispatch(*verdict.route, request, later);
    }
    Answered out{response.status, std::string(response.payload()), {}, {}};
    if (auto parsed = json::Value::parse(out.text)) out.body = std::move(*parsed);
    for (const auto& [name, value] : response.headers) {
      if (text::equals_ignore_case(name, "Retry-After")) out.retry_after = value;
    }
    return out;
  }

  [[nodiscard]] Answered get(std::string path, std::string token = {}) const {
    return call({http::Method::kGet, std::move(path), {}, std::move(token)});
  }

  [[nodiscard]] Answered login(std::string_view email, std::string_view password,
                               std::string peer = "192.0.2.1") const {
    json::Writer body;
    body.begin_object().key("email").value(email).key("password").value(password).end_object();
    return call({http::Method::kPost, "/api/login", body.take(), {}, {}, std::move(peer)});
  }

  [[nodiscard]] Answered create_project(std::string body, const std::string& token,
                                        const std::string& project) const {
    return call(
        {http::Method::kPost, "/api/projects", std::move(body), token, "projectId=" + project});
  }

  /// A second member of organization 1, as an invitation would make one.
  [[nodiscard]] std::string add_member(std::string_view email, std::string_view role) const {
    const auto id = main->write([&](Tx& tx) -> Result<std::int64_t> {
      const auto user = tx.run("accounts.insert_user", {{"email", to_value(email)},
                                                        {"name", to_value("Member")},
                                                        {"password", to_value("unusable")},
                                                        {"now", clock.now_ns()}});
      if (!user) return fail(user);
      const std::int64_t user_id = user->front().integer("id");
      const auto member =
          tx.run("accounts.insert_membership", {{"user_id", user_id},
                                                {"organization_id", std::int64_t{1}},
                                                {"role", to_value(role)},
                                                {"now", clock.now_ns()}});
      if (!member) return fail(member);
      return user_id;
    });
    REQUIRE(id);
    return accounts->issue_token(*id, email);
  }
};

/// A registration with one member replaced.
std::string registration(std::string_view key = {}, std::string_view value = {}) {
  json::Writer out;
  out.begin_object();
  const std::pair<std::string_view, std::string_view> all[] = {
      {"email", "Ann@Example.com"},  {"name", "Ann"},     {"password", "correct horse"},
      {"organizationName", "Acme"},  {"timezone", "UTC"}, {"projectName", "Web shop"},
      {"framework", "opentelemetry"}};
  for (const auto& [name, usual] : all) out.key(name).value(name == key ? value : usual);
  out.end_object();
  return out.take();
}

Answered sign_up(const Server& server, std::string body = registration()) {
  return server.call({http::Method::kPost, "/api/register", std::move(body)});
}

struct SignedUp {
  Server server;
  Answered answer = sign_up(server);
  std::string token = answer.body.at("token").as_string().value_or("");
  std::string project = answer.body.at("project").at("id").as_string().value_or("");
  std::string project_token = answer.body.at("project").at("token").as_string().value_or("");
};

}  // namespace

TEST_CASE("accounts: an empty database says so, registers once, then sends everyone to login") {
  const Server server;
  CHECK(server.get("/api/has-organizations").text == R"({"hasOrganizations":false})");
  CHECK(*server.accounts->is_first_run());
  const Answered first = sign_up(server);
  CHECK(first.status == 201);
  CHECK(first.body.at("user").at("id").as_int() == 1);
  CHECK(first.body.at("user").at("email").as_string() == "Ann@Example.com");
  CHECK(first.body.at("user").at("createdAt").as_string() == "2026-02-02T02:40:00.25Z");
  CHECK(first.body.at("user").keys().size() == 4);
  CHECK(first.body.at("organizations").dump() ==
        R"([{"id":1,"name":"Acme","role":"owner","timezone":"UTC"}])");
  const json::Value project = first.body.at("project");
  CHECK(project.at("name").as_string() == "Web shop");
  CHECK(project.at("framework").as_string() == "opentelemetry");
  CHECK(project.at("organizationId").as_int() == 1);
  CHECK(project.at("role").as_string() == "owner");
  CHECK(project.at("token").as_string()->size() == 32);
  CHECK(project.at("backendUrl").as_string() == "http://traceway.test:8082");
  CHECK(project.at("healthcheckPaths").dump() == "[]");
  CHECK(project.at("dropHealthyHealthchecks").as_bool() == false);
  CHECK(project.at("sourceMapToken").is_null());
  CHECK(first.body.at("projects").items().front().dump() == project.dump());
  CHECK(server.get("/api/has-organizations").text == R"({"hasOrganizations":true})");

  const Answered second = sign_up(server, registration("email", "bob@example.com"));
  CHECK(second.status == 409);
  CHECK(second.error() == "You already have an Organization registered. Please use login.");
}

TEST_CASE("accounts: a registration is refused with the text of its first failing check") {
  const Server server;

  struct Case {
    const char* key;
    std::string value;
    const char* error;
  };

  const Case cases[] = {
      {"email", "", "Invalid request body"},
      {"email", "ann", "Invalid request body"},
      {"email", "ann@", "Invalid request body"},
      {"email", "a b@example.com", "Invalid request body"},
      {"name", " ", "Invalid request body"},
      {"password", "1234567", "Invalid request body"},
      {"organizationName", "", "Invalid request body"},
      {"projectName", "", "Invalid request body"},
      {"timezone", "../../etc/passwd", "Invalid timezone"},
      {"projectName", std::string(101, 'x'), "Project name must be between 1 and 100 characters"},
      {"projectName", "a/b",
       "Project name can only contain letters, numbers, spaces, hyphens, and underscores"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.key);
    CAPTURE(one.value);
    const Answered answer = sign_up(server, registration(one.key, one.value));
    CHECK(answer.status == 400);
    CHECK(answer.error() == one.error);
  }
  CHECK(sign_up(server, "{").error() == "Invalid request body");
  CHECK(sign_up(server, R"({"email":7})").error() == "Invalid request body");
  const Answered framework = sign_up(server, registration("framework", "cobol"));
  CHECK(framework.status == 400);
  CHECK(framework.error().starts_with("Framework must be one of: gin, fiber, chi, fasthttp,"));
  CHECK(server.get("/api/has-organizations").text == R"({"hasOrganizations":false})");
}

TEST_CASE("accounts: of several registrations at once exactly one succeeds") {
  const Server server;
  std::atomic<int> created = 0;
  std::atomic<int> refused = 0;
  {
    std::vector<std::jthread> visitors;
    visitors.reserve(4);
    for (int i = 0; i < 4; ++i) {
      visitors.emplace_back([&, i] {
        const Answered answer =
            sign_up(server, registration("email", "v" + std::to_string(i) + "@example.com"));
        if (answer.status == 201) ++created;
        if (answer.status == 409) ++refused;
      });
    }
  }
  CHECK(created == 1);
  CHECK(refused == 3);
}

TEST_CASE("accounts: in cloud mode many register, but an address only once") {
  const Server server(true);
  CHECK(server.get("/api/has-organizations").status == 404);
  CHECK(sign_up(server).status == 201);
  CHECK(sign_up(server, registration("email", "bob@example.com")).status == 201);
  const Answered again = sign_up(server, registration("email", "ANN@example.COM"));
  CHECK(again.status == 409);
  CHECK(again.error() == "Email already exists");
}

TEST_CASE("accounts: login takes the address in any case, and answers as the page expects") {
  const SignedUp f;
  const Answered answer = f.server.login(" ann@EXAMPLE.com ", "correct horse");
  CHECK(answer.status == 200);
  CHECK(answer.body.keys().size() == 4);
  CHECK(answer.body.at("user").at("email").as_string() == "Ann@Example.com");
  CHECK(answer.body.at("projects").items().size() == 1);
  CHECK(answer.body.at("organizations").items().size() == 1);
  const std::string token = *answer.body.at("token").as_string();
  const auto caller = f.server.accounts->user_of_bearer(token);
  REQUIRE(caller);
  CHECK(caller->user_id == 1);
}

TEST_CASE("accounts: wrong credentials and malformed bodies get one and the same 401") {
  const SignedUp f;
  for (const Answered& answer :
       {f.server.login("ann@example.com", "wrong horse"),
        f.server.login("nobody@x.org", "whatever"), f.server.login("ann@example.com", ""),
        f.server.call({http::Method::kPost, "/api/login", "not json"}),
        f.server.call({http::Method::kPost, "/api/login", R"({"email":["a"],"password":1})"})}) {
    CHECK(answer.status == 401);
    CHECK(answer.text == R"({"error":"Invalid email or password"})");
  }
}

TEST_CASE("accounts: the eleventh failed login of an address waits, others go on") {
  SignedUp f;
  for (int i = 0; i < 10; ++i) CHECK(f.server.login("ann@example.com", "wrong").status == 401);
  const Answered limited = f.server.login("Ann@example.com", "correct horse");
  CHECK(limited.status == 429);
  CHECK(limited.retry_after == "900");
  CHECK_FALSE(limited.error().empty());
  CHECK(f.server.login("ann@example.com", "correct horse", "192.0.2.9").status == 200);
  f.server.clock.advance(900 * kSecond);
  CHECK(f.server.login("ann@example.com", "correct horse").status == 200);
}

TEST_CASE("accounts: the login bundle needs a token, and carries everything but one") {
  const SignedUp f;
  const Answered none = f.server.get("/api/me/login-bundle");
  CHECK(none.status == 401);
  CHECK(none.text.empty());
  const Answered bundle = f.server.get("/api/me/login-bundle", f.token);
  CHECK(bundle.status == 200);
  CHECK(bundle.body.at("token").as_string() == "");
  CHECK(bundle.body.at("projects").items().size() == 1);
  CHECK(f.server.get("/api/auth/providers").text ==
        R"({"providers":[],"providerLabels":{},"passwordLoginEnabled":true})");
}

TEST_CASE("authenticator: a token dies with its user, its age and its password") {
  SignedUp f;
  CHECK(f.server.accounts->user_of_bearer(f.token));
  CHECK_FALSE(f.server.accounts->user_of_bearer(f.server.accounts->issue_token(99, "x@y")));
  const std::string before = accounts::sign(
      accounts::claims_for(1, "ann@example.com", f.server.clock.now_ns() - 5 * kSecond), kSecret);
  const auto outdated = f.server.accounts->user_of_bearer(before);
  REQUIRE_FALSE(outdated);
  CHECK(outdated.error().code == ErrorCode::kUnauthorized);
  f.server.clock.advance(604'800 * kSecond);
  CHECK_FALSE(f.server.accounts->user_of_bearer(f.token));
}

TEST_CASE("projects: the list is the caller's own, oldest first, and none of a stranger's") {
  SignedUp f;
  f.server.clock.advance(kSecond);
  REQUIRE(f.server.create_project(R"({"name":"A second","framework":"gin"})", f.token, f.project)
              .status == 201);
  const auto list = f.server.get("/api/projects", f.token).body.items();
  REQUIRE(list.size() == 2);
  CHECK(list[0].at("name").as_string() == "Web shop");
  CHECK(list[1].at("name").as_string() == "A second");
  const auto stranger = f.server.main->write([](Tx& tx) {
    return tx.run("accounts.insert_user", {{"email", to_value("s@x")},
                                           {"name", to_value("S")},
                                           {"password", to_value("x")},
                                           {"now", std::int64_t{1}}});
  });
  REQUIRE(stranger);
  const std::string token = f.server.accounts->issue_token(stranger->front().integer("id"), "s@x");
  CHECK(f.server.get("/api/projects", token).text == "[]");
  CHECK(f.server.create_project(R"({"name":"x","framework":"gin"})", token, f.project).error() ==
        "Access denied");
  CHECK(f.server.get("/api/projects").status == 401);
}

TEST_CASE("projects: creation checks name and framework with the dialog's texts") {
  const SignedUp f;

  struct Case {
    std::string body;
    int status;
    const char* error;
  };

  const std::string long_name(101, 'x');
  const Case cases[] = {
      {"[]", 400, "Invalid request body"},
      {R"({"name":3})", 400, "Invalid request body"},
      {R"({"framework":"gin"})", 422, "Project name must be between 1 and 100 characters"},
      {R"({"name":")" + long_name + R"(","framework":"gin"})", 422,
       "Project name must be between 1 and 100 characters"},
      {R"({"name":"caf\u00e9","framework":"gin"})", 422,
       "Project name can only contain letters, numbers, spaces, hyphens, and underscores"},
      {R"({"name":"x","framework":"gin","organizationId":42})", 403,
       "You don't have permission to create projects in this organization"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.body);
    const Answered answer = f.server.create_project(one.body, f.token, f.project);
    CHECK(answer.status == one.status);
    CHECK(answer.error() == one.error);
  }
  const Answered framework =
      f.server.create_project(R"({"name":"x","framework":"GIN"})", f.token, f.project);
  CHECK(framework.status == 422);
  CHECK(framework.error().ends_with("django, flutter, android, ios"));
}

TEST_CASE("projects: settings change what is given, and reach ingest at once") {
  SignedUp f;
  const auto id = *parse_uuid(f.project);
  const auto put = [&](const std::string& body, const std::string& token) {
    return f.server.call({.method = http::Method::kPut,
                          .path = "/api/projects",
                          .body = body,
                          .token = token,
                          .query = "projectId=" + f.project});
  };
  const Answered on = put(
      R"({"name":"Renamed","framework":"gin","dropHealthyHealthchecks":true,"healthcheckPaths":["/probe","*/ready*"]})",
      f.token);
  CHECK(on.status == 200);
  CHECK(on.body.at("name").as_string() == "Renamed");
  CHECK(on.body.at("framework").as_string() == "gin");
  CHECK(on.body.at("dropHealthyHealthchecks").as_bool() == true);
  CHECK(on.body.at("healthcheckPaths").items().size() == 2);
  CHECK(on.body.at("token").as_string() == f.project_token);
  CHECK(on.body.at("role").as_string() == "owner");
  CHECK(f.server.projects->directory().find(id)->drops_healthy_healthchecks);
  CHECK(f.server.projects->directory().find(id)->healthcheck_paths ==
        std::vector<std::string>{"/probe", "*/ready*"});
  CHECK(f.server.accounts->project_of_token(f.project_token) == id);

  CHECK(put(R"({"name":"Again","framework":"gin"})", f.token).status == 200);
  f.server.start();  // from the database
  CHECK(f.server.projects->directory().find(id)->name == "Again");
  CHECK(f.server.projects->directory().find(id)->drops_healthy_healthchecks);
  CHECK(
      put(R"({"name":"A","framework":"gin","dropHealthyHealthchecks":false,"healthcheckPaths":[]})",
          f.token)
          .status == 200);
  CHECK_FALSE(f.server.projects->directory().find(id)->drops_healthy_healthchecks);
  CHECK(f.server.projects->directory().find(id)->healthcheck_paths.empty());

  std::string many = "\"/a\"";
  for (int i = 0; i < 50; ++i) many += ",\"/a\"";
  for (const std::string& paths :
       {std::string(R"("x")"), std::string(R"("/a*b")"), std::string(R"("*")"),
        std::string(R"("*x")"), "\"/" + std::string(200, 'a') + "\"", many}) {
    CAPTURE(paths);
    CHECK(put(R"({"name":"A","framework":"gin","healthcheckPaths":[)" + paths + "]}", f.token)
              .status == 422);
  }
  CHECK(put(R"({"name":"A"})", f.token).status == 422);
  CHECK(put(R"({"name":"A","framework":"gin","healthcheckPaths":"/x"})", f.token).status == 400);
  const std::string reader = f.server.add_member("reader@example.com", "readonly");
  CHECK(put(R"({"name":"A","framework":"gin"})", reader).status == 403);
}

TEST_CASE("projects: a new token works for ingest at once, and after a restart") {
  SignedUp f;
  const Answered created = f.server.create_project(
      R"({"name":"New","framework":"django","organizationId":1})", f.token, f.project);
  REQUIRE(created.status == 201);
  const std::string token = *created.body.at("token").as_string();
  const auto id = parse_uuid(*created.body.at("id").as_string());
  REQUIRE(id);
  CHECK(f.server.accounts->project_of_token(token) == *id);
  CHECK(f.server.projects->directory().find(*id)->framework == "django");
  CHECK_FALSE(f.server.accounts->project_of_token("00000000000000000000000000000000"));
  f.server.start();
  CHECK(f.server.accounts->project_of_token(token) == *id);
  CHECK(to_string(*f.server.accounts->project_of_token(f.project_token)) == f.project);
  CHECK(f.server.accounts->project_exists(*id));
  CHECK_FALSE(f.server.accounts->project_exists(uuid_v4()));
}

TEST_CASE("projects: a read-only member sees no secrets and cannot create") {
  const SignedUp f;
  const std::string reader = f.server.add_member("reader@example.com", "readonly");
  const auto list = f.server.get("/api/projects", reader).body.items();
  REQUIRE(list.size() == 1);
  CHECK(list[0].at("token").as_string() == "read-only-hidden-token");
  CHECK(list[0].at("role").as_string() == "readonly");
  const std::string body = R"({"name":"x","framework":"gin"})";
  const Answered refused = f.server.create_project(body, reader, f.project);
  CHECK(refused.status == 403);
  CHECK(refused.error() == "Read-only access. Write operations are not permitted.");
  const std::string member = f.server.add_member("member@example.com", "user");
  CHECK(f.server.create_project(body, member, f.project).status == 201);
}

TEST_CASE("projects: the configured address wins over the request's host") {
  SignedUp f;
  f.server.config.base_url = "https://errors.example.com/";
  const auto list = f.server.get("/api/projects", f.token).body.items();
  CHECK(list.front().at("backendUrl").as_string() == "https://errors.example.com");
}

}  // namespace traceway
