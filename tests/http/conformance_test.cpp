// The conformance list of the ingest specification, each point by its number, against the real
// server. Points about signals that the server does not take yet say so. Source: ingest 12.
#include "base/text.h"
#include "support/bad_input.h"
#include "support/gzip.h"
#include "support/otlp_builder.h"
#include "support/scenario.h"
#include "support/seed.h"
#include "support/stage.h"

#include <doctest/doctest.h>
#include <libdeflate.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace traceway::test {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

#ifdef __SANITIZE_ADDRESS__
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

constexpr const char* kIssues = "/api/exception-stack-traces";
constexpr const char* kDetail = "/api/endpoints/{id}";
constexpr std::size_t kMiB = 1U << 20U;

std::string file_text(const std::string& path) {
  std::ifstream file(TRACEWAY_SOURCE_DIR + path, std::ios::binary);
  REQUIRE(file.good());
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

IngestRoute route_of(Signal signal) {
  const auto route = find_route(signal);
  REQUIRE(route);
  return *route;
}

/// What the project's pages say, without what differs between two projects that were told the same.
std::string pages_of(IngestDesk& desk, const TestProject& project,
                     const std::vector<std::string>& questions) {
  std::string out;
  const auto rows = desk.ask(project, "/api/endpoints").at("data").items();
  for (const std::string& question : questions) out += desk.ask(project, question).dump() + "\n";
  // An OTLP entity's id is derived from the project's.
  for (const json::Value& row : rows)
    out = replaced(out, row.at("id").as_string().value_or("?"), "ENTITY");
  return replaced(out, project.id, "PROJECT");
}

std::string one_exception(const std::string& text, bool is_message) {
  json::Writer out;
  out.begin_object()
      .key("collectionFrames")
      .begin_array()
      .begin_object()
      .key("stackTraces")
      .begin_array()
      .begin_object();
  out.key("stackTrace").value(text).key("isMessage").value(is_message).end_object();
  out.end_array().end_object().end_array().end_object();
  return out.take();
}

constexpr const char* kRunAndException =
    R"({"appVersion":"2.4.0","serverName":"api-3","collectionFrames":[{
 "TRACES":[{"id":"6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10","endpoint":"POST /orders","duration":18250000,
   "recordedAt":"2026-03-02T08:15:30.120Z","statusCode":500,"bodySize":62,"clientIP":"203.0.113.9",
   "ATTRIBUTES":{"tenant":"acme"},"distributedTraceId":"0d5f7a3c-90c2-4a2c-8a10-7b4c1f0e2d33",
   "SPANS":[{"id":"c6a0a4a5-51c5-4b27-8f4b-1d3a1b7c9e01","name":"db.insert","startTime":"2026-03-02T08:15:30.124Z","duration":7100000}]}],
 "stackTraces":[{"TRACEID":"6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10","isMessage":false,"recordedAt":"2026-03-02T08:15:30.137Z",
   "stackTrace":"*pq.Error: duplicate key value\n(*Repo).Insert()\n    /src/repo.go:51\n","distributedTraceId":"0d5f7a3c-90c2-4a2c-8a10-7b4c1f0e2d33"}],
 "metrics":[{"name":"queue.depth","value":12,"recordedAt":"2026-03-02T08:15:30Z","tags":{"queue":"mail"}}]}]})";

/// The example of 3.15 in the words of the current SDKs, or of those before February 2026.
std::string example(bool is_legacy) {
  std::string text = kRunAndException;
  for (const auto& [mark, current, legacy] :
       {std::tuple("TRACES", "traces", "transactions"),
        std::tuple("ATTRIBUTES", "attributes", "scope"), std::tuple("SPANS", "spans", "segments"),
        std::tuple("TRACEID", "traceId", "transactionId")}) {
    text = replaced(text, mark, is_legacy ? legacy : current);
  }
  return text;
}

constexpr const char* kSimplified = R"x({"app":"myapp",
 "transactions":[{"trace_id":"abc123","endpoint":"GET /api/users","duration_ms":45.2,"status_code":200,"timestamp":"2024-01-15T10:30:00Z"}],
 "exceptions":[{"type":"RuntimeError","value":"connection refused","stacktrace":"  at pool.get (db.c:17)\n  at main (main.c:3)","tags":{"user_id":"123"},"timestamp":"2024-01-15T10:30:00Z","trace_id":"abc123"}],
 "metrics":[{"name":"cpu.used_pcnt","value":45.2,"timestamp":"2024-01-15T10:30:00Z"}]})x";

