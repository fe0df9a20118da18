#include "storage/sqlite/telemetry_db.h"

#include "storage/sqlite/batch_for_test.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/temporary_directory.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <sys/wait.h>
#include <unistd.h>

namespace traceway::sqlite {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kNoon = 1'790'000'000 * kSecond;

class TestClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_ns() const override { return now.load(); }

  std::atomic<std::int64_t> now{kNoon};
};

struct Store {
  TemporaryDirectory directory;
  TestClock clock;
  std::unique_ptr<TelemetryDb> db;
  Uuid project = BatchBuilder::id_of(77);

  Store() { open(); }

  void open() {
    db.reset();
    TelemetryDbOptions options;
    options.path = path();
    auto opened = open_telemetry_db(options, clock);
    REQUIRE(opened.has_value());
    db = std::move(*opened);
  }

  [[nodiscard]] std::string path() const { return directory.file("telemetry.db"); }

  Written append(std::vector<TelemetryBatch> batches) {
    std::vector<Prepared> jobs;
    for (TelemetryBatch& batch : batches) {
      auto prepared = db->prepare(std::move(batch));
      REQUIRE(prepared.has_value());
      jobs.push_back(std::move(*prepared));
    }
    auto written = db->append(jobs);
    REQUIRE(written.has_value());
    return *written;
  }

  Written append(BatchBuilder& one) {
    std::vector<TelemetryBatch> batches;
    batches.push_back(one.take());
    return append(std::move(batches));
  }

  [[nodiscard]] std::int64_t count(Family family, TimeRange range = {}) const {
    AggregateQuery query{.family = family, .filter = {project, range, {}}};
    query.measures = {{MeasureKind::kCount, {}, 0, {}, "count"}};
    auto table = db->aggregate(query);
    REQUIRE(table.has_value());
    REQUIRE(table->rows.size() == 1);
    return table->rows.front().integer("count");
  }

  [[nodiscard]] Rows lookup(Family family, const Uuid& id,
                            std::optional<std::int64_t> at = {}) const {
    auto rows = db->lookup(family, {project, id, at});
    REQUIRE(rows.has_value());
    return *rows;
  }
};

/// Everything about one endpoint that can be odd, is.
void add_odd_endpoint(BatchBuilder& builder) {
  Span& span = builder.endpoint(5, "GET /caf\xC3\xA9/:id", kNoon + 17, 1'234'567'891);
  span.trace = BatchBuilder::id_of(900);
  span.parent = BatchBuilder::span_id_of(4);
  span.name = builder.text("handler \"x\"\n");
  span.status_code = 2;
  span.status_message = builder.text("boom");
  span.source_start_ns = UINT64_MAX;
  span.source_end_ns = UINT64_MAX - 1;
  span.service_name = builder.text("shop");
  span.service_version = builder.text("1.2.3");
  span.scope_name = builder.text("net/http");
  span.scope_version = builder.text("0.1");
  span.trace_state = builder.text("a=b");
  span.flags = UINT32_MAX;
  span.dropped_attributes = 1;
  span.dropped_events = 2;
  span.dropped_links = UINT32_MAX;
  span.resource_schema_url = builder.text("https://r");
  span.scope_schema_url = builder.text("https://s");
  span.resource_json = builder.text(R"({"service.name":"shop"})");
  span.scope_json = builder.text(R"({"name":"net/http"})");
  span.events_json = builder.text(R"([{"name":"e"}])");
  span.links_json = builder.text(R"([{"trace_id":"00"}])");
  span.attributes =
      builder.attributes({{"k", "first"}, {"empty", ""}, {"q\"", "\x01"}, {"k", "last"}});
  span.http_status = 503;
  span.body_size = INT64_MAX;
  span.client_ip = builder.text("2001:db8::1");
  span.linked_trace = BatchBuilder::id_of(901);
  span.is_stream = true;
}

}  // namespace

