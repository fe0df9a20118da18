#include "ingest/exceptions.h"

#include "ingest/grouping.h"
#include "ingest/test_support.h"

#include <set>

namespace traceway::ingest::test {

namespace {

constexpr const char* kA = "a000000000000001";

TelemetryBatch with_events(std::vector<Attributes> events, Attributes resource = {},
                           Attributes span = {}) {
  TestSpan sent{.id = kA, .attributes = std::move(span)};
  for (Attributes& attributes : events) {
    sent.events.push_back({.name = "exception", .attributes = std::move(attributes)});
  }
  return decode(request_of({sent}, std::move(resource)));
}

/// The stored text of one exception event.
std::string text_of(Attributes event, Attributes resource = {}) {
  const TelemetryBatch batch = with_events({std::move(event)}, std::move(resource));
  REQUIRE(batch.exceptions.size() == 1);
  return std::string(batch.exceptions[0].stack_trace);
}

}  // namespace

TEST_CASE("exceptions: the text is the stack under its header, without doubling the header") {
  CHECK(text_of({{"exception.type", "E"}, {"exception.message", "m"}}) == "E: m");
  CHECK(text_of({{"exception.type", "E"}}) == "E");
  CHECK(text_of({{"exception.message", "m"}}) == "m");
  CHECK(text_of({{"exception.stacktrace", "s"}}) == "s");
  CHECK(text_of({}) == "unknown exception");
  CHECK(text_of({{"exception.type", "E"},
                 {"exception.message", "m"},
                 {"exception.stacktrace", "E: m\n\tat x"}}) == "E: m\n\tat x");
  CHECK(text_of({{"exception.type", "ValueError"},
                 {"exception.message", "m"},
                 {"exception.stacktrace", "Traceback\n  File"}}) ==
        "ValueError: m\nTraceback\n  File");
  CHECK(text_of({{"exception.message", "m"}, {"exception.stacktrace", "at x"}}) == "m\nat x");
  // Java's SDK names a nested class with a dot, the stack text has its binary name.
  CHECK(text_of({{"exception.type", "shop.Card.Refused"},
                 {"exception.message", "m"},
                 {"exception.stacktrace", "shop.Card$Refused: m\n\tat x"}}) ==
        "shop.Card$Refused: m\n\tat x");
  CHECK(text_of({{"exception.type", "shop.Card"},
                 {"exception.message", "m"},
                 {"exception.stacktrace", "shop-Card: m\n\tat x"}}) ==
        "shop.Card: m\nshop-Card: m\n\tat x");
}

TEST_CASE("exceptions: structured browser frames win over the stack text") {
  CHECK(text_of({{"exception.type", "TypeError"},
                 {"exception.message", "x is null"},
                 {"exception.stacktrace", "ignored"},
                 {"exception.structured_stacktrace.urls",
                  Value::list({"https://x/@scope/a.js", "https://x/b.js"})},
                 {"exception.structured_stacktrace.functions", Value::list({"load", ""})},
                 {"exception.structured_stacktrace.lines", Value::list({12})},
                 {"exception.structured_stacktrace.columns", Value::list({7, 9})}},
                {{"telemetry.sdk.language", "webjs"}}) ==
        "TypeError: x is null\nload()\n    https://x/@scope/a.js:12:7\n    https://x/b.js:0:9");
}

TEST_CASE("exceptions: structured Android frames stand in for a missing stack text only") {
  Attributes event = {
      {"exception.type", "java.lang.Boom"},
      {"exception.structured_stacktrace.classes", Value::list({"a.B", "c.D"})},
      {"exception.structured_stacktrace.methods", Value::list({"run", "go"})},
      {"exception.structured_stacktrace.source_files", Value::list({"B.kt", "D.java"})},
      {"exception.structured_stacktrace.lines", Value::list({3, 0})}};
  CHECK(text_of(event) == "java.lang.Boom\n\tat a.B.run(B.kt:3)\n\tat c.D.go(D.java)");
  event.emplace_back("exception.stacktrace", "java.lang.Boom: real");
  CHECK(text_of(event) == "java.lang.Boom: real");
}

TEST_CASE("exceptions: only JavaScript telemetry is put into canonical form") {
  const Attributes event = {{"exception.type", "Error"},
                            {"exception.stacktrace", "Error: x\n    at f (https://x/a.js:2:9)"}};
  const std::string canonical = "Error: x\nf()\n    https://x/a.js:2:9";
  const std::string raw = "Error: x\n    at f (https://x/a.js:2:9)";
  CHECK(text_of(event) == raw);
  CHECK(text_of(event, {{"telemetry.sdk.language", "python"}}) == raw);
  for (const char* language : {"webjs", "NodeJS", "javascript", "TypeScript"}) {
    CHECK(text_of(event, {{"telemetry.sdk.language", language}}) == canonical);
  }
  for (const auto& [scope, is_javascript] :
       {std::pair("@opentelemetry/instrumentation-http", true), std::pair("next.js", true),
        std::pair("@scope", false), std::pair("io.ktor/x", false)}) {
    const Request request = {
        {.scopes = {{.spans = {{.id = kA, .events = {{.name = "exception", .attributes = event}}}},
                     .name = scope}}}};
    CHECK(decode(request).exceptions[0].stack_trace == (is_javascript ? canonical : raw));
  }
}

TEST_CASE("exceptions: every event named exception is a row, timed by the event") {
  TestSpan span{.id = kA};
  span.events = {{.name = "exception", .attributes = {{"exception.type", "A"}}, .time_ns = 11},
                 {.name = "other", .attributes = {{"exception.type", "B"}}},
                 {.name = "exception", .attributes = {{"exception.type", "C"}}, .time_ns = 0}};
  const TelemetryBatch batch = decode(request_of({span}));
  REQUIRE(batch.exceptions.size() == 2);
  CHECK(batch.exceptions[0].recorded_ns == 11);
  CHECK(batch.exceptions[1].recorded_ns == kReceivedNs);
  CHECK(batch.exceptions[0].trace_type == EntityKind::kNone);
  CHECK(batch.exceptions[0].grouping_version == kGroupingVersion);
  CHECK(batch.exceptions[0].hash == exception_hash("A", false));
}

TEST_CASE("exceptions: a span without such an event speaks for itself") {
  const TelemetryBatch own = with_events({}, {}, {{"exception.message", "boom"}});
  REQUIRE(own.exceptions.size() == 1);
  CHECK(own.exceptions[0].stack_trace == "boom");
  CHECK(own.exceptions[0].recorded_ns == static_cast<std::int64_t>(kStartNs));
  const TelemetryBatch both =
      with_events({{{"exception.type", "E"}}}, {}, {{"exception.message", "boom"}});
  REQUIRE(both.exceptions.size() == 1);
  CHECK(both.exceptions[0].stack_trace == "E");
}

TEST_CASE("exceptions: attributes are the span's, then language, then what only the event has") {
  const TelemetryBatch batch =
      with_events({{{"exception.type", "E"},
                    {"exception.stacktrace", "E\n at"},
                    {"exception.escaped", true},
                    {"tenant", "event"}},
                   {{"exception.type", "F"}}},
                  {{"telemetry.sdk.language", "java"}},
                  {{"tenant", "span"}, {"exception.stacktrace", "not kept"}});
  REQUIRE(batch.exceptions.size() == 2);
  CHECK(map_of(batch, batch.spans[0].attributes) == R"({"tenant":"span"})");
  CHECK(map_of(batch, batch.exceptions[0].attributes) ==
        R"({"tenant":"span","telemetry.sdk.language":"java","exception.escaped":"true"})");
  CHECK(map_of(batch, batch.exceptions[1].attributes) ==
        R"({"tenant":"span","telemetry.sdk.language":"java"})");
  const TelemetryBatch go = with_events({{}}, {{"telemetry.sdk.language", "go"}});
  CHECK(map_of(go, go.exceptions[0].attributes) == "{}");
}

TEST_CASE("exceptions: the session comes from the span, else from the resource, if it is an id") {
  const auto session = [](const char* of_span, const char* of_resource) {
    const TelemetryBatch batch =
        with_events({{}}, {{"session.id", of_resource}}, {{"session.id", of_span}});
    return to_hex(batch.exceptions[0].session);
  };
  const std::string one = "0d5f7a3c-90c2-4a2c-8a10-7b4c1f0e2d33";
  const std::string two = "11111111222233334444555555555555";
  CHECK(session(one.c_str(), two.c_str()) == "0d5f7a3c90c24a2c8a107b4c1f0e2d33");
  CHECK(session("", two.c_str()) == two);
  CHECK(session("sess-9f81", "x") == std::string(32, '0'));
}

TEST_CASE("exceptions: version and server come from the resource") {
  const auto version = [](Attributes resource) {
    return std::string(with_events({{}}, std::move(resource)).exceptions[0].app_version);
  };
  CHECK(version({{"service.version", "2.1"}, {"cloudflare.script_version.id", "a-b"}}) == "2.1");
  CHECK(version({{"cloudflare.script_version.id", "0d5f-90c2-beef"}}) == "beef");
  CHECK(version({{"service.version", ""}, {"cloudflare.script_version.id", "plain"}}) == "plain");
  CHECK(version({}).empty());
}

TEST_CASE("exceptions: a request sent again yields the same ids, equal exceptions differ") {
  const Attributes event = {{"exception.type", "E"}};
  const TelemetryBatch first = with_events({event, event, {{"exception.type", "F"}}});
  const TelemetryBatch again = with_events({event, event, {{"exception.type", "F"}}});
  const TelemetryBatch fewer = with_events({{{"exception.type", "F"}}, event});
  std::set<Uuid> ids;
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(first.exceptions[i].id == again.exceptions[i].id);
    ids.insert(first.exceptions[i].id);
  }
  CHECK(ids.size() == 3);
  CHECK(fewer.exceptions[0].id == first.exceptions[2].id);  // batched anew
  CHECK(fewer.exceptions[1].id == first.exceptions[0].id);
  DecodeContext other = context();
  other.project.bytes[0] = 7;
  const Request request =
      request_of({{.id = kA, .events = {{.name = "exception", .attributes = event}}}});
  CHECK(decode(request, other).exceptions[0].id != decode(request).exceptions[0].id);
}