/// Sends plain and gzipped, each twice; the pages afterwards.
std::string pages_after(IngestDesk& desk, const std::string& body) {
  const IngestRoute route = route_of(Signal::kReport);
  const TestProject project = desk.add_project();
  std::string pages;
  for (const bool is_packed : {false, true, false, true}) {
    const RawAnswer answer = desk.send(
        route, project,
        {"example", is_packed ? gzip(body) : body, 200, 0, 0, "", is_packed ? "gzip" : ""});
    CHECK(answer.status == 200);
    CHECK(answer.body == "{}");
    const std::string now = pages_of(desk, project, {"/api/endpoints", kDetail, kIssues});
    if (!pages.empty()) CHECK(now == pages);
    pages = now;
  }
  return pages;
}

/// At most 10 GiB of zeros as gzip, less when the limit takes less.
std::string zeros_packed(std::size_t limit) {
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(
      libdeflate_alloc_compressor(9), libdeflate_free_compressor);
  const std::string zeros(64 * kMiB, '\0');
  std::string member(libdeflate_gzip_compress_bound(compressor.get(), zeros.size()), '\0');
  member.resize(libdeflate_gzip_compress(compressor.get(), zeros.data(), zeros.size(),
                                         member.data(), member.size()));
  std::string bomb;
  for (std::size_t i = 0; i < 160 && bomb.size() + member.size() <= limit; ++i) bomb += member;
  return bomb;
}

void check_cors(const RawAnswer& answer) {
  CHECK(answer.field("Access-Control-Allow-Origin") == "*");
  CHECK(answer.field("Access-Control-Allow-Methods") == "POST, OPTIONS");
  CHECK(answer.field("Access-Control-Max-Age") == "86400");
  CHECK(answer.field("Access-Control-Expose-Headers") == "Retry-After");
  CHECK(answer.field("Access-Control-Allow-Credentials").empty());
  for (const char* name : {"Content-Type", "Content-Encoding", "Authorization", "traceway-trace-id",
                           "traceparent", "tracestate", "baggage"}) {
    CHECK_MESSAGE(answer.field("Access-Control-Allow-Headers").find(name) != std::string::npos,
                  name);
  }
}

}  // namespace

TEST_CASE("conformance 1: every grouping vector has its hash, hostile lines take no time") {
  // The hash before the additions of this server is no part of any answer; units compare it.
  IngestDesk desk;
  const IngestRoute route = route_of(Signal::kReport);
  const auto vectors = json::Value::parse(file_text("/tests/fixtures/fingerprint-vectors.json"));
  REQUIRE(vectors);
  REQUIRE(vectors->at("vectors").items().size() == 46);
  for (const json::Value& one : vectors->at("vectors").items()) {
    INFO(one.at("name").dump());
    const TestProject project = desk.add_project();
    const std::string body = one_exception(one.at("input").as_string().value_or(""),
                                           one.at("isMessage").as_bool().value_or(false));
    CHECK(desk.send(route, project, {"vector", body}).status == 200);
    const auto issues = desk.ask(project, kIssues).at("data").items();
    REQUIRE(issues.size() == 1);
    CHECK(issues.front().at("exceptionHash").as_string() == one.at("hash").as_string());
  }
  IngestDesk large{std::vector<std::string>{}};
  const TestProject project = large.add_project();
  for (const std::string_view piece : {"/a", "1:"}) {
    std::string line(kMiB, ' ');
    for (std::size_t i = 0; i < line.size(); ++i) line[i] = piece[i % piece.size()];
    auto best = std::chrono::nanoseconds::max();
    for (int i = 0; i < 3; ++i) {
      const auto started = Clock::now();
      CHECK(large.send(route, project, {"line", one_exception(line + std::to_string(i), false)})
                .status == 200);
      best = std::min<std::chrono::nanoseconds>(best, Clock::now() - started);
    }
    MESSAGE("a line of 1 MiB of ", piece, ": ", best.count() / 1'000'000,
            " ms from request to commit");
    if (!kIsSanitized) CHECK(best < 300ms);  // 100 ms of it for the hash
  }
}

TEST_CASE(
    "conformance 2: the example in each shape, twice, plain and gzipped, gives the stated rows") {
  IngestDesk desk;
  const std::string current = pages_after(desk, example(false));
  CHECK(pages_after(desk, example(true)) == current);
  const IngestRoute route = route_of(Signal::kReport);
  desk.run(route,
           {"current", example(false), 200, has_route("POST", "/api/metrics/query") ? 4U : 3U, 0,
            "", "", "application/json", kDetail,
            "{'endpoint':{'id':'6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10','endpoint':'POST "
            "/orders','duration':18250000,'recordedAt':'2026-03-02T08:15:30.12Z',"
            "'statusCode':500,'bodySize':62,'clientIP':'203.0.113.9','attributes':{'tenant':'acme'}"
            ",'appVersion':'2.4.0','serverName':'api-3',"
            "'distributedTraceId':'0d5f7a3c-90c2-4a2c-8a10-7b4c1f0e2d33','spanId':'6f1e0c52-2a7b-"
            "4c0e-9d55-0b6a2f6f1a10',"
            "'rootSpan':{'kind':2,'statusCode':2}},"
            "'spans':[{'name':'db.insert','parentSpanId':'6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10','"
            "duration':7100000}],'exception':{'exceptionHash':'<text>'}}"});
  pages_after(desk, kSimplified);
  desk.run(route,
           {"simplified", kSimplified, 200, has_route("POST", "/api/metrics/query") ? 3U : 2U, 0,
            "", "", "application/json", kDetail,
            "{'endpoint':{'endpoint':'GET "
            "/api/"
            "users','duration':45200000,'recordedAt':'2024-01-15T10:30:00Z','statusCode':200,'"
            "serverName':'myapp'},"
            "'exception':{'exceptionHash':'12c8efd2001fb5fc','stackTrace':'<text>'}}"});
}