TEST_CASE("telemetry db: an endpoint comes back as it was sent, by its id and by its trace") {
  Store store;
  BatchBuilder builder(store.project, 1);
  builder.endpoint(4, "POST /other", kNoon, 1).trace = BatchBuilder::id_of(900);
  add_odd_endpoint(builder);
  CHECK(store.append(builder).committed_records == 2);

  const Rows found = store.lookup(Family::kEndpoints, BatchBuilder::id_of(5));
  REQUIRE(found.size() == 1);
  const Row& row = found.front();
  CHECK(row.uuid("id") == BatchBuilder::id_of(5));
  CHECK(row.uuid("trace_id") == BatchBuilder::id_of(900));
  CHECK(row.blob("span_id") == BatchBuilder::span_id_of(5).view());
  CHECK(row.blob("parent_span_id") == BatchBuilder::span_id_of(4).view());
  CHECK(row.uuid("linked_trace_id") == BatchBuilder::id_of(901));
  CHECK(row.text("endpoint") == "GET /caf\xC3\xA9/:id");
  CHECK(row.integer("duration") == 1'234'567'891);
  CHECK(row.integer("recorded_at") == kNoon + 17);
  CHECK(row.integer("status_code") == 503);
  CHECK(row.integer("body_size") == INT64_MAX);
  CHECK(row.text("client_ip") == "2001:db8::1");
  CHECK(row.text("attributes") == R"({"empty":"","q\"":"\u0001","k":"last"})");
  CHECK(row.text("app_version") == "1.2.3");
  CHECK(row.text("server_name") == "shop");
  CHECK(row.integer("is_stream") == 1);
  CHECK(row.integer("is_root") == 0);

  const Rows by_trace = store.lookup(Family::kEndpoints, BatchBuilder::id_of(900));
  REQUIRE(by_trace.size() == 1);
  CHECK(by_trace.front().text("endpoint") == "POST /other");  // the first of the trace
  CHECK(by_trace.front().is_null("parent_span_id"));
  CHECK(store.lookup(Family::kTasks, BatchBuilder::id_of(5)).empty());
  CHECK(store.lookup(Family::kEndpoints, BatchBuilder::id_of(6)).empty());
  const auto elsewhere =
      store.db->lookup(Family::kEndpoints, {BatchBuilder::id_of(78), BatchBuilder::id_of(5), {}});
  CHECK(elsewhere->empty());
}

TEST_CASE("telemetry db: a span comes back with every column, its time hint bounds the search") {
  Store store;
  BatchBuilder builder(store.project, 1);
  add_odd_endpoint(builder);
  builder.span(9, kNoon + 5, 0).trace = BatchBuilder::id_of(900);
  store.append(builder);

  const Rows spans = store.lookup(Family::kSpans, BatchBuilder::id_of(900), kNoon);
  REQUIRE(spans.size() == 2);
  CHECK(spans[0].integer("recorded_at") == kNoon + 5);
  CHECK(spans[0].text("span_attributes") == "{}");
  CHECK(spans[0].text("resource") == "{}");
  CHECK(spans[0].text("events") == "[]");
  CHECK(spans[0].text("links") == "[]");
  CHECK(spans[0].text("end_time_unix_nano") == std::to_string(kNoon + 5));
  const Row& row = spans[1];
  CHECK(row.text("name") == "handler \"x\"\n");
  CHECK(row.integer("span_kind") == 2);
  CHECK(row.integer("status_code") == 2);
  CHECK(row.text("status_message") == "boom");
  CHECK(row.text("service_name") == "shop");
  CHECK(row.text("scope_name") == "net/http");
  CHECK(row.text("scope_version") == "0.1");
  CHECK(row.text("start_time_unix_nano") == "18446744073709551615");
  CHECK(row.text("end_time_unix_nano") == "18446744073709551614");
  CHECK(row.text("trace_state") == "a=b");
  CHECK(row.integer("flags") == UINT32_MAX);
  CHECK(row.integer("dropped_attributes_count") == 1);
  CHECK(row.integer("dropped_events_count") == 2);
  CHECK(row.integer("dropped_links_count") == UINT32_MAX);
  CHECK(row.text("resource_schema_url") == "https://r");
  CHECK(row.text("scope_schema_url") == "https://s");
  CHECK(row.text("resource") == R"({"service.name":"shop"})");
  CHECK(row.text("scope") == R"({"name":"net/http"})");
  CHECK(row.text("events") == R"([{"name":"e"}])");
  CHECK(row.text("links") == R"([{"trace_id":"00"}])");

  const std::int64_t day = 24 * 60 * kMinute;
  CHECK(store.lookup(Family::kSpans, BatchBuilder::id_of(900), kNoon + day).size() == 2);
  CHECK(store.lookup(Family::kSpans, BatchBuilder::id_of(900), kNoon + day + kMinute).empty());
}

