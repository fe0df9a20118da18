#include "demo/access.h"

#include "base/crypto.h"
#include "base/json.h"
#include "demo/company.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace traceway::demo {

namespace {

using namespace std::chrono_literals;

constexpr auto kStartPatience = 10s;
constexpr auto kStartStep = 250ms;
constexpr std::string_view kDefaultEmail = "demo@example.com";
constexpr std::size_t kPasswordDigits = 16;

/// An answer that says yes, as JSON. Errors: what the server said, in its words.
Result<json::Value> ask(http::Client& client, const http::ClientRequest& request) {
  auto answer = client.send(request);
  for (auto waited = 0ms; !answer && waited < kStartPatience; waited += kStartStep) {
    std::this_thread::sleep_for(kStartStep);
    answer = client.send(request);
  }
  if (!answer) {
    return fail(ErrorCode::kUnavailable,
                "the server does not answer (" + answer.error().message +
                    "); start it with `traceway serve`, or name another with --url");
  }
  auto body = json::Value::parse(answer->body);
  if (answer->status >= 200 && answer->status < 300 && body) return body;
  const std::string reason = body ? body->at("error").as_string().value_or("") : "";
  return fail(answer->status == 401 ? ErrorCode::kUnauthorized : ErrorCode::kInvalid,
              "the server answered " + std::to_string(answer->status) + " to " +
                  std::string(request.target) + (reason.empty() ? "" : ": " + reason));
}

std::string text_of(const json::Value& object, std::string_view key) {
  return object.at(key).as_string().value_or("");
}

Result<json::Value> register_account(http::Client& client, const Access& access) {
  json::Writer body;
  body.begin_object();
  body.key("email").value(access.email).key("name").value("Demo");
  body.key("password").value(access.password).key("organizationName").value("Web shop");
  body.key("timezone").value("UTC").key("projectName").value(projects().front().name);
  body.key("framework").value(projects().front().framework).end_object();
  const std::string text = body.take();
  return ask(client, {.target = "/api/register", .body = text});
}

Result<json::Value> sign_in(http::Client& client, const Options& options) {
  if (options.email.empty() || options.password.empty()) {
    return fail(ErrorCode::kInvalid,
                "this server has accounts already; pass --token of a project, or --email and "
                "--password of a member");
  }
  json::Writer body;
  body.begin_object().key("email").value(options.email);
  body.key("password").value(options.password).end_object();
  const std::string text = body.take();
  return ask(client, {.target = "/api/login", .body = text});
}

Result<std::string> create_project(http::Client& client, const json::Value& session,
                                   const DemoProject& project) {
  json::Writer body;
  body.begin_object().key("name").value(project.name);
  body.key("framework").value(project.framework).end_object();
  const auto own = session.at("projects").items();
  const std::string text = body.take();
  const std::string token = text_of(session, "token");
  const std::string target =
      "/api/projects?projectId=" + (own.empty() ? "" : text_of(own.front(), "id"));
  auto created = ask(client, {.target = target, .bearer = token, .body = text});
  if (!created) return fail(created);
  return text_of(*created, "token");
}

/// The tokens of the company's projects, of which some may have to be created.
Result<std::vector<std::string>> project_tokens(http::Client& client, const json::Value& session) {
  std::vector<std::string> tokens;
  for (const DemoProject& project : projects()) {
    const auto own = session.at("projects").items();
    const auto found = std::ranges::find_if(
        own, [&](const json::Value& one) { return text_of(one, "name") == project.name; });
    if (found != own.end()) {
      tokens.push_back(text_of(*found, "token"));
      continue;
    }
    auto created = create_project(client, session, project);
    if (!created) return fail(created);
    tokens.push_back(std::move(*created));
  }
  return tokens;
}

Access with_tokens(const Options& options) {
  Access access;
  for (std::size_t i = 0; i < projects().size(); ++i) {
    const std::size_t used = std::min(i, options.tokens.size() - 1);
    access.tokens.push_back(options.tokens[used]);
    access.projects.push_back("token " + std::to_string(used + 1));
  }
  return access;
}

}  // namespace

Result<Access> open_access(http::Client& client, const Options& options) {
  if (!options.tokens.empty()) return with_tokens(options);
  auto has = ask(client, {.is_post = false, .target = "/api/has-organizations"});
  if (!has) return fail(has);
  const bool is_fresh = !has->at("hasOrganizations").as_bool().value_or(true);
  Access access;
  access.email = options.email.empty() ? std::string(kDefaultEmail) : options.email;
  if (is_fresh) {
    access.password = options.password.empty() ? crypto::random_token().substr(0, kPasswordDigits)
                                               : options.password;
  }
  auto session = is_fresh ? register_account(client, access) : sign_in(client, options);
  if (!session) return fail(session);
  auto tokens = project_tokens(client, *session);
  if (!tokens) return fail(tokens);
  access.tokens = std::move(*tokens);
  for (const DemoProject& project : projects()) access.projects.emplace_back(project.name);
  return access;
}

Result<bool> check_routes(http::Client& client, const Access& access) {
  bool has_report = true;
  for (std::size_t i = 0; i < access.tokens.size(); ++i) {
    const std::string& token = access.tokens[i];
    auto traces =
        ask(client,
            {.target = "/api/otel/v1/traces", .bearer = token, .body = R"({"resourceSpans":[]})"});
    if (!traces && traces.error().code == ErrorCode::kUnauthorized) {
      return fail(ErrorCode::kUnauthorized, "the server does not know the token of " +
                                                access.projects[i] +
                                                "; copy it from the project's connection page");
    }
    if (!traces) return fail(traces);
    auto report = client.send(
        {.target = "/api/report", .bearer = token, .body = R"({"collectionFrames":[]})"});
    if (!report) return fail(report);
    has_report = has_report && report->status != 404;
  }
  return has_report;
}

}  // namespace traceway::demo