TEST_CASE("conformance 3: every path answers a preflight, and refusals carry CORS too") {
  IngestDesk desk;
  const TestProject project = desk.add_project();
  for (const IngestRoute& route : ingest_routes()) {
    INFO(route.path);
    HttpClient client = desk.server().client();
    const RawAnswer preflight = client.send(
        {"OPTIONS",
         route.path,
         {{"Origin", "https://shop.example"},
          {"Access-Control-Request-Method", "POST"},
          {"Access-Control-Request-Headers", "authorization,content-type,content-encoding"}}});
    CHECK(preflight.status == 204);
    CHECK(preflight.body.empty());
    check_cors(preflight);
    const RawAnswer unknown =
        client.send({"POST", route.path, {{"Authorization", "Bearer nobody"}}, "{}"});
    CHECK(unknown.status == 401);
    check_cors(unknown);
    const RawAnswer too_large =
        desk.send(route, project, {"large", std::string(IngestDesk::kMaxBody + 1, ' ')});
    CHECK(too_large.status == 413);
    check_cors(too_large);
  }
}

TEST_CASE("conformance 4: full success is exactly {} or the empty message") {
  IngestDesk desk;
  const TestProject project = desk.add_project();
  for (const IngestRoute& route : ingest_routes()) {
    for (const Encoding encoding : route.encodings()) {
      const RawAnswer answer = desk.send(
          route, project,
          {"good", route.good(encoding), 200, 1, 0, "", "", std::string(media_type(encoding))});
      INFO(route.path, ", ", media_type(encoding));
      CHECK(answer.status == 200);
      CHECK(answer.body == (encoding == Encoding::kJson ? "{}" : ""));
      CHECK(answer.field("Content-Type").starts_with(media_type(encoding)));
    }
  }
}

TEST_CASE("conformance 5: a broken map and a null frame do not cost a good exception") {
  IngestDesk desk;
  desk.run(
      route_of(Signal::kReport),
      {"broken map, null frame, good exception",
       R"({"collectionFrames":[null,{"traces":[{"endpoint":"GET /x","attributes":"broken"}]},{"stackTraces":[{"stackTrace":"E: good"}]}]})",
       200, 2, 1, "collectionFrames[0]: is no object", "", "application/json", kIssues,
       "{'data':[{'stackTrace':'E: good','count':1}]}"});
}

TEST_CASE("conformance 6: 10 GiB in a gzip are 413 and cost no memory, broken gzip is 400") {
  IngestDesk desk{std::vector<std::string>{}};
  const TestProject project = desk.add_project();
  auto routes = ingest_routes();
  std::ranges::stable_sort(routes, {}, [](const IngestRoute& route) {
    return !route.is_otlp();
  });  // smaller limits first
  for (const IngestRoute& route : routes) {
    INFO(route.path);
    const std::size_t limit = route.is_otlp() ? 10 * kMiB : 64 * kMiB;
    const std::string bomb = zeros_packed(limit);
    desk.check_serves(route, project);
    const std::size_t before = desk.server().peak_memory_bytes();
    CHECK(desk.send(route, project, {"bomb", bomb, 413, 0, 0, "", "gzip"}).status == 413);
    const std::size_t grown = desk.server().peak_memory_bytes() - before;
    MESSAGE(route.path, ": peak memory grew by ", grown / kMiB, " MiB");
    if (!kIsSanitized) CHECK(grown < limit + 16 * kMiB);
    const std::string good = gzip(route.good(Encoding::kJson));
    CHECK(desk.send(route, project, {"cut", good.substr(0, good.size() - 4), 400, 0, 0, "", "gzip"})
              .status == 400);
    CHECK(desk.send(route, project, {"garbage", "garbage", 400, 0, 0, "", "gzip"}).status == 400);
    desk.check_serves(route, project);
  }
}