TEST_CASE("telemetry db: a repeated request stores nothing, within an append and after a restart") {
  Store store;
  const auto batch = [&](std::uint64_t digest) {
    BatchBuilder builder(store.project, digest);
    builder.endpoint(1, "GET /", kNoon, 5);
    return builder.take();
  };
  std::vector<TelemetryBatch> twice;
  twice.push_back(batch(1));
  twice.push_back(batch(1));
  twice.push_back(batch(2));
  Written written = store.append(std::move(twice));
  CHECK(written.repeated_jobs == 1);
  CHECK(written.committed_records == 2);
  CHECK(store.count(Family::kEndpoints) == 2);

  store.open();
  std::vector<TelemetryBatch> again;
  again.push_back(batch(2));
  written = store.append(std::move(again));
  CHECK(written.repeated_jobs == 1);
  CHECK(written.committed_records == 0);
  CHECK(store.count(Family::kEndpoints) == 2);

  store.clock.now += 17 * kMinute;
  REQUIRE(store.db->apply({Command::Kind::kForgetDigests, {}, {}}).has_value());
  again.clear();
  again.push_back(batch(2));
  CHECK(store.append(std::move(again)).repeated_jobs == 0);
  CHECK(store.count(Family::kEndpoints) == 3);
}

TEST_CASE("telemetry db: of a request of several parts only those not seen before are stored") {
  Store store;
  // One part per number: a span, an exception of that id.
  const auto request = [&](std::initializer_list<std::uint64_t> numbers, bool has_loose = false) {
    BatchBuilder builder(store.project, 0);
    for (const std::uint64_t number : numbers) {
      builder.span(number, kNoon, 5);
      builder.exception(number, "Error: x", kNoon);
      builder.batch().parts.push_back({BatchBuilder::id_of(number), 1, 1});
    }
    if (has_loose) {
      builder.exception(77, "Error: x", kNoon);
      builder.batch().parts.push_back({{}, 0, 1});
    }
    return builder.take();
  };
  const auto append = [&](TelemetryBatch batch) {
    std::vector<TelemetryBatch> one;
    one.push_back(std::move(batch));
    return store.append(std::move(one));
  };
  const auto exceptions = [&] { return store.lookup(Family::kExceptions, BatchBuilder::id_of(1)); };

  Written written = append(request({1, 2, 1}));
  CHECK(written.committed_records == 4);
  CHECK(store.count(Family::kSpans) == 2);
  written = append(request({2, 3, 4}));
  CHECK(written.committed_records == 4);
  CHECK(written.repeated_jobs == 0);
  CHECK(store.count(Family::kSpans) == 4);
  written = append(request({4, 1}));
  CHECK(written.committed_records == 0);
  CHECK(written.repeated_jobs == 1);
  CHECK(exceptions().size() == 4);

  store.open();  // digests are committed with the data
  for (int i = 0; i < 2; ++i) {
    written = append(request({3, 2}, true));  // a part without a digest is always offered
    CHECK(written.repeated_jobs == 0);
    CHECK(store.count(Family::kSpans) == 4);
    CHECK(exceptions().size() == 5);
  }
}

