#include "ingest/entities.h"

#include "ingest/test_support.h"

namespace traceway::ingest::test {

namespace {

constexpr int kInternal = 1;
constexpr int kServer = 2;
constexpr int kClient = 3;
constexpr int kProducer = 4;
constexpr int kConsumer = 5;
constexpr const char* kA = "a000000000000001";
constexpr const char* kB = "b000000000000002";
constexpr const char* kC = "c000000000000003";

TestSpan server(std::string id, std::string parent = {}) {
  return {.id = std::move(id),
          .parent = std::move(parent),
          .name = "GET /x",
          .kind = kServer,
          .attributes = {{"http.request.method", "GET"}, {"http.route", "/x"}}};
}

/// The entity kind of the span `kA` among the spans of one resource.
EntityKind kind_of_a(std::vector<TestSpan> spans, const DecodeContext& with = context()) {
  const TelemetryBatch batch = decode(request_of(std::move(spans)), with);
  for (const Span& span : batch.spans) {
    if (to_hex(span.id) == kA) return span.entity;
  }
  return EntityKind::kNone;
}

EntityKind kind_of(TestSpan span) {
  return kind_of_a({std::move(span)});
}

/// The endpoint name of a root SERVER span.
std::string name_of(std::string span_name, Attributes attributes) {
  const auto batch = decode(request_of({{.id = kA,
                                         .name = std::move(span_name),
                                         .kind = kServer,
                                         .attributes = std::move(attributes)}}));
  REQUIRE(batch.spans.size() == 1);
  REQUIRE(batch.spans[0].entity == EntityKind::kEndpoint);
  return std::string(batch.spans[0].entity_name);
}

}  // namespace

TEST_CASE("entities: the first rule that applies decides") {
  CHECK(kind_of(server(kA)) == EntityKind::kEndpoint);
  CHECK(kind_of({.id = kA, .kind = kServer}) == EntityKind::kNone);  // gRPC
  CHECK(kind_of({.id = kA, .kind = kInternal}) == EntityKind::kNone);
  CHECK(kind_of({.id = kA, .kind = kInternal, .attributes = {{"url.path", "/"}}}) ==
        EntityKind::kEndpoint);
  CHECK(kind_of({.id = kA, .parent = kB, .kind = kInternal, .attributes = {{"url.path", "/"}}}) ==
        EntityKind::kNone);
  CHECK(kind_of({.id = kA, .kind = kClient, .attributes = {{"http.method", "GET"}}}) ==
        EntityKind::kNone);
  CHECK(kind_of({.id = kA, .kind = kProducer}) == EntityKind::kNone);
  CHECK(kind_of({.id = kA, .parent = kB, .kind = kConsumer}) == EntityKind::kTask);
  CHECK(kind_of({.id = kA, .attributes = {{"console.command", "app:sync"}}}) == EntityKind::kTask);
  CHECK(kind_of({.id = kA, .attributes = {{"console.command", ""}}}) == EntityKind::kNone);
  CHECK(kind_of({.id = kA, .kind = kServer, .attributes = {{"faas.trigger", "timer"}}}) ==
        EntityKind::kTask);
  CHECK(kind_of({.id = kA, .attributes = {{"faas.cron", "0 * * * *"}}}) == EntityKind::kTask);
  CHECK(kind_of({.id = kA, .parent = kB, .attributes = {{"faas.cron", "x"}}}) == EntityKind::kNone);
  CHECK(
      kind_of({.id = kA, .parent = kB, .kind = kClient, .attributes = {{"gen_ai.system", "x"}}}) ==
      EntityKind::kAiTrace);
  CHECK(kind_of({.id = kA, .attributes = {{"url.path", "/"}, {"exception.message", "boom"}}}) ==
        EntityKind::kNone);
  // An empty exception attribute is none.
  CHECK(kind_of({.id = kA, .attributes = {{"url.path", "/"}, {"exception.message", ""}}}) ==
        EntityKind::kEndpoint);
}

TEST_CASE("entities: a browser project has none, whatever its spans say") {
  DecodeContext browser = context();
  browser.is_browser_project = true;
  CHECK(kind_of_a({server(kA)}, browser) == EntityKind::kNone);
  CHECK(kind_of_a({{.id = kA, .kind = kConsumer}}, browser) == EntityKind::kNone);
}

TEST_CASE("entities: a SERVER span is an entry point unless a request above it is one") {
  const auto wrapper = [](int kind, std::string parent) {
    return TestSpan{.id = kB, .parent = std::move(parent), .kind = kind};
  };
  const auto flagged = [](std::uint32_t flags) {
    TestSpan span = server(kA, kB);
    span.flags = flags;
    return span;
  };
  // Under a SERVER span with http attributes, in any order of arrival.
  CHECK(kind_of_a({server(kB), server(kA, kB)}) == EntityKind::kNone);
  CHECK(kind_of_a({server(kA, kB), server(kB)}) == EntityKind::kNone);
  // The parent is not in this request.
  CHECK(kind_of_a({server(kA, kB)}) == EntityKind::kEndpoint);
  // Locality known and local; known and remote; remote without "known".
  CHECK(kind_of_a({server(kB), flagged(0x101)}) == EntityKind::kNone);
  CHECK(kind_of_a({server(kB), flagged(0x301)}) == EntityKind::kEndpoint);
  CHECK(kind_of_a({server(kB), flagged(0x201)}) == EntityKind::kNone);
  // CLIENT or PRODUCER above.
  CHECK(kind_of_a({wrapper(kClient, kC), server(kC), server(kA, kB)}) == EntityKind::kEndpoint);
  CHECK(kind_of_a({wrapper(kProducer, kC), server(kC), server(kA, kB)}) == EntityKind::kEndpoint);
  // INTERNAL wrappers are walked through, up to a root or to a request.
  CHECK(kind_of_a({wrapper(kInternal, ""), server(kA, kB)}) == EntityKind::kEndpoint);
  CHECK(kind_of_a({wrapper(kInternal, kC), server(kC), server(kA, kB)}) == EntityKind::kNone);
  // A SERVER span without http attributes is walked through as well.
  CHECK(kind_of_a({wrapper(kServer, kC), server(kC), server(kA, kB)}) == EntityKind::kNone);
  // The same span id in another trace is no parent.
  TestSpan stranger = server(kB);
  stranger.trace = "00000000000000000000000000000001";
  CHECK(kind_of_a({stranger, server(kA, kB)}) == EntityKind::kEndpoint);
}

TEST_CASE("entities: a parent cycle ends the walk as an entry point") {
  CHECK(kind_of_a({server(kA, kB), {.id = kB, .parent = kC}, {.id = kC, .parent = kB}}) ==
        EntityKind::kEndpoint);
}

TEST_CASE("entities: the walk covers all scopes of a resource, and no other resource") {
  const Request one_resource = {{.scopes = {{.spans = {server(kA, kB)}, .name = "express"},
                                            {.spans = {server(kB)}, .name = "http"}}}};
  CHECK(decode(one_resource).spans[0].entity == EntityKind::kNone);
  const Request two_resources = {{.scopes = {{.spans = {server(kA, kB)}}}},
                                 {.scopes = {{.spans = {server(kB)}}}}};
  const TelemetryBatch batch = decode(two_resources);
  CHECK(batch.spans[0].entity == EntityKind::kEndpoint);
  CHECK(batch.spans[1].entity == EntityKind::kEndpoint);
}

TEST_CASE("entities: an inner request that speaks of gen_ai becomes an AI trace instead") {
  TestSpan inner = server(kA, kB);
  inner.attributes.emplace_back("gen_ai.system", "openai");
  const TelemetryBatch batch = decode(request_of({server(kB), inner}));
  CHECK(batch.spans[1].entity == EntityKind::kAiTrace);
  CHECK(batch.spans[1].entity_name == "GET /x");
  CHECK(batch.spans[1].http_status == 0);
}

TEST_CASE("entities: endpoint names are method and route, with the fallbacks in order") {
  const Attributes get = {{"http.request.method", "GET"}};
  const auto with = [&](Attributes more) {
    more.insert(more.begin(), get.begin(), get.end());
    return more;
  };
  CHECK(name_of("s", with({{"http.route", "/users/:id"}, {"url.path", "/users/7"}})) ==
        "GET /users/:id");
  CHECK(name_of("s", with({{"http.route", "users"}, {"url.path", "/users/7"}})) == "GET /users/7");
  CHECK(name_of("s", with({{"http.target", "/a/b?x=1#y"}})) == "GET /a/b");
  CHECK(name_of("s", with({{"url.full", "https://h:8080/p/q?x"}})) == "GET /p/q");
  CHECK(name_of("s", with({{"url.full", "https://h"}})) == "GET /");
  CHECK(name_of("s", with({{"http.url", "http://h/z#f"}})) == "GET /z");
  CHECK(name_of("s", {{"http.method", "PUT"}, {"http.route", "/old"}}) == "PUT /old");
  CHECK(name_of("handler", get) == "GET handler");
  CHECK(name_of("GET /seen", get) == "GET /seen");
  CHECK(name_of("GET", get) == "GET");
  CHECK(name_of("GETAWAY", get) == "GET GETAWAY");
  CHECK(name_of("TTFB", {{"url.path", "/"}}) == "TTFB");
}

TEST_CASE("entities: what was not found has one name, unless its route is concrete") {
  const auto not_found = [](Attributes more) {
    more.emplace_back("http.request.method", "GET");
    more.emplace_back("http.response.status_code", 404);
    more.emplace_back("url.path", "/wp-login.php");
    return name_of("GET", std::move(more));
  };
  CHECK(not_found({{"http.route", "/users/:id"}}) == "GET /users/:id");
  CHECK(not_found({{"http.route", "/api/*"}}) == "GET /api/*");
  for (const char* route : {"no-slash", "/", "/*", "/**", ""}) {
    CHECK(not_found({{"http.route", route}}) == "UNMATCHED");
  }
  CHECK(not_found({}) == "UNMATCHED");
}

TEST_CASE("entities: endpoint columns tolerate the types that exporters send") {
  TestSpan span = server(kA);
  span.attributes = {{"http.method", "GET"},
                     {"http.status_code", "503"},
                     {"http.response.body.size", 1234.0},
                     {"net.peer.ip", "192.0.2.7"},
                     {"http.response.header.content-type",
                      Value::list({"text/plain", " Text/Event-Stream; charset=utf-8"})}};
  const TelemetryBatch batch = decode(request_of({span}));
  const Span& row = batch.spans[0];
  CHECK(row.http_status == 503);
  CHECK(row.body_size == 1234);
  CHECK(row.client_ip == "192.0.2.7");
  CHECK(row.is_stream);
}

TEST_CASE("entities: the first usable occurrence decides, the map keeps the last") {
  TestSpan span = server(kA);
  span.attributes = {{"http.request.method", 7},
                     {"http.request.method", "PUT"},
                     {"http.request.method", "GET"},
                     {"http.route", "/r"}};
  const TelemetryBatch batch = decode(request_of({span}));
  CHECK(batch.spans[0].entity_name == "PUT /r");
  CHECK(attribute_of(batch, batch.spans[0].attributes, "http.request.method") == "GET");
  CHECK(batch.spans[0].attributes.count == 2);
}

TEST_CASE("entities: status codes and sizes no column can hold are 0") {
  for (const int status : {-1, 70000}) {
    TestSpan span = server(kA);
    span.attributes.emplace_back("http.response.status_code", status);
    span.attributes.emplace_back("http.response.body.size", -5);
    const TelemetryBatch batch = decode(request_of({span}));
    const Span& row = batch.spans[0];
    CHECK(row.http_status == 0);
    CHECK(row.body_size == 0);
  }
}

TEST_CASE("entities: a stream is told by status, attribute or content type") {
  const auto is_stream = [](Attributes more) {
    TestSpan span = server(kA);
    span.attributes.insert(span.attributes.end(), more.begin(), more.end());
    return decode(request_of({span})).spans[0].is_stream;
  };
  CHECK(is_stream({{"http.response.status_code", 101}}));
  CHECK(is_stream({{"traceway.is_stream", true}}));
  CHECK(is_stream({{"traceway.is_stream", "true"}}));
  CHECK(is_stream({{"http.response.header.content-type", "text/event-stream"}}));
  CHECK_FALSE(is_stream({{"traceway.is_stream", false}}));
  CHECK_FALSE(is_stream({{"http.response.header.content-type", "text/html"}}));
}

TEST_CASE("entities: the id is derived from project, trace and span") {
  TestSpan span = server("7dfd3877775ae1bd");
  const TelemetryBatch batch = decode(request_of({span}));
  const Span& row = batch.spans[0];
  CHECK(to_string(row.entity_id) == "e151a8d2-16ee-5d23-80ed-d917cd6d7a48");
}

TEST_CASE("entities: a linked trace is 32 hex digits, not zero and not its own") {
  const auto linked = [](std::string text) {
    TestSpan span = server(kA);
    span.attributes.emplace_back("traceway.distributed_trace_id", std::move(text));
    return to_hex(decode(request_of({span})).spans[0].linked_trace);
  };
  const std::string zero(32, '0');
  CHECK(linked("0D5F7A3C-90C2-4A2C-8A10-7B4C1F0E2D33") == "0d5f7a3c90c24a2c8a107b4c1f0e2d33");
  CHECK(linked(zero) == zero);
  CHECK(linked(std::string(kTrace)) == zero);
  CHECK(linked("0d5f7a3c") == zero);
  CHECK(linked("xd5f7a3c90c24a2c8a107b4c1f0e2d33") == zero);
}

TEST_CASE("entities: a healthy health check leaves with its subtree, tasks stay") {
  DecodeContext filtering = context();
  filtering.drops_healthy_healthchecks = true;
  filtering.healthcheck_paths = {"/internal/*", "*"};
  const auto probe = [](std::string route, int status) {
    TestSpan span = server(kA);
    span.attributes = {{"http.request.method", "GET"},
                       {"http.route", std::move(route)},
                       {"http.response.status_code", status}};
    return span;
  };
  const TestSpan child{.id = kB, .parent = kA};
  const auto kept = [&](std::vector<TestSpan> spans) {
    return decode(request_of(std::move(spans)), filtering).spans.size();
  };
  CHECK(kept({probe("/HealthZ/", 200), child}) == 0);
  CHECK(kept({child, probe("/v2/health", 204)}) == 0);
  CHECK(kept({probe("/actuator/health/db", 200)}) == 0);
  CHECK(kept({probe("/internal/probe", 200)}) == 0);
  CHECK(kept({probe("/health", 503), child}) == 2);
  CHECK(kept({probe("/users", 200), child}) == 2);
  CHECK(kept({probe("/health", 200), child, {.id = kC, .parent = kB, .kind = kConsumer}}) == 1);
  CHECK(kept({probe("/health", 200),
              {.id = kB, .parent = kA, .events = {{.name = "exception"}}}}) == 2);
  CHECK(decode(request_of({probe("/health", 200)})).spans.size() == 1);
}

}  // namespace traceway::ingest::test
