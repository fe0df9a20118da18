// The observable behaviours of the write pipeline (write-pipeline 13), by their number there, on
// the real server. Point 10 is the thread sanitizer's program; point 12, which no request can bring
// about, is in src/pipeline/writer_test.cpp.
#include "storage/sqlite/connection.h"
#include "support/otlp_builder.h"
#include "support/seed.h"
#include "support/test_server.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace traceway::test {

namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr const char* kTraces = "/api/otel/v1/traces";
constexpr const char* kAnyTime =
    R"({"fromDate":"2020-01-01T00:00:00Z","pagination":{"page":1,"pageSize":10}})";
constexpr std::size_t kChildren = 5;

bool eventually(const std::function<bool()>& is_true, std::chrono::milliseconds within = 15s) {
  const auto end = SteadyClock::now() + within;
  while (!is_true()) {
    if (SteadyClock::now() > end) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

/// One request: a root that becomes an endpoint, and children below it.
struct Sent {
  std::string trace_id;
  RawAnswer answer;

  [[nodiscard]] bool is_acknowledged() const { return answer.status == 200; }
};

/// A server with an owner; it can be ended and started again with other options.
struct Bench {
  TestServer server;
  Account account;

  explicit Bench(const std::vector<std::string>& options = {}) {
    REQUIRE_MESSAGE(server.start(options), server.log());
    auto client = server.client();
    const auto registered = register_owner(client);
    REQUIRE(registered);
    account = *registered;
  }

  void restart(const std::vector<std::string>& options) {
    if (server.is_running()) CHECK(server.stop() == 0);
    REQUIRE_MESSAGE(server.start(options), server.log());
  }

  [[nodiscard]] Request post(const char* target, std::string body, const char* type,
                             Fields more = {}) const {
    Request request{.method = "POST", .target = target};
    request.fields = std::move(more);
    request.fields.emplace_back("Authorization", "Bearer " + account.project_token);
    request.fields.emplace_back("Content-Type", type);
    request.body = std::move(body);
    return request;
  }

  [[nodiscard]] Request request_of(const std::vector<OtlpSpan>& spans, Fields more = {}) const {
    OtlpExport wanted;
    wanted.spans = spans;
    return post(kTraces, to_json(wanted), "application/json", std::move(more));
  }

  Sent send(HttpClient& client, std::mt19937_64& random, const Fields& more = {}) const {
    std::vector<OtlpSpan> spans = {request_span(random)};
    for (std::size_t i = 0; i < kChildren; ++i) {
      spans.push_back(child_of(spans.front(), "step", random));
    }
    return {spans.front().trace_id, client.send(request_of(spans, more))};
  }

  /// Sends `count` requests over so many connections at once; every one that was sent.
  [[nodiscard]] std::vector<Sent> send_many(std::size_t count, std::size_t connections,
                                            const Fields& more = {},
                                            const std::function<void()>& after_each = {}) const {
    std::mutex mutex;  // guards all
    std::vector<Sent> all;
    std::vector<std::jthread> threads;
    for (std::size_t c = 0; c < connections; ++c) {
      threads.emplace_back([&, c] {
        std::mt19937_64 random(seed() * 1000 + c + count);
        HttpClient client = server.client();
        for (std::size_t i = c; i < count; i += connections) {
          Sent sent = send(client, random, more);
          const bool is_gone = sent.answer.status == 0;
          {
            const std::lock_guard lock(mutex);
            all.push_back(std::move(sent));
          }
          if (after_each) after_each();
          if (is_gone) return;
        }
      });
    }
    threads.clear();
    return all;
  }

  /// The detail of the request's endpoint: its children, or nothing when it is not there.
  [[nodiscard]] std::optional<std::size_t> stored_children(HttpClient& client,
                                                           const std::string& trace_id) const {
    client.set_bearer(account.jwt);
    const auto answer = client.post_json(
        account.scoped("/api/endpoints/" + to_string(uuid_from_bytes(trace_id))), "{}");
    if (answer.status == 404) return std::nullopt;
    REQUIRE(answer.status == 200);
    return json_of(answer).at("spans").items().size();
  }

  [[nodiscard]] std::int64_t endpoints() const {
    HttpClient client = server.client();
    client.set_bearer(account.jwt);
    const auto answer = client.post_json(account.scoped("/api/endpoints"), kAnyTime);
    REQUIRE(answer.status == 200);
    return json_of(answer).at("pagination").at("total").as_int().value_or(-1);
  }

  [[nodiscard]] std::string diagnostics_text() const {
    HttpClient client = server.client();
    client.set_bearer(account.project_token);
    const auto answer = client.get("/api/diagnostics/trace-pipeline");
    REQUIRE(answer.status == 200);
    return answer.body;
  }

  [[nodiscard]] json::Value diagnostics() const {
    auto all = json::Value::parse(diagnostics_text());
    REQUIRE(all);
    return all->at("diagnostics");
  }

  [[nodiscard]] json::Value own_numbers() const {
    auto all = json::Value::parse(diagnostics_text());
    REQUIRE(all);
    return all->at("traceway");
  }

  [[nodiscard]] std::int64_t number(const char* name) const {
    return diagnostics().at(name).as_int().value_or(-1);
  }

  /// Checklist 4.
  void check_that_totals_add_up() const {
    const auto all = json::Value::parse(diagnostics_text());
    REQUIRE(all);
    const json::Value user = all->at("diagnostics");
    CHECK(user.at("queue_depth").as_int() == 0);
    CHECK(user.at("enqueue_accepted_total").as_int().value_or(-1) ==
          all->at("traceway").at("committed_records_total").as_int().value_or(-2) +
              user.at("write_dropped_total").as_int().value_or(-2));
  }

  /// Another program that has the telemetry file open.
  [[nodiscard]] std::unique_ptr<sqlite::Connection> outsider() const {
    auto opened = sqlite::Connection::open(
        {(server.data_dir() / "traceway_telemetry.db").string(), sqlite::Role::kTelemetryWriter});
    REQUIRE(opened);
    return std::move(*opened);
  }
};

struct Audit {
  int complete = 0;
  int absent = 0;
  int half = 0;
  int lost = 0;  ///< acknowledged and not complete
};

Audit audit(const Bench& bench, const std::vector<Sent>& sent) {
  Audit found;
  HttpClient client = bench.server.client();
  for (const Sent& one : sent) {
    const auto children = bench.stored_children(client, one.trace_id);
    const bool is_complete = children == kChildren;
    ++(is_complete ? found.complete : children ? found.half : found.absent);
    if (one.is_acknowledged() && !is_complete) ++found.lost;
  }
  return found;
}

/// 1000 requests over 16 connections, kill -9 in the middle, a restart.
std::vector<Sent> kill_in_the_middle(Bench& bench) {
  std::atomic<int> answered{0};
  std::jthread killer([&] {
    CHECK(eventually([&] { return answered >= 400; }, 60s));
    bench.server.kill9();
  });
  auto sent = bench.send_many(1000, 16, {}, [&] { ++answered; });
  killer.join();
  bench.restart({});
  return sent;
}

}  // namespace

TEST_CASE(
    "pipeline checklist 1: after kill -9 what was acknowledged is complete, nothing is half") {
  Bench bench;
  const std::vector<Sent> sent = kill_in_the_middle(bench);
  const Audit found = audit(bench, sent);
  CHECK(found.complete >= 380);
  CHECK(found.half == 0);
  CHECK(found.lost == 0);
}

TEST_CASE("pipeline checklist 2: with --ack enqueue a crash costs the last window, never a half") {
  Bench bench({"--ack", "enqueue"});
  const std::vector<Sent> sent = kill_in_the_middle(bench);
  const Audit found = audit(bench, sent);
  CHECK(found.complete > 0);
  CHECK(found.half == 0);
}

TEST_CASE("pipeline checklist 3: a paused writer fills the ring in four states, then 429") {
  Bench bench({"--queue-capacity", "64", "--debug-writer-delay", "3s"});
  const Fields async = {{"Prefer", "respond-async"}};
  std::mt19937_64 random(seed());
  HttpClient client = bench.server.client();
  std::vector<Sent> accepted = {bench.send(client, random, async)};
  REQUIRE(eventually([&] { return bench.number("queue_depth") == 0; }));  // the writer has it
  std::this_thread::sleep_for(100ms);  // past the window that collects more of them

  const auto state_at = [&](std::size_t depth) {
    while (accepted.size() < depth + 1) accepted.push_back(bench.send(client, random, async));
    const json::Value now = bench.diagnostics();
    CHECK(now.at("queue_depth").as_int() == static_cast<std::int64_t>(depth));
    CHECK(now.at("queue_depth_high_watermark").as_int() == static_cast<std::int64_t>(depth));
    return now.at("queue_pressure_state").as_string().value_or("");
  };
  CHECK(state_at(31) == "ok");
  CHECK(state_at(32) == "elevated");
  CHECK(state_at(51) == "elevated");
  CHECK(state_at(52) == "high");
  CHECK(state_at(64) == "saturated");
  for (const Sent& one : accepted) CHECK(one.answer.status == 200);

  const Sent refused = bench.send(client, random, async);
  CHECK(refused.answer.status == 429);
  CHECK(refused.answer.field("Retry-After") == "1");
  CHECK(bench.number("enqueue_dropped_total") ==
        1);  // refused on its head: nobody counted its rows
  CHECK_FALSE(bench.diagnostics().at("last_enqueue_drop_at").is_null());
  CHECK(bench.number("queue_high_watermark_utilization_pct") == 100);

  REQUIRE(eventually([&] { return bench.endpoints() == 65; }));
  CHECK(audit(bench, accepted).complete == 65);
  CHECK(bench.send(client, random).answer.status == 200);
  bench.check_that_totals_add_up();
}

TEST_CASE("pipeline checklist 5: a bad record among 200 good requests costs only itself") {
  Bench bench({"--debug-writer-delay", "100ms"});
  REQUIRE(bench.outsider()->control(
      "CREATE TRIGGER poison BEFORE INSERT ON exception_stack_traces "
      "WHEN NEW.attributes LIKE '%poisoned%' BEGIN SELECT RAISE(ABORT, 'poisoned'); END"));
  std::jthread good([&] {
    for (const Sent& one : bench.send_many(200, 16)) CHECK(one.is_acknowledged());
  });
  std::this_thread::sleep_for(50ms);

  std::mt19937_64 random(seed() + 5);
  std::vector<OtlpSpan> spans = {request_span(random)};
  for (const char* marker : {"fine", "poisoned", "fine"}) {
    OtlpSpan span = child_of(spans.front(), marker, random);
    span.attributes = {{"marker", std::string(marker)}};
    span.events = {{span.start_ns, "exception", {{"exception.type", std::string(marker)}}}};
    spans.push_back(span);
  }
  HttpClient client = bench.server.client();
  const RawAnswer answer = client.send(bench.request_of(spans));
  CHECK(answer.status == 200);
  CHECK(json_of(answer).at("partialSuccess").at("rejectedSpans").as_string() == "1");
  CHECK(json_of(answer).at("partialSuccess").at("errorMessage").as_string() ==
        "1 record could not be stored (constraint)");
  good.join();

  client.set_bearer(bench.account.jwt);
  const std::string id = to_string(uuid_from_bytes(spans.front().trace_id));
  const auto detail = client.post_json(bench.account.scoped("/api/endpoints/" + id), "{}");
  CHECK(json_of(detail).at("spans").items().size() == 3);
  CHECK(bench.outsider()->pragma("SELECT count(*) FROM exception_stack_traces").value_or(-1) == 2);
  CHECK(bench.endpoints() == 201);
  const json::Value now = bench.diagnostics();
  CHECK(now.at("write_failures_by_class").at("constraint").as_int() == 1);
  CHECK(now.at("write_dropped_total").as_int() == 1);
  CHECK(now.at("last_write_drop_operation").as_string() == "write_batch_fallback");
  CHECK(bench.own_numbers().at("last_error_code").as_string() == "SQLITE_CONSTRAINT_TRIGGER");
  bench.check_that_totals_add_up();

  // The native protocol says it in its own words, and with 200, or the client would come for ever.
  const RawAnswer report = client.send(bench.post(
      "/api/report",
      R"({"collectionFrames":[{"stackTraces":[{"stackTrace":"Error: a","recordedAt":"2026-03-02T08:15:30Z","attributes":{"m":"poisoned"}}]}]})",
      "application/json"));
  CHECK(report.status == 200);
  CHECK(report.body ==
        R"json({"rejected":1,"errors":["1 record could not be stored (constraint)"]})json");
  CHECK(bench.diagnostics().at("last_write_drop_operation").as_string() == "write_trace");
}

TEST_CASE("pipeline checklist 6: another program locks the file for a second: nothing is lost") {
  Bench bench;
  const auto outsider = bench.outsider();
  REQUIRE(outsider->control("BEGIN EXCLUSIVE"));
  std::jthread unlocker([&] {
    std::this_thread::sleep_for(1s);
    CHECK(outsider->control("ROLLBACK"));
  });
  const auto begin = SteadyClock::now();
  const std::vector<Sent> sent = bench.send_many(50, 10);
  CHECK(SteadyClock::now() - begin >= 900ms);
  const Audit found = audit(bench, sent);
  CHECK(found.complete == 50);
  for (const Sent& one : sent) CHECK(one.answer.status == 200);
  CHECK(bench.diagnostics().at("write_failures_by_class").is_null());
  CHECK(bench.number("write_dropped_total") == 0);
}

namespace {

/// A file that is as large as it may become: its last megabyte is a table of nothing.
void fill_up(Bench& bench) {
  const auto outsider = bench.outsider();
  REQUIRE(outsider->control("CREATE TABLE filler (data BLOB)"));
  REQUIRE(outsider->control("INSERT INTO filler VALUES (zeroblob(1048576))"));
}

/// Until a request is told that storage is degraded; what was sent before it.
std::vector<Sent> send_until_degraded(const Bench& bench) {
  std::vector<Sent> sent;
  std::mt19937_64 random(seed() + 7);
  HttpClient client = bench.server.client();
  for (int i = 0; i < 2000; ++i) {
    sent.push_back(bench.send(client, random));
    if (sent.back().answer.field("Retry-After") == "5") return sent;
  }
  return sent;
}

}  // namespace

TEST_CASE("pipeline checklist 7: a full file is 503 and heals without a restart") {
  Bench bench;
  fill_up(bench);
  bench.restart({"--telemetry-max-pages", "1", "--commit-wait-ms", "700"});  // as many as it has
  std::vector<Sent> sent = send_until_degraded(bench);
  REQUIRE(sent.back().answer.status == 503);
  REQUIRE(sent.back().answer.field("Retry-After") == "5");
  sent.pop_back();
  CHECK(sent.back().answer.status == 503);  // its commit wait ended, it stays queued
  CHECK(sent.back().answer.field("Retry-After") == "2");
  HttpClient client = bench.server.client();
  CHECK(client.get("/readyz").status == 503);
  CHECK(client.get("/healthz").status == 200);
  CHECK(bench.endpoints() == static_cast<std::int64_t>(sent.size()) - 1);  // reading goes on
  CHECK(bench.own_numbers().at("storage_state").as_string() == "degraded");
  CHECK(bench.own_numbers().at("last_error_code").as_string() == "SQLITE_FULL");
  CHECK(bench.server.log().find("storage is degraded") != std::string::npos);

  REQUIRE(bench.outsider()->control("DROP TABLE filler"));  // room again
  REQUIRE(eventually([&] { return client.get("/readyz").status == 200; }));
  CHECK(audit(bench, sent).complete == static_cast<int>(sent.size()));
  std::mt19937_64 random(seed() + 8);
  CHECK(bench.send(client, random).answer.status == 200);
  CHECK(bench.own_numbers().at("storage_state").as_string() == "ok");
  CHECK(bench.server.log().find("storage has recovered") != std::string::npos);
  CHECK(bench.number("write_dropped_total") == 0);
}

TEST_CASE("pipeline checklist 8: SIGTERM with 5000 queued jobs: all of them are there") {
  Bench bench({"--debug-writer-delay", "8s", "--drain-timeout", "25s", "--batch-max-jobs", "10000",
               "--batch-max-rows", "10000"});
  const std::vector<Sent> sent = bench.send_many(5000, 16, {{"Prefer", "respond-async"}});
  REQUIRE(sent.size() == 5000);
  CHECK(bench.number("queue_depth") > 1000);
  CHECK(bench.server.stop() == 0);
  REQUIRE(bench.server.start());
  CHECK(bench.endpoints() == 5000);
}

TEST_CASE("pipeline checklist 9: SIGTERM with a stuck disk ends in time, with 3 and a number") {
  Bench bench;
  fill_up(bench);
  bench.restart({"--telemetry-max-pages", "1", "--drain-timeout", "1s"});
  std::vector<Sent> sent;
  std::jthread sender([&] { sent = bench.send_many(2000, 8); });
  HttpClient client = bench.server.client();
  REQUIRE(eventually([&] { return client.get("/readyz").status == 503; }));
  const auto begin = SteadyClock::now();
  CHECK(bench.server.stop() == 3);
  CHECK(SteadyClock::now() - begin < 3s);
  sender.join();
  const std::string log = bench.server.log();
  CHECK(log.find("records are lost") != std::string::npos);
  CHECK(log.find("records=") != std::string::npos);
  CHECK(log.find("project=" + bench.account.project_id) != std::string::npos);
  REQUIRE(bench.server.start());
  CHECK(audit(bench, sent).lost == 0);  // nothing of it had been acknowledged
}

TEST_CASE("pipeline: a second signal during the drain ends with 130, and the file is whole") {
  Bench bench({"--debug-writer-delay", "60s", "--drain-timeout", "60s"});
  std::mt19937_64 random(seed());
  HttpClient client = bench.server.client();
  CHECK(bench.send(client, random, {{"Prefer", "respond-async"}}).answer.status == 200);
  ::kill(bench.server.pid(), SIGTERM);
  REQUIRE(eventually([&] { return bench.server.log().find("stopping") != std::string::npos; }));
  std::this_thread::sleep_for(100ms);
  CHECK(bench.server.stop() == 130);
  REQUIRE(bench.server.start());
  CHECK(bench.endpoints() == 0);
}

TEST_CASE("pipeline checklist 11: a lone request waits for no window") {
  Bench bench({"--batch-window-ms", "60000"});
  std::mt19937_64 random(seed());
  HttpClient client = bench.server.client();
  const auto begin = SteadyClock::now();
  CHECK(bench.send(client, random).answer.status == 200);
  CHECK(SteadyClock::now() - begin < 2s);
}

TEST_CASE("pipeline checklist 13: a repeated report is stored once, also over a crash") {
  Bench bench;
  const std::string report =
      R"({"collectionFrames":[{"traces":[{"endpoint":"GET /a","duration":5,"recordedAt":"2026-03-02T08:15:30Z","statusCode":200}],)"
      R"("stackTraces":[{"stackTrace":"Error: a","recordedAt":"2026-03-02T08:15:30Z"}]}]})";
  for (int i = 0; i < 3; ++i) {
    HttpClient client = bench.server.client();
    const RawAnswer answer = client.send(bench.post("/api/report", report, "application/json"));
    CHECK(answer.status == 200);
    CHECK(answer.body == "{}");
  }
  CHECK(bench.endpoints() == 1);
  bench.check_that_totals_add_up();
  CHECK(bench.number("enqueue_accepted_total") == 6);

  bench.server.kill9();
  bench.restart({});
  HttpClient client = bench.server.client();
  CHECK(client.send(bench.post("/api/report", report, "application/json")).status == 200);
  CHECK(bench.endpoints() == 1);
}

TEST_CASE("pipeline checklist 14: whoever prefers not to wait is told that it was heard") {
  Bench bench({"--debug-writer-delay", "300ms"});
  std::mt19937_64 random(seed());
  HttpClient client = bench.server.client();
  const Sent heard = bench.send(client, random, {{"Prefer", "respond-async"}});
  CHECK(heard.answer.status == 200);
  CHECK(heard.answer.field("Preference-Applied") == "respond-async");
  CHECK(bench.send(client, random).answer.field("Preference-Applied").empty());
  CHECK(bench.endpoints() == 2);
}

TEST_CASE("pipeline checklist 15: a fresh server's diagnostics have exactly these members") {
  const Bench bench;
  std::string names;
  const std::string text = bench.diagnostics_text();
  for (std::size_t at = text.find("\":"); at != std::string::npos; at = text.find("\":", at + 1)) {
    const std::size_t begin = text.rfind('"', at - 1) + 1;
    names += text.substr(begin, at - begin) + ' ';
  }
  CHECK(names ==
        "schema_version generated_at diagnostics "
        "queue_capacity queue_depth queue_depth_high_watermark queue_utilization_pct "
        "queue_high_watermark_utilization_pct queue_pressure_state "
        "queue_high_watermark_pressure_state enqueue_accepted_total enqueue_dropped_total "
        "write_dropped_total total_dropped_total store_driver "
        "traceway queued_bytes byte_budget byte_utilization_pct accepted_jobs_total "
        "committed_records_total commits_total last_commit_ms commit_ms_p50 commit_ms_p99 "
        "batch_rows_last batch_cap_rows internal_queue_capacity internal_queue_depth "
        "internal_dropped_total wal_bytes storage_state durability ack ");
}

}  // namespace traceway::test