TEST_CASE("telemetry db: a request without a digest is never a repeat") {
  Store store;
  for (int i = 0; i < 2; ++i) {
    BatchBuilder builder(store.project, 1);
    builder.batch().digest = {};
    builder.span(1, kNoon, 5);
    CHECK(store.append(builder).repeated_jobs == 0);
  }
  CHECK(store.count(Family::kSpans) == 2);
}

TEST_CASE(
    "telemetry db: exceptions are unique by id, their texts are kept once, their issue counts") {
  Store store;
  const std::string stack =
      "TypeError: x is undefined\n    at f (a.js:1:2)\n" + std::string(5000, 'y');
  BatchBuilder builder(store.project, 1);
  builder.exception(1, stack, kNoon + 2).attributes = builder.attributes({{"a", "1"}});
  Exception& second = builder.exception(2, stack, kNoon + 1);
  second.trace_type = EntityKind::kEndpoint;
  second.span = BatchBuilder::span_id_of(3);
  second.session = BatchBuilder::id_of(40);
  builder.exception(2, stack, kNoon + 9);
  store.append(builder);
  BatchBuilder later(store.project, 2);
  later.exception(1, stack, kNoon + 30);
  later.exception(3, "", kNoon).trace = {};
  later.batch().exceptions.back().hash = "ffffffffffffffff";
  later.batch().exceptions.back().is_message = true;
  store.append(later);

  const Rows rows = store.lookup(Family::kExceptions, BatchBuilder::id_of(1));
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].uuid("id") == BatchBuilder::id_of(2));
  CHECK(rows[0].text("trace_type") == "endpoint");
  CHECK(rows[0].blob("span_id") == BatchBuilder::span_id_of(3).view());
  CHECK(rows[0].uuid("session_id") == BatchBuilder::id_of(40));
  CHECK(rows[1].text("stack_trace") == stack);
  CHECK(rows[1].text("attributes") == R"({"a":"1"})");
  CHECK(rows[1].text("exception_hash") == "00112233aabbccdd");
  CHECK(rows[1].is_null("session_id"));

  auto connection = Connection::open({store.path(), Role::kReader});
  REQUIRE(connection.has_value());
  (*connection)->arm_deadline();
  const Query groups{
      "test.groups", "SELECT * FROM exception_groups ORDER BY exception_hash", {}, {}};
  const auto issues = (*connection)->run(groups, {});
  REQUIRE(issues.has_value());
  REQUIRE(issues->size() == 2);
  CHECK((*issues)[0].text("type") == "TypeError");
  CHECK((*issues)[0].text("first_line") == "TypeError: x is undefined");
  CHECK((*issues)[0].integer("count") == 2);
  CHECK((*issues)[0].integer("first_seen") == kNoon + 1);
  CHECK((*issues)[0].integer("last_seen") == kNoon + 2);
  CHECK((*issues)[0].uuid("sample_id") == BatchBuilder::id_of(1));
  CHECK((*issues)[1].integer("is_message") == 1);
  const Query texts{
      "test.texts", "SELECT count(*) AS texts, max(length(data)) AS size FROM stack_texts", {}, {}};
  const auto stored = (*connection)->run(texts, {});
  REQUIRE(stored.has_value());
  CHECK(stored->front().integer("texts") == 2);
  CHECK(stored->front().integer("size") < 500);
}