TEST_CASE("conformance 14: after a kill no request is half there") {
  constexpr std::size_t kSpans = 200;
  TestServer server;
  REQUIRE(server.start());
  HttpClient owner = server.client();
  const auto account = register_owner(owner);
  REQUIRE(account);
  auto random = random_generator(14);
  std::vector<std::string> acknowledged;
  std::vector<std::string> sent;
  for (int round = 0; round < 4; ++round) {
    std::atomic<bool> is_over{false};
    const std::chrono::milliseconds patience(20 + random() % 60);
    std::thread client([&] {
      HttpClient http = server.client();
      for (int i = 0; i < 100 && !is_over; ++i) {
        OtlpExport wanted;
        wanted.spans.push_back(request_span(random));
        for (std::size_t k = 1; k < kSpans; ++k)
          wanted.spans.push_back(child_of(wanted.spans[0], "child", random));
        const std::string id = text::to_hex(wanted.spans[0].trace_id);
        sent.push_back(id);
        const RawAnswer answer = http.send({"POST",
                                            "/api/otel/v1/traces",
                                            {{"Authorization", "Bearer " + account->project_token},
                                             {"Content-Type", "application/x-protobuf"}},
                                            to_protobuf(wanted)});
        if (answer.status == 200) acknowledged.push_back(id);
        if (answer.status == 0) return;
      }
    });
    std::this_thread::sleep_for(patience);
    if (round == 0) is_over = true;  // between two requests; the other rounds during one
    if (round == 0) client.join();
    server.kill9();
    is_over = true;
    if (client.joinable()) client.join();
    REQUIRE(server.start());
  }
  owner = server.client();
  owner.set_bearer(account->jwt);
  std::size_t found = 0;
  for (const std::string& trace : sent) {
    // A trace id in dashed form selects the trace's first endpoint.
    const std::string dashed = trace.substr(0, 8) + "-" + trace.substr(8, 4) + "-" +
                               trace.substr(12, 4) + "-" + trace.substr(16, 4) + "-" +
                               trace.substr(20);
    const RawAnswer answer = owner.post_json(account->scoped("/api/endpoints/" + dashed), "{}");
    const bool is_acknowledged = std::ranges::find(acknowledged, trace) != acknowledged.end();
    CHECK((answer.status == 200 || (answer.status == 404 && !is_acknowledged)));
    if (answer.status != 200) continue;
    ++found;
    CHECK(json_of(answer).at("spans").items().size() == kSpans - 1);
  }
  MESSAGE(sent.size(), " sent, ", acknowledged.size(), " acknowledged, ", found, " found");
  CHECK(acknowledged.size() >= 4);
}

TEST_CASE("conformance 15: with all slots of a project busy it gets 503, another is served") {
  // The writer sleeps before a commit; requests wait for room in a full ring while they hold their
  // slot.
  constexpr std::int64_t kRing = 64;
  IngestDesk desk({"--queue-capacity", std::to_string(kRing), "--batch-max-jobs", "1",
                   "--debug-writer-delay", "5s", "--admission-wait-ms", "30000", "--ingest-slots",
                   "4", "--ingest-wait-ms", "300", "--drain-timeout", "1s"});
  const TestProject noisy = desk.add_project();
  const TestProject other = desk.add_project();
  const IngestRoute route = route_of(Signal::kTraces);
  const auto post = [&](const TestProject& project) {
    HttpClient client = desk.server().client();
    return client.send({"POST",
                        route.path,
                        {{"Authorization", "Bearer " + project.token},
                         {"Content-Type", "application/json"},
                         {"Prefer", "respond-async"}},
                        route.good(Encoding::kJson)});
  };
  const auto depth = [&] {
    return json_of(desk.owner().get("/api/diagnostics/trace-pipeline"))
        .at("diagnostics")
        .at("queue_depth")
        .as_int()
        .value_or(-1);
  };
  CHECK(post(noisy).status == 200);
  while (depth() != 0) std::this_thread::sleep_for(10ms);  // the writer has it
  for (std::int64_t i = 0; i < kRing; ++i) CHECK(post(noisy).status == 200);
  REQUIRE(depth() == kRing);
  std::atomic<int> served{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i)
    clients.emplace_back([&] { served += post(noisy).status == 200 ? 1 : 0; });
  std::this_thread::sleep_for(300ms);
  const auto started = Clock::now();
  const RawAnswer refusal = post(noisy);
  CHECK(Clock::now() - started < 1s);
  CHECK(refusal.status == 503);
  CHECK(refusal.field("Retry-After") == "2");
  CHECK(read_answer(route, refusal).text == "ingest saturated, retry later");
  CHECK(desk.owner().get("/healthz").status == 200);
  CHECK(post(other).status == 200);
  for (std::thread& one : clients) one.join();
  CHECK(served == 3);
}

}  // namespace traceway::test
