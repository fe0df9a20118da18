#include "base/clock.h"
#include "base/text.h"
#include "storage/sqlite/telemetry_db.h"
#include "storage/sqlite/temporary_directory.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

namespace traceway::sqlite {

namespace {

constexpr std::int64_t kT0 = 1'770'000'000'000'000'000;
constexpr std::int64_t kMs = 1'000'000;

Uuid uuid_of(std::uint64_t number) {
  Uuid id;
  for (std::size_t i = 0; i < 8; ++i)
    id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  id.bytes[0] = 1;
  return id;
}

SpanId span_id_of(std::uint64_t number) {
  return span_id_from_bytes(uuid_of(number).view().substr(8));
}

/// Builds batches whose texts live in the batch's arena.
struct BatchMaker {
  TelemetryBatch batch;

  explicit BatchMaker(const Uuid& project) { batch.project = project; }

  Span& add(std::uint64_t number, std::string_view name, std::int64_t start,
            std::int64_t duration) {
    Span span;
    span.trace = uuid_of(1000 + number);
    span.id = span_id_of(number);
    span.name = batch.arena.copy(name);
    span.start_ns = start;
    span.duration_ns = duration;
    span.source_start_ns = static_cast<std::uint64_t>(start);
    span.source_end_ns = static_cast<std::uint64_t>(start + duration);
    span.service_name = "api";
    batch.spans.push_back(span);
    return batch.spans.back();
  }

  Span& endpoint(std::uint64_t number, std::string_view route, std::int64_t start,
                 std::int64_t duration, std::uint16_t status = 200) {
    Span& span = add(number, route, start, duration);
    span.kind = SpanKind::kServer;
    span.entity = EntityKind::kEndpoint;
    span.entity_id = uuid_of(5000 + number);
    span.entity_name = span.name;
    span.http_status = status;
    return span;
  }

  void attribute(Span& span, std::string_view key, std::string_view value) {
    if (span.attributes.count == 0)
      span.attributes.first = static_cast<std::uint32_t>(batch.attributes.size());
    batch.attributes.push_back({batch.arena.copy(key), batch.arena.copy(value)});
    ++span.attributes.count;
  }
};

struct Store {
  TemporaryDirectory directory;
  SystemClock clock;
  std::unique_ptr<TelemetryDb> db;

  Store() { open(); }

  void open() {
    db.reset();
    TelemetryDbOptions options;
    options.path = directory.path() + "/t.db";
    auto opened = open_telemetry_db(options, clock);
    REQUIRE(opened);
    db = std::move(*opened);
  }

  Written append(std::vector<TelemetryBatch>&& batches) {
    std::vector<Prepared> jobs;
    for (TelemetryBatch& batch : batches) jobs.push_back(db->prepare(std::move(batch)).value());
    auto written = db->append(jobs);
    REQUIRE(written);
    return *written;
  }