TEST_CASE(
    "telemetry db: a flood of exceptions in one trace is shown up to its limits, oldest first") {
  Store store;
  BatchBuilder builder(store.project, 1);
  for (std::uint64_t i = 0; i < 1100; ++i)
    builder.exception(i + 1, "E: small", kNoon + static_cast<std::int64_t>(i));
  store.append(builder);
  Rows rows = store.lookup(Family::kExceptions, BatchBuilder::id_of(1));
  REQUIRE(rows.size() == 1000);
  CHECK(rows.back().integer("recorded_at") == kNoon + 999);

  BatchBuilder large(store.project, 2);
  const std::string stack(1 << 20, 's');
  for (std::uint64_t i = 0; i < 40; ++i)
    large.exception(5000 + i, stack, kNoon).trace = BatchBuilder::id_of(2);
  store.append(large);
  rows = store.lookup(Family::kExceptions, BatchBuilder::id_of(2));
  CHECK(rows.size() == 32);
}

TEST_CASE("telemetry db: what was committed survives a process that never closes") {
  Store store;
  store.db.reset();
  const pid_t child = ::fork();
  if (child == 0) {
    const TestClock clock;
    TelemetryDbOptions options;
    options.path = store.path();
    auto db = open_telemetry_db(options, clock);
    if (!db) ::_exit(1);
    for (std::uint64_t i = 0; i < 20; ++i) {
      BatchBuilder builder(store.project, i + 1);
      builder.endpoint(i + 1, "GET /", kNoon, 5);
      builder.exception(i + 1, "E: x", kNoon);
      std::vector<Prepared> jobs;
      jobs.push_back(*(*db)->prepare(builder.take()));
      if (!(*db)->append(jobs)) ::_exit(2);
    }
    ::_exit(0);  // no destructor runs: the WAL stays as a kill leaves it
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WEXITSTATUS(status) == 0);
  store.open();
  CHECK(store.count(Family::kEndpoints) == 20);
  CHECK(store.lookup(Family::kExceptions, BatchBuilder::id_of(1)).size() == 20);
  BatchBuilder repeat(store.project, 20);
  repeat.endpoint(20, "GET /", kNoon, 5);
  CHECK(store.append(repeat).repeated_jobs == 1);
}

TEST_CASE("telemetry db: a damaged block is skipped, the others answer") {
  Store store;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    BatchBuilder builder(store.project, i);
    builder.endpoint(i, "GET /" + std::to_string(i), kNoon + static_cast<std::int64_t>(i), 5);
    store.append(builder);
  }
  {
    auto connection = Connection::open({store.path(), Role::kTelemetryWriter});
    REQUIRE(connection.has_value());
    const Query flip{"test.flip",
                     "UPDATE span_hot SET data = CAST(substr(data, 1, 30) || x'ff' || substr(data, "
                     "32) AS BLOB) WHERE block_id = 2",
                     {},
                     {}};
    REQUIRE((*connection)->run(flip, {}).has_value());
    const Query cold{
        "test.cold", "UPDATE span_cold SET data = x'00' WHERE part_id = 3 * 4 + 2", {}, {}};
    REQUIRE((*connection)->run(cold, {}).has_value());
  }
  CHECK(store.count(Family::kEndpoints) == 2);
  CHECK(store.lookup(Family::kEndpoints, BatchBuilder::id_of(2)).empty());
  CHECK(store.lookup(Family::kEndpoints, BatchBuilder::id_of(1)).size() == 1);
  ListQuery query;
  query.filter.project = store.project;
  const auto table = store.db->list(query);
  REQUIRE(table.has_value());
  CHECK(table->rows.size() == 1);  // of block 3 the attributes are lost
}