TEST_CASE("exceptions: a stack text is cut at 1 MiB, at a code point, before it is hashed") {
  const std::string stack = std::string(kMaxStackBytes - 1, 'x') + "é tail";
  const TelemetryBatch batch = with_events({{{"exception.stacktrace", stack}}});
  CHECK(batch.exceptions[0].stack_trace.size() == kMaxStackBytes - 1);
  CHECK(batch.exceptions[0].hash == exception_hash(stack.substr(0, kMaxStackBytes - 1), false));
}

TEST_CASE("exceptions: a browser page without promotion keeps its exception") {
  TestSpan page{.id = kA, .name = "TTFB", .attributes = {{"url.path", "/"}}};
  TestSpan thrown{
      .id = "b000000000000002",
      .name = "exception",
      .attributes = {{"exception.type", "TypeError"},
                     {"exception.message", "x"},
                     {"exception.structured_stacktrace.urls", Value::list({"https://x/a.js"})},
                     {"exception.structured_stacktrace.lines", Value::list({1})},
                     {"exception.structured_stacktrace.columns", Value::list({5})}}};
  DecodeContext react = context();
  react.is_browser_project = true;
  const TelemetryBatch plain = decode(request_of({page, thrown}));
  const TelemetryBatch browser = decode(request_of({page, thrown}), react);
  CHECK(plain.spans[0].entity_name == "TTFB");
  CHECK(browser.spans[0].entity == EntityKind::kNone);
  for (const TelemetryBatch* batch : {&plain, &browser}) {
    REQUIRE(batch->exceptions.size() == 1);
    CHECK(batch->exceptions[0].trace_type == EntityKind::kNone);
    CHECK(batch->exceptions[0].stack_trace == "TypeError: x\n    https://x/a.js:1:5");
  }
}

}  // namespace traceway::ingest::test