  Written append(BatchMaker&& maker) {
    std::vector<TelemetryBatch> one;
    one.push_back(std::move(maker.batch));
    return append(std::move(one));
  }
};

const Uuid kProject = uuid_of(1);
const Uuid kOtherProject = uuid_of(2);

Filter everything(const Uuid& project = kProject) {
  return {project, {}, {}};
}

}  // namespace

TEST_CASE("telemetry: every column of a span comes back as it was stored") {
  Store store;
  BatchMaker maker(kProject);
  Span& span = maker.endpoint(7, "GET /users/:id", kT0, 42 * kMs, 503);
  span.parent = span_id_of(6);
  span.status_code = 2;
  span.status_message = "went wrong \"badly\"";
  span.source_start_ns = UINT64_MAX;
  span.source_end_ns = 1;
  span.service_version = "1.2.3";
  span.scope_name = "@scope/name";
  span.scope_version = "0.9";
  span.trace_state = "a=b,c=d";
  span.flags = 0xFFFFFFFFU;
  span.dropped_attributes = 1;
  span.dropped_events = 2;
  span.dropped_links = 3;
  span.resource_schema_url = "https://schema/r";
  span.scope_schema_url = "https://schema/s";
  span.resource_json = R"({"service.name":"api","n":5})";
  span.scope_json = R"({"x":true})";
  span.events_json = R"([{"name":"exception"}])";
  span.links_json = R"([{"trace_id":"00"}])";
  span.body_size = 1LL << 40;
  span.client_ip = "203.0.113.9";
  span.linked_trace = uuid_of(99);
  span.is_stream = true;
  const std::string large(256 * 1024, 'x');
  maker.attribute(span, "large", large);
  maker.attribute(span, "unicode 🐎", "line\nbreak \"quoted\" žš");
  maker.attribute(span, "empty", "");
  (void)store.append(std::move(maker));

  const auto spans = store.db->lookup(Family::kSpans, {kProject, uuid_of(1007), kT0});
  REQUIRE(spans);
  REQUIRE(spans->size() == 1);
  const Row& row = spans->front();
  CHECK(row.uuid("trace_id") == uuid_of(1007));
  CHECK(row.blob("span_id") == span_id_of(7).view());
  CHECK(row.blob("parent_span_id") == span_id_of(6).view());
  CHECK(row.text("name") == "GET /users/:id");
  CHECK(row.integer("span_kind") == 2);
  CHECK(row.integer("status_code") == 2);
  CHECK(row.text("status_message") == "went wrong \"badly\"");
  CHECK(row.text("start_time_unix_nano") == "18446744073709551615");
  CHECK(row.text("end_time_unix_nano") == "1");
  CHECK(row.integer("recorded_at") == kT0);
  CHECK(row.integer("duration") == 42 * kMs);
  CHECK(row.text("scope_name") == "@scope/name");
  CHECK(row.text("scope_version") == "0.9");
  CHECK(row.text("trace_state") == "a=b,c=d");
  CHECK(row.integer("flags") == 0xFFFFFFFFLL);
  CHECK(row.integer("dropped_attributes_count") == 1);
  CHECK(row.integer("dropped_events_count") == 2);
  CHECK(row.integer("dropped_links_count") == 3);
  CHECK(row.text("resource_schema_url") == "https://schema/r");
  CHECK(row.text("scope_schema_url") == "https://schema/s");
  CHECK(row.text("resource") == R"({"service.name":"api","n":5})");
  CHECK(row.text("scope") == R"({"x":true})");
  CHECK(row.text("events") == R"([{"name":"exception"}])");
  CHECK(row.text("links") == R"([{"trace_id":"00"}])");
  CHECK(row.text("span_attributes") ==
        "{\"large\":\"" + large +
            "\",\"unicode 🐎\":\"line\\nbreak \\\"quoted\\\" žš\",\"empty\":\"\"}");

  const auto endpoints =
      store.db->lookup(Family::kEndpoints, {kProject, uuid_of(5007), std::nullopt});
  REQUIRE(endpoints);
  REQUIRE(endpoints->size() == 1);
  const Row& endpoint = endpoints->front();
  CHECK(endpoint.uuid("id") == uuid_of(5007));
  CHECK(endpoint.text("endpoint") == "GET /users/:id");
  CHECK(endpoint.integer("status_code") == 503);
  CHECK(endpoint.integer("body_size") == 1LL << 40);
  CHECK(endpoint.text("client_ip") == "203.0.113.9");
  CHECK(endpoint.text("app_version") == "1.2.3");
  CHECK(endpoint.text("server_name") == "api");
  CHECK(endpoint.uuid("linked_trace_id") == uuid_of(99));
  CHECK(endpoint.integer("is_stream") == 1);
  CHECK(endpoint.integer("is_root") == 0);
}

TEST_CASE("telemetry: a repeated request stores nothing, after a restart too") {
  Store store;
  const auto batch = [] {
    BatchMaker maker(kProject);
    maker.batch.digest = uuid_of(77);
    maker.batch.received_ns = SystemClock().now_ns();
    maker.endpoint(1, "GET /", kT0, kMs);
    return std::move(maker.batch);
  };
  std::vector<TelemetryBatch> twice;
  twice.push_back(batch());
  twice.push_back(batch());
  const Written first = store.append(std::move(twice));
  CHECK(first.repeated_jobs == 1);
  CHECK(first.committed_records == 1);
  store.open();
  std::vector<TelemetryBatch> again;
  again.push_back(batch());
  CHECK(store.append(std::move(again)).repeated_jobs == 1);
  CHECK(store.db->list({Family::kEndpoints, everything(), {"recorded_at", true}, {0, 10}})->total ==
        1);
}

TEST_CASE("telemetry: a lookup by trace id selects the trace's first endpoint and all its spans") {
  Store store;
  BatchMaker maker(kProject);
  maker.endpoint(1, "GET /a", kT0 + 5, kMs).trace = uuid_of(50);
  maker.endpoint(2, "GET /b", kT0 + 1, kMs).trace = uuid_of(50);
  maker.add(3, "child", kT0 + 3, kMs).trace = uuid_of(50);
  maker.endpoint(4, "GET /c", kT0, kMs);
  (void)store.append(std::move(maker));
  BatchMaker later(kProject);
  later.add(5, "late child", kT0 + 9, kMs).trace = uuid_of(50);
  (void)store.append(std::move(later));

  const auto first = store.db->lookup(Family::kEndpoints, {kProject, uuid_of(50), std::nullopt});
  REQUIRE(first->size() == 1);
  CHECK(first->front().text("endpoint") == "GET /b");
  const auto spans = store.db->lookup(Family::kSpans, {kProject, uuid_of(50), std::nullopt});
  REQUIRE(spans->size() == 4);
  CHECK(spans->at(0).text("name") == "GET /b");
  CHECK(spans->at(3).text("name") == "late child");
  CHECK(store.db->lookup(Family::kSpans, {kOtherProject, uuid_of(50), std::nullopt})->empty());
  CHECK(store.db->lookup(Family::kTasks, {kProject, uuid_of(50), std::nullopt})->empty());
}

namespace {

/// The same facts in plain vectors, asked by plain loops.
struct Fact {
  Uuid project;
  std::string route;
  std::int64_t start;
  std::int64_t duration;
  int status;
};

double plain_quantile(std::vector<std::int64_t> sample, double p) {
  if (sample.empty()) return 0;
  std::ranges::sort(sample);
  const double x = p * static_cast<double>(sample.size() - 1);
  const auto low = static_cast<std::size_t>(x);
  const std::size_t high = std::min(low + 1, sample.size() - 1);
  const auto a = static_cast<double>(sample[low]);
  const auto b = static_cast<double>(sample[high]);
  return a + (b - a) * (x - static_cast<double>(low));
}

std::vector<Fact> random_facts(Store& store, std::mt19937_64& random, int batches) {
  std::vector<Fact> facts;
  std::uint64_t number = 0;
  for (int b = 0; b < batches; ++b) {
    std::vector<TelemetryBatch> jobs;
    for (int j = 0; j < 3; ++j) {
      BatchMaker maker(random() % 4 == 0 ? kOtherProject : kProject);
      const auto rows = random() % 40;
      for (std::uint64_t i = 0; i <= rows; ++i) {
        const std::string route = "GET /r" + std::to_string(random() % 9);
        const std::int64_t start = kT0 + static_cast<std::int64_t>(random() % 7200) * 1'000'000'000;
        const auto duration = static_cast<std::int64_t>(random() % 50) * 100 * kMs;
        const int status = random() % 10 == 0 ? 500 : 200;
        ++number;
        maker.endpoint(number, route, start, duration, static_cast<std::uint16_t>(status));
        maker.add(100'000 + number, "child of " + route, start, duration / 2);
        facts.push_back({maker.batch.project, route, start, duration, status});
      }
      jobs.push_back(std::move(maker.batch));
    }
    (void)store.append(std::move(jobs));
  }
  return facts;
}

}  // namespace

TEST_CASE("telemetry: grouped answers equal a brute-force oracle over the same rows") {
  Store store;
  std::mt19937_64 random(20260203);
  const std::vector<Fact> facts = random_facts(store, random, 12);
  const TimeRange range{kT0 + 600LL * 1'000'000'000, kT0 + 5000LL * 1'000'000'000};
  AggregateQuery query{
      .family = Family::kEndpoints, .filter = {kProject, range, {}}, .group_by = {"endpoint"}};
  query.measures = {{MeasureKind::kCount, {}, 0, {}, "count"},
                    {MeasureKind::kSum, "duration", 0, {}, "sum"},
                    {MeasureKind::kMax, "duration", 0, {}, "max"},
                    {MeasureKind::kQuantile, "duration", 0.5, {}, "p50"},
                    {MeasureKind::kQuantile, "duration", 0.95, {}, "p95"},
                    {MeasureKind::kLastSeen, {}, 0, {}, "last"},
                    {MeasureKind::kCountWhere,
                     {},
                     0,
                     {{"status_code", Op::kGreaterEqual, {std::int64_t{500}}},
                      {"duration", Op::kLess, {std::int64_t{2000 * kMs}}}},
                     "bad"}};
  query.order = Order{"count", true};
  const auto table = store.db->aggregate(query);
  REQUIRE(table);

  std::map<std::string, std::vector<Fact>> expected;
  for (const Fact& fact : facts) {
    if (fact.project == kProject && fact.start >= range.from_ns && fact.start <= range.to_ns) {
      expected[fact.route].push_back(fact);
    }
  }
  REQUIRE(table->total == static_cast<std::int64_t>(expected.size()));
  std::int64_t previous = INT64_MAX;
  for (const Row& row : table->rows) {
    const auto& group = expected.at(row.text("endpoint"));
    std::vector<std::int64_t> durations;
    std::int64_t sum = 0;
    std::int64_t last = 0;
    std::int64_t bad = 0;
    for (const Fact& fact : group) {
      durations.push_back(fact.duration);
      sum += fact.duration;
      last = std::max(last, fact.start);
      bad += fact.status >= 500 && fact.duration < 2000 * kMs ? 1 : 0;
    }
    CHECK(row.integer("count") == static_cast<std::int64_t>(group.size()));
    CHECK(row.integer("sum") == sum);
    CHECK(row.integer("max") == *std::ranges::max_element(durations));
    CHECK(row.real("p50") == doctest::Approx(plain_quantile(durations, 0.5)));
    CHECK(row.real("p95") == doctest::Approx(plain_quantile(durations, 0.95)));
    CHECK(row.integer("last") == last);
    CHECK(row.integer("bad") == bad);
    CHECK(row.integer("count") <= previous);
    previous = row.integer("count");
  }
}

TEST_CASE(
    "telemetry: the best n groups keep their names, all others are one with its own quantile") {
  Store store;
  std::mt19937_64 random(7);
  const std::vector<Fact> facts = random_facts(store, random, 8);
  AggregateQuery query{.family = Family::kEndpoints,
                       .filter = everything(),
                       .group_by = {"endpoint"},
                       .bucket_minutes = 60};
  query.measures = {{MeasureKind::kQuantile, "duration", 0.9, {}, "value"}};
  query.top = 3;
  query.top_by = "value";
  const auto table = store.db->aggregate(query);
  REQUIRE(table);

  std::map<std::string, std::vector<std::int64_t>> whole;
  for (const Fact& fact : facts) {
    if (fact.project == kProject) whole[fact.route].push_back(fact.duration);
  }
  std::vector<std::pair<double, std::string>> ranking;
  for (const auto& [route, durations] : whole)
    ranking.emplace_back(-plain_quantile(durations, 0.9), route);
  std::ranges::sort(ranking);
  std::map<std::pair<std::string, std::int64_t>, std::vector<std::int64_t>> expected;
  for (const Fact& fact : facts) {
    if (fact.project != kProject) continue;
    const auto rank =
        std::ranges::find(ranking, fact.route, &std::pair<double, std::string>::second) -
        ranking.begin();
    const std::int64_t bucket = fact.start / (3600LL * 1'000'000'000) * (3600LL * 1'000'000'000);
    expected[{rank < 3 ? fact.route : "Other", bucket}].push_back(fact.duration);
  }
  CHECK(table->rows.size() == expected.size());
  for (const Row& row : table->rows) {
    const auto group = expected.find({row.text("endpoint"), row.integer("bucket")});
    REQUIRE(group != expected.end());
    CHECK(row.real("value") == doctest::Approx(plain_quantile(group->second, 0.9)));
  }
}

TEST_CASE("telemetry: pages of a list are the sorted whole, cut") {
  Store store;
  std::mt19937_64 random(3);
  const std::vector<Fact> facts = random_facts(store, random, 10);
  std::vector<std::int64_t> starts;
  for (const Fact& fact : facts) {
    if (fact.project == kProject && fact.route.ends_with("3")) starts.push_back(fact.start);
  }
  std::ranges::sort(starts, std::greater<>());
  ListQuery query{Family::kEndpoints, everything(), {"recorded_at", true}, {0, 7}};
  query.filter.predicates = {{"endpoint", Op::kContains, {std::string("/R3")}}};
  std::vector<std::int64_t> got;
  for (query.page.offset = 0; query.page.offset < static_cast<std::int64_t>(starts.size());
       query.page.offset += 7) {
    const auto page = store.db->list(query);
    REQUIRE(page);
    CHECK(page->total == static_cast<std::int64_t>(starts.size()));
    for (const Row& row : page->rows) got.push_back(row.integer("recorded_at"));
  }
  CHECK(got == starts);
}

TEST_CASE("telemetry: an empty range, an empty project and a range backwards give empty answers") {
  Store store;
  BatchMaker maker(kProject);
  maker.endpoint(1, "GET /", kT0, kMs);
  (void)store.append(std::move(maker));
  for (const Filter& filter :
       {Filter{kProject, {kT0 + 1, kT0 + 2}, {}}, Filter{kProject, {kT0 + 2, kT0 - 2}, {}},
        Filter{uuid_of(404), {}, {}}}) {
    CHECK(store.db->list({Family::kEndpoints, filter, {"duration", true}, {0, 10}})->rows.empty());
    AggregateQuery query{.family = Family::kEndpoints, .filter = filter, .group_by = {"endpoint"}};
    query.measures = {{MeasureKind::kCount, {}, 0, {}, "count"}};
    CHECK(store.db->aggregate(query)->rows.empty());
    query.group_by = {};
    CHECK(store.db->aggregate(query)->rows.at(0).integer("count") == 0);
  }
}

TEST_CASE("telemetry: exceptions are kept once per id and counted per group") {
  Store store;
  const auto batch = [](std::uint64_t id, std::int64_t at) {
    BatchMaker maker(kProject);
    Exception e;
    e.id = uuid_of(id);
    e.trace = uuid_of(9);
    e.span = span_id_of(9);
    e.trace_type = EntityKind::kEndpoint;
    e.stack_trace = "TypeError: x\n  at y";
    e.hash = "0123456789abcdef";
    e.grouping_version = 1;
    e.recorded_ns = at;
    maker.batch.exceptions.push_back(e);
    return std::move(maker.batch);
  };
  std::vector<TelemetryBatch> jobs;
  jobs.push_back(batch(1, kT0));
  jobs.push_back(batch(2, kT0 - 5));
  jobs.push_back(batch(1, kT0));
  (void)store.append(std::move(jobs));
  const auto rows = store.db->lookup(Family::kExceptions, {kProject, uuid_of(9), std::nullopt});
  REQUIRE(rows->size() == 2);
  CHECK(rows->at(0).text("stack_trace") == "TypeError: x\n  at y");
  CHECK(rows->at(0).text("trace_type") == "endpoint");
  CHECK(rows->at(0).integer("recorded_at") == kT0 - 5);
}

}  // namespace traceway::sqlite