TEST_CASE("telemetry db: a failing commit stores nothing and leaves the connection usable") {
  Store store;
  BatchBuilder good(store.project, 1);
  good.span(1, kNoon, 1);
  store.append(good);
  auto holder = Connection::open({store.path(), Role::kTelemetryWriter});
  REQUIRE(holder.has_value());
  const Query block{"test.block",
                    "CREATE TRIGGER refuse BEFORE INSERT ON exception_groups BEGIN SELECT "
                    "RAISE(ABORT, 'no'); END",
                    {},
                    {}};
  REQUIRE((*holder)->run(block, {}).has_value());

  BatchBuilder bad(store.project, 2);
  bad.span(2, kNoon, 1);
  bad.exception(1, "E", kNoon);
  std::vector<Prepared> jobs;
  jobs.push_back(*store.db->prepare(bad.take()));
  CHECK_FALSE(store.db->append(jobs).has_value());
  CHECK(store.db->last_failure().failure_class == WriteFailureClass::kConstraint);
  CHECK(store.count(Family::kSpans) == 1);

  const Query allow{"test.allow", "DROP TRIGGER refuse", {}, {}};
  REQUIRE((*holder)->run(allow, {}).has_value());
  const auto retried = store.db->append(jobs);  // the same jobs: their digests were not remembered
  REQUIRE(retried.has_value());
  CHECK(retried->repeated_jobs == 0);
  CHECK(store.count(Family::kSpans) == 2);
}

TEST_CASE("telemetry db: rows of equal order are listed by id, in either direction, over blocks") {
  Store store;
  std::vector<Uuid> ids;
  for (std::uint64_t block = 0; block < 4; ++block) {
    BatchBuilder builder(store.project, block + 1);
    for (std::uint64_t i = 0; i < 9; ++i) {
      const std::uint64_t number = block * 100 + i;
      builder.endpoint(number, "GET /", kNoon, 5);
      ids.push_back(BatchBuilder::id_of(number));
    }
    store.append(builder);
  }
  std::ranges::sort(ids);
  for (const std::string column : {"recorded_at", "duration", "status_code", "body_size"}) {
    for (const bool is_descending : {true, false}) {
      CAPTURE(column);
      ListQuery query{
          Family::kEndpoints, {store.project, {}, {}}, {column, is_descending}, {5, 10}};
      const auto table = store.db->list(query);
      REQUIRE(table.has_value());
      CHECK(table->total == 36);
      REQUIRE(table->rows.size() == 10);
      for (std::size_t i = 0; i < 10; ++i) CHECK(table->rows[i].uuid("id") == ids[i + 5]);
    }
  }
  ListQuery far{
      Family::kEndpoints, {store.project, {}, {}}, {"recorded_at", true}, {INT64_MAX, 10}};
  const auto refused = store.db->list(far);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kInvalid);
}

TEST_CASE("telemetry db: slow endpoints are set by command and read by statement") {
  Store store;
  const Command command{Command::Kind::kSetSlowEndpoint,
                        store.project,
                        {{"endpoint", to_value("GET /")},
                         {"offset_ms", to_value(std::int64_t{1500})},
                         {"reason", to_value("reports")}}};
  REQUIRE(store.db->apply(command).has_value());
  const auto rows =
      store.db->run("endpoints.slow_endpoint",
                    {{"project_id", to_value(store.project)}, {"endpoint", to_value("GET /")}});
  REQUIRE(rows.has_value());
  REQUIRE(rows->size() == 1);
  CHECK(rows->front().integer("offset_ms") == 1500);
  REQUIRE(store.db->apply({Command::Kind::kCheckpoint, {}, {}}).has_value());
  CHECK(store.db->is_healthy());
  CHECK(store.db->file_bytes() > 0);
}

TEST_CASE("telemetry db: the views show ids as hex") {
  Store store;
  BatchBuilder builder(store.project, 1);
  builder.endpoint(1, "GET /", kNoon, 1);
  builder.exception(1, "E", kNoon);
  store.append(builder);
  auto connection = Connection::open({store.path(), Role::kReader});
  REQUIRE(connection.has_value());
  (*connection)->arm_deadline();
  for (const std::string view :
       {"v_span_blocks", "v_exception_stack_traces", "v_exception_groups"}) {
    const std::string sql = "SELECT project_id FROM " + view;
    const auto rows = (*connection)->run({view, sql, {}, {}}, {});
    REQUIRE(rows.has_value());
    REQUIRE(rows->size() == 1);
    CHECK(rows->front().text("project_id") == to_hex(store.project));
  }
}

}  // namespace traceway::sqlite
