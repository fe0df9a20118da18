#include "crash/signals.h"

#include "base/id.h"
#include "base/text.h"
#include "ingest/grouping.h"
#include "support/otlp_builder.h"

#include <algorithm>

namespace traceway::crash {

namespace {

using test::HttpClient;
using test::json_of;
using test::RawAnswer;
using test::Request;

constexpr std::size_t kChildren = 7;
constexpr std::size_t kIssues = 90;
constexpr std::size_t kIssuesPerCommand = 3;

Request ingest(const Scene& scene, std::string target, std::string type, std::string body) {
  return {"POST",
          std::move(target),
          {{"Authorization", "Bearer " + scene.account.project_token},
           {"Content-Type", std::move(type)}},
          std::move(body)};
}

RawAnswer ask(const Scene& scene, HttpClient& client, const std::string& path,
              const std::string& body = "{}") {
  client.set_bearer(scene.account.jwt);
  return client.post_json(scene.at(path), body);
}

std::string new_uuid(std::mt19937_64& random) {
  return to_string(uuid_from_bytes(test::random_bytes(random, 16)));
}

/// Rows of the server's own list of endpoints of that name, and occurrences of that exception. One
/// request makes one of each.
std::int64_t counted(const Scene& scene, HttpClient& client, const std::string& endpoint,
                     const std::string& stack) {
  const RawAnswer groups =
      ask(scene, client, "/api/endpoints/grouped",
          R"({"fromDate":"2020-01-01T00:00:00Z","pagination":{"page":1,"pageSize":100}})");
  std::int64_t rows = 0;
  for (const auto& group : json_of(groups).at("data").items()) {
    if (group.at("endpoint").as_string().value_or("") == endpoint)
      rows = group.at("count").as_int().value_or(-1);
  }
  const RawAnswer issue =
      ask(scene, client, "/api/exception-stack-traces/" + ingest::exception_hash(stack, false));
  const std::int64_t occurrences =
      issue.status == 404 ? 0 : json_of(issue).at("group").at("count").as_int().value_or(-1);
  return rows == occurrences ? rows : -1;
}

// --- a run with its spans, its exception and its messages: all that a trace or a report stores ---

struct RunParts {
  std::size_t spans = 0;
  std::size_t messages = 0;
};

Presence look_at_run(const Scene& scene, HttpClient& client, const Sent& sent,
                     const RunParts& wanted) {
  const RawAnswer answer = ask(scene, client, "/api/endpoints/" + sent.ids.front());
  if (answer.status == 404) return Presence::kAbsent;
  const auto body = json_of(answer);
  const std::size_t spans = body.at("spans").items().size();
  const std::size_t messages = body.at("messages").items().size();
  if (spans == wanted.spans && messages == wanted.messages && body.at("exception").is_object())
    return Presence::kWhole;
  return spans > wanted.spans || messages > wanted.messages ? Presence::kTwice : Presence::kHalf;
}

// --- OTLP traces ---

constexpr const char* kTraceStack = "DrillTraceError: expected\n    at drill (/src/trace.js:1:1)";

/// A request with children below it and an exception.
test::OtlpExport trace_export(const std::string& route, std::mt19937_64& random) {
  test::OtlpExport out;
  test::OtlpSpan root = test::request_span(random);
  root.attributes = {{"http.request.method", std::string("GET")}, {"http.route", route}};
  root.events = {{root.start_ns, "exception", {{"exception.stacktrace", route + kTraceStack}}}};
  for (std::size_t i = 0; i < kChildren; ++i)
    out.spans.push_back(test::child_of(root, "step", random));
  out.spans.insert(out.spans.begin() + 3, std::move(root));
  return out;
}

std::string entity_of(const Scene& scene, const test::OtlpExport& sent) {
  const test::OtlpSpan& root = sent.spans[3];
  return to_string(derived_entity_id(*parse_uuid(scene.account.project_id),
                                     uuid_from_bytes(root.trace_id),
                                     span_id_from_bytes(root.span_id)));
}

Sent make_protobuf(Scene& scene, std::mt19937_64& random) {
  const test::OtlpExport made = trace_export("/protobuf", random);
  Sent sent;
  sent.request = ingest(scene, "/api/otel/v1/traces", "application/x-protobuf", to_protobuf(made));
  sent.ids = {entity_of(scene, made)};
  return sent;
}

Sent make_json(Scene& scene, std::mt19937_64& random) {
  const test::OtlpExport made = trace_export("/json", random);
  Sent sent;
  sent.request = ingest(scene, "/api/otel/v1/traces", "application/json", to_json(made));
  sent.ids = {entity_of(scene, made)};
  return sent;
}

Presence look_at_trace(const Scene& scene, HttpClient& client, const Sent& sent) {
  return look_at_run(scene, client, sent, {kChildren, 0});
}

std::int64_t stored_protobuf(const Scene& scene, HttpClient& client) {
  return counted(scene, client, "GET /protobuf", std::string("/protobuf") + kTraceStack);
}

std::int64_t stored_json(const Scene& scene, HttpClient& client) {
  return counted(scene, client, "GET /json", std::string("/json") + kTraceStack);
}

// --- native reports ---

constexpr const char* kReportStack =
    "DrillReportError: expected\n    at drill (/src/report.js:1:1)";

/// Two frames, so that a report is several parts: a run with its spans; its exception and message.
Sent make_report(Scene& scene, std::mt19937_64& random) {
  const std::string now = to_rfc3339(static_cast<std::int64_t>(test::unix_now_ns()));
  const std::string run = new_uuid(random);
  const std::string trace = new_uuid(random);
  json::Writer out;
  out.begin_object().key("collectionFrames").begin_array().begin_object();
  out.key("traces").begin_array().begin_object();
  out.key("id").value(run).key("endpoint").value("POST /report").key("duration").value(5'000'000);
  out.key("recordedAt").value(now).key("statusCode").value(500);
  out.key("distributedTraceId").value(trace).key("spans").begin_array();
  for (const char* name : {"query", "render"}) {
    out.begin_object().key("id").value(new_uuid(random)).key("name").value(name);
    out.key("startTime").value(now).key("duration").value(1'000'000).end_object();
  }
  out.end_array().end_object().end_array().end_object();
  out.begin_object().key("stackTraces").begin_array();
  for (const bool is_message : {false, true}) {
    out.begin_object().key("traceId").value(run).key("recordedAt").value(now);
    out.key("isMessage").value(is_message).key("distributedTraceId").value(trace);
    out.key("stackTrace").value(is_message ? "drill message" : kReportStack).end_object();
  }
  out.end_array().end_object().end_array().end_object();
  Sent sent;
  sent.request = ingest(scene, "/api/report", "application/json", out.take());
  sent.ids = {run};
  return sent;
}

Presence look_at_report(const Scene& scene, HttpClient& client, const Sent& sent) {
  return look_at_run(scene, client, sent, {2, 1});
}

std::int64_t stored_reports(const Scene& scene, HttpClient& client) {
  return counted(scene, client, "POST /report", kReportStack);
}

// --- commands ---

/// Archives a few issues at once.
Sent make_archive(Scene& scene, std::mt19937_64& /*random*/) {
  if (scene.open_issues.size() < kIssuesPerCommand) return {};
  Sent sent;
  sent.ids.assign(scene.open_issues.end() - kIssuesPerCommand, scene.open_issues.end());
  scene.open_issues.resize(scene.open_issues.size() - kIssuesPerCommand);
  json::Writer out;
  out.begin_object().key("hashes").begin_array();
  for (const std::string& hash : sent.ids) out.value(hash);
  out.end_array().end_object();
  sent.request = {
      "POST",
      scene.at("/api/exception-stack-traces/archive"),
      {{"Authorization", "Bearer " + scene.account.jwt}, {"Content-Type", "application/json"}},
      out.take()};
  return sent;
}

Presence look_at_archive(const Scene& scene, HttpClient& client, const Sent& sent) {
  const auto archived = std::ranges::count_if(sent.ids, [&](const std::string& hash) {
    const RawAnswer answer = ask(scene, client, "/api/exception-stack-traces/" + hash);
    return json_of(answer).at("group").at("state").as_string().value_or("") == "archived";
  });
  if (archived == 0) return Presence::kAbsent;
  return archived == std::ssize(sent.ids) ? Presence::kWhole : Presence::kHalf;
}

/// One exception for each issue; the letters survive the normaliser.
bool report_issues(Scene& scene, HttpClient& client, std::mt19937_64& random) {
  const std::string now = to_rfc3339(static_cast<std::int64_t>(test::unix_now_ns()));
  json::Writer out;
  out.begin_object().key("collectionFrames").begin_array().begin_object();
  out.key("stackTraces").begin_array();
  for (std::size_t i = 0; i < kIssues; ++i) {
    std::string stack = "Drill";
    for (int letter = 0; letter < 12; ++letter)
      stack += static_cast<char>('a' + static_cast<char>(random() % 26));
    stack += "Error: expected\n    at drill (/src/issue.js:1:1)";
    out.begin_object().key("recordedAt").value(now).key("isMessage").value(false);
    out.key("stackTrace").value(stack).end_object();
    scene.open_issues.push_back(ingest::exception_hash(stack, false));
  }
  out.end_array().end_object().end_array().end_object();
  client.set_bearer({});
  return client.send(ingest(scene, "/api/report", "application/json", out.take())).status == 200;
}

}  // namespace

const std::vector<Signal>& signals() {
  static const std::vector<Signal> all = {
      {"traces, protobuf", make_protobuf, look_at_trace, stored_protobuf},
      {"traces, JSON", make_json, look_at_trace, stored_json},
      {"reports", make_report, look_at_report, stored_reports},
      {"commands", make_archive, look_at_archive, nullptr},
  };
  return all;
}

std::optional<Scene> new_scene(HttpClient& client, const test::Account& owner,
                               std::mt19937_64& random) {
  client.set_bearer(owner.jwt);
  const RawAnswer made =
      client.post_json(owner.scoped("/api/projects"), R"({"name":"drill","framework":"custom"})");
  if (made.status != 201) return std::nullopt;
  const auto body = json_of(made);
  Scene scene{owner, {}};
  scene.account.project_id = body.at("id").as_string().value_or("");
  scene.account.project_token = body.at("token").as_string().value_or("");
  if (!report_issues(scene, client, random)) return std::nullopt;
  return scene;
}

}  // namespace traceway::crash
