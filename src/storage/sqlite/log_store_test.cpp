// Log records in the store against plain loops over the same facts.
#include "base/clock.h"
#include "base/text.h"
#include "storage/sqlite/logs_for_test.h"
#include "storage/sqlite/telemetry_db.h"
#include "storage/sqlite/temporary_directory.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>

namespace traceway::sqlite {

namespace {

constexpr std::int64_t kT0 = 1'770'000'000'000'000'000;
constexpr std::int64_t kHour = 3600LL * 1'000'000'000;

const Uuid kProject = BatchBuilder::id_of(77);

struct Store {
  TemporaryDirectory directory;
  SystemClock clock;
  std::unique_ptr<TelemetryDb> db;
  std::uint64_t digests = 0;

  Store() { open(); }

  void open() {
    db.reset();
    TelemetryDbOptions options;
    options.path = directory.file("telemetry.db");
    options.backup_dir = directory.path();
    auto opened = open_telemetry_db(options, clock);
    REQUIRE(opened);
    db = std::move(*opened);
  }

  void append(std::vector<TelemetryBatch> batches) {
    std::vector<Prepared> jobs;
    for (TelemetryBatch& batch : batches) {
      auto job = db->prepare(std::move(batch));
      REQUIRE(job);
      jobs.push_back(std::move(*job));
    }
    REQUIRE(db->append(jobs));
  }

  /// Commits of some requests each, for two projects; the facts of kProject, numbered.
  std::vector<LogFact> fill(std::mt19937_64& random, int commits) {
    std::vector<LogFact> facts;
    for (int commit = 0; commit < commits; ++commit) {
      std::vector<TelemetryBatch> batches;
      for (auto left = 1 + random() % 3; left > 0; --left) {
        const bool is_ours = random() % 4 != 0;
        BatchBuilder builder(is_ours ? kProject : BatchBuilder::id_of(78), ++digests);
        for (auto records = 1 + random() % 90; records > 0; --records) {
          // Mostly in order, some late, some at the very same moment.
          const std::int64_t hour = random() % 10 == 0 ? 0 : commit;
          LogFact fact = random_log(random, kT0 + hour * kHour, kHour);
          if (random() % 8 == 0) fact.timestamp = kT0 + kHour;
          add_log(builder, fact);
          if (!is_ours) continue;
          fact.number = static_cast<std::int64_t>(facts.size()) + 1;
          facts.push_back(fact);
        }
        batches.push_back(builder.take());
      }
      append(std::move(batches));
    }
    return facts;
  }

  Table list(const ListQuery& query) const {
    auto table = db->list(query);
    REQUIRE(table);
    return std::move(*table);
  }
};

using Matches = std::function<bool(const LogFact&)>;

struct Question {
  std::string name;
  std::vector<Predicate> predicates;
  Matches matches;
};

std::vector<Question> questions() {
  const auto text = [](const char* s) { return Value(std::string(s)); };
  const auto number = [](std::int64_t n) { return Value(n); };
  std::vector<Question> out;
  out.push_back({"everything", {}, [](const LogFact&) { return true; }});
  out.push_back({"severity",
                 {{"severity_number", Op::kGreaterEqual, {number(17)}}},
                 [](const LogFact& f) { return f.severity >= 17; }});
  out.push_back({"class", {{"severity_class", Op::kEqual, {number(0)}}}, [](const LogFact& f) {
                   return f.severity == 0;
                 }});
  out.push_back({"service",
                 {{"service_name", Op::kEqual, {text("service-2")}}},
                 [](const LogFact& f) { return f.service == "service-2"; }});
  out.push_back({"scope", {{"scope_name", Op::kNotEqual, {text("http")}}}, [](const LogFact& f) {
                   return f.scope.empty();
                 }});
  out.push_back({"substring", {{"body", Op::kContains, {text("USER")}}}, [](const LogFact& f) {
                   return text::contains_ignore_case(f.body, "user");
                 }});
  out.push_back(
      {"rare substring", {{"body", Op::kContains, {text("refused retry ")}}}, [](const LogFact& f) {
         return text::contains_ignore_case(f.body, "refused retry ");
       }});
  out.push_back({"absent word", {{"body", Op::kWords, {text("zebra")}}}, [](const LogFact&) {
                   return false;
                 }});
  out.push_back({"trace",
                 {{"trace_id", Op::kEqual, {to_value(BatchBuilder::id_of(7))}}},
                 [](const LogFact& f) { return f.trace == 7; }});
  out.push_back({"not that trace",
                 {{"trace_id", Op::kNotEqual, {to_value(BatchBuilder::id_of(7))}}},
                 [](const LogFact& f) { return f.trace != 7; }});
  out.push_back({"span",
                 {{"span_id", Op::kEqual, {Blob{std::string(BatchBuilder::span_id_of(9).view())}}}},
                 [](const LogFact& f) { return f.trace == 9; }});
  out.push_back({"attribute",
                 {{"log_attributes.user", Op::kEqual, {text("u3")}}},
                 [](const LogFact& f) { return f.user == "u3"; }});
  out.push_back({"no such value",
                 {{"log_attributes.user", Op::kNotEqual, {text("u3")}}},
                 [](const LogFact& f) { return f.user != "u3"; }});
  out.push_back({"resource and severity and text",
                 {{"resource_attributes.host", Op::kIn, {text("host-1"), text("host-2")}},
                  {"severity_number", Op::kLess, {number(9)}},
                  {"body", Op::kContains, {text("a")}}},
                 [](const LogFact& f) {
                   return f.host != "host-0" && f.severity < 9 &&
                          text::contains_ignore_case(f.body, "a");
                 }});
  out.push_back({"unknown key",
                 {{"scope_attributes.none", Op::kEqual, {text("x")}}},
                 [](const LogFact&) { return false; }});
  return out;
}

std::vector<LogFact> chosen(const std::vector<LogFact>& facts, TimeRange range,
                            const Matches& matches) {
  std::vector<LogFact> out;
  for (const LogFact& fact : facts) {
    if (fact.timestamp >= range.from_ns && fact.timestamp <= range.to_ns && matches(fact))
      out.push_back(fact);
  }
  return out;
}

/// Newest first, of one moment the last that came.
void sort_newest_first(std::vector<LogFact>& facts) {
  std::ranges::sort(facts, [](const LogFact& a, const LogFact& b) {
    return std::tie(a.timestamp, a.number) > std::tie(b.timestamp, b.number);
  });
}

std::vector<std::int64_t> numbers_of(const Rows& rows) {
  std::vector<std::int64_t> out;
  for (const Row& row : rows) out.push_back(row.integer("number"));
  return out;
}

std::vector<std::int64_t> numbers_of(const std::vector<LogFact>& facts, std::size_t first,
                                     std::size_t count) {
  std::vector<std::int64_t> out;
  for (std::size_t i = first; i < std::min(first + count, facts.size()); ++i)
    out.push_back(facts[i].number);
  return out;
}

}  // namespace

TEST_CASE("logs store: every filter lists what a plain loop chooses, page by page") {
  Store store;
  std::mt19937_64 random(41);
  const std::vector<LogFact> facts = store.fill(random, 12);
  for (const TimeRange& range :
       {TimeRange{}, TimeRange{kT0 + kHour, kT0 + 4 * kHour}, TimeRange{kT0 + 2, kT0 + 1}}) {
    for (const Question& question : questions()) {
      CAPTURE(question.name);
      std::vector<LogFact> expected = chosen(facts, range, question.matches);
      sort_newest_first(expected);
      ListQuery query{
          Family::kLogs, {kProject, range, question.predicates}, {"timestamp", true}, {0, 30}};
      for (query.page.offset = 0; query.page.offset < 100; query.page.offset += 30) {
        const Table table = store.list(query);
        CHECK(table.total == static_cast<std::int64_t>(expected.size()));
        CHECK(table.is_total_exact);
        CHECK(numbers_of(table.rows) ==
              numbers_of(expected, static_cast<std::size_t>(query.page.offset), 30));
      }
    }
  }
}

TEST_CASE("logs store: words and random substrings agree with a plain loop") {
  Store store;
  std::mt19937_64 random(42);
  const std::vector<LogFact> facts = store.fill(random, 8);
  for (int round = 0; round < 30; ++round) {
    const std::string from = random_body(random);
    const std::string needle = from.substr(0, 1 + random() % 12);
    CAPTURE(needle);
    ListQuery query{Family::kLogs, {kProject, {}, {}}, {"timestamp", true}, {0, 500}};
    query.filter.predicates = {{"body", Op::kContains, {needle}}};
    const Table substring = store.list(query);
    auto expected = chosen(
        facts, {}, [&](const LogFact& f) { return text::contains_ignore_case(f.body, needle); });
    sort_newest_first(expected);
    CHECK(numbers_of(substring.rows) == numbers_of(expected, 0, 500));
    // Whatever has the words of a needle that is one token has it as a substring too.
    query.filter.predicates = {{"body", Op::kWords, {std::string("abc")}}};
    for (const Row& row : store.list(query).rows)
      CHECK(text::contains_ignore_case(row.text("body"), "abc"));
  }
}

TEST_CASE("logs store: a list can be ordered by severity, by service and oldest first") {
  Store store;
  std::mt19937_64 random(43);
  std::vector<LogFact> facts = store.fill(random, 6);
  const auto check = [&](const Order& order, auto compare) {
    CAPTURE(order.column);
    CAPTURE(order.is_descending);
    sort_newest_first(facts);
    std::ranges::stable_sort(facts, compare);
    const Table table = store.list({Family::kLogs, {kProject, {}, {}}, order, {10, 40}});
    CHECK(numbers_of(table.rows) == numbers_of(facts, 10, 40));
  };
  check({"severity_number", true},
        [](const LogFact& a, const LogFact& b) { return a.severity > b.severity; });
  check({"severity_number", false},
        [](const LogFact& a, const LogFact& b) { return a.severity < b.severity; });
  check({"service_name", true},
        [](const LogFact& a, const LogFact& b) { return a.service > b.service; });
  check({"service_name", false},
        [](const LogFact& a, const LogFact& b) { return a.service < b.service; });
  check({"timestamp", false}, [](const LogFact& a, const LogFact& b) {
    return std::tie(a.timestamp, a.number) < std::tie(b.timestamp, b.number);
  });
  CHECK_FALSE(store.db->list({Family::kLogs, {kProject, {}, {}}, {"body", true}, {0, 1}}));
}

TEST_CASE("logs store: a page that is complete need not wait for the count") {
  Store store;
  for (std::uint64_t i = 0; i < 20; ++i) {
    BatchBuilder builder(kProject, i + 1);
    for (int n = 0; n < 10; ++n)
      add_log(builder,
              {.timestamp = kT0 + static_cast<std::int64_t>(i) * kHour + n, .body = "tick tock"});
    std::vector<TelemetryBatch> one;
    one.push_back(builder.take());
    store.append(std::move(one));
  }
  ListQuery query{Family::kLogs, {kProject, {}, {}}, {"timestamp", true}, {0, 5}};
  query.filter.predicates = {{"body", Op::kWords, {std::string("tock")}}};
  query.count_within = std::chrono::milliseconds(0);
  const Table table = store.list(query);
  CHECK(table.rows.size() == 5);
  CHECK(table.rows[0].integer("number") == 200);
  CHECK_FALSE(table.is_total_exact);
  CHECK(table.total == 10);
  query.filter.predicates = {};
  CHECK(store.list(query).total == 200);  // headers say it without reading
}

TEST_CASE("logs store: groups and buckets count what a plain loop counts") {
  Store store;
  std::mt19937_64 random(44);
  const std::vector<LogFact> facts = store.fill(random, 8);
  for (const Question& question : questions()) {
    CAPTURE(question.name);
    AggregateQuery query{.family = Family::kLogs,
                         .filter = {kProject, {}, question.predicates},
                         .group_by = {"severity_class", "service_name"},
                         .bucket_minutes = 60};
    query.measures = {{MeasureKind::kCount, {}, 0, {}, "count"}};
    const auto table = store.db->aggregate(query);
    REQUIRE(table);
    std::map<std::tuple<std::int64_t, std::string, std::int64_t>, std::int64_t> expected;
    for (const LogFact& fact : chosen(facts, {}, question.matches))
      ++expected[{(fact.severity + 3) / 4, fact.service, fact.timestamp / kHour * kHour}];
    std::map<std::tuple<std::int64_t, std::string, std::int64_t>, std::int64_t> got;
    for (const Row& row : table->rows)
      got[{row.integer("severity_class"), row.text("service_name"), row.integer("bucket")}] =
          row.integer("count");
    CHECK(got == expected);
  }
}

TEST_CASE("logs store: a record is read back equal, by its number and by its trace") {
  Store store;
  BatchBuilder builder(kProject, 1);
  LogRecord& log = add_log(builder, {.timestamp = kT0,
                                     .severity = 18,
                                     .service = "shop",
                                     .scope = "pay",
                                     .body = "\xF0\x9F\x92\xA5 \"quoted\"\n",
                                     .user = "u1",
                                     .host = "h1",
                                     .trace = 5});
  log.observed_ns = kT0 - 3;
  log.trace_flags = 255;
  log.severity_text = builder.text("ERROR2");
  log.scope_version = builder.text("1.2");
  log.resource_schema_url = builder.text("https://r");
  log.scope_schema_url = builder.text("https://s");
  log.scope_attributes = builder.attributes(LogMap{{"team", "core"}});
  add_log(builder, {.timestamp = INT64_MIN + 1, .trace = 5});
  std::vector<TelemetryBatch> one;
  one.push_back(builder.take());
  store.append(std::move(one));

  const auto of_trace = store.db->lookup(Family::kLogs, {kProject, BatchBuilder::id_of(5), {}});
  REQUIRE(of_trace);
  CHECK(numbers_of(*of_trace) == std::vector<std::int64_t>{2, 1});
  const auto found = store.db->lookup(Family::kLogs, {kProject, numbered_id(kProject, 1), {}});
  REQUIRE(found);
  REQUIRE(found->size() == 1);
  const Row& row = found->front();
  CHECK(row.integer("timestamp") == kT0);
  CHECK(row.integer("observed_timestamp") == kT0 - 3);
  CHECK(row.integer("trace_flags") == 255);
  CHECK(row.integer("severity_number") == 18);
  CHECK(row.text("severity_text") == "ERROR2");
  CHECK(row.text("service_name") == "shop");
  CHECK(row.text("scope_name") == "pay");
  CHECK(row.text("scope_version") == "1.2");
  CHECK(row.text("resource_schema_url") == "https://r");
  CHECK(row.text("scope_schema_url") == "https://s");
  CHECK(row.text("body") == "\xF0\x9F\x92\xA5 \"quoted\"\n");
  CHECK(row.uuid("trace_id") == BatchBuilder::id_of(5));
  CHECK(row.blob("span_id") == BatchBuilder::span_id_of(5).view());
  CHECK(row.text("resource_attributes") == R"({"host":"h1"})");
  CHECK(row.text("scope_attributes") == R"({"team":"core"})");
  CHECK(row.text("log_attributes") == R"({"user":"u1"})");
  CHECK(of_trace->at(0).is_null("observed_timestamp"));
  CHECK(of_trace->at(0).text("log_attributes") == "{}");
  CHECK(store.db->lookup(Family::kLogs, {kProject, numbered_id(kProject, 3), {}})->empty());
  CHECK(store.db->lookup(Family::kLogs, {BatchBuilder::id_of(78), numbered_id(kProject, 1), {}})
            ->empty());
}

TEST_CASE("logs store: numbers go on after a restart and are each project's own") {
  Store store;
  const auto add = [&](const Uuid& project) {
    BatchBuilder builder(project, ++store.digests);
    add_log(builder, {.timestamp = kT0 + static_cast<std::int64_t>(store.digests)});
    std::vector<TelemetryBatch> one;
    one.push_back(builder.take());
    store.append(std::move(one));
  };
  const auto numbers = [&](const Uuid& project) {
    return numbers_of(
        store.list({Family::kLogs, {project, {}, {}}, {"timestamp", false}, {0, 10}}).rows);
  };
  add(kProject);
  add(BatchBuilder::id_of(78));
  store.open();
  add(kProject);
  CHECK(numbers(kProject) == std::vector<std::int64_t>{1, 2});
  CHECK(numbers(BatchBuilder::id_of(78)) == std::vector<std::int64_t>{1});
}

TEST_CASE("logs store: a repeated request stores nothing again") {
  Store store;
  for (int i = 0; i < 2; ++i) {
    BatchBuilder builder(kProject, 9);
    add_log(builder, {.timestamp = kT0});
    std::vector<TelemetryBatch> one;
    one.push_back(builder.take());
    store.append(std::move(one));
  }
  CHECK(store.list({Family::kLogs, {kProject, {}, {}}, {"timestamp", true}, {0, 10}}).total == 1);
}

TEST_CASE("logs store: what does not fit a column is refused with its name") {
  Store store;
  for (const Predicate& wrong :
       {Predicate{"body", Op::kEqual, {std::string("x")}}, Predicate{"body", Op::kWords, {}},
        Predicate{"trace_id", Op::kEqual, {std::string("x")}},
        Predicate{"trace_id", Op::kLess, {to_value(kProject)}},
        Predicate{"log_attributes.a", Op::kLess, {std::string("x")}},
        Predicate{"log_attributes.a", Op::kEqual, {std::int64_t{1}}},
        Predicate{"service_name", Op::kWords, {std::string("x")}},
        Predicate{"duration", Op::kEqual, {std::int64_t{1}}}}) {
    CAPTURE(wrong.column);
    const auto table =
        store.db->list({Family::kLogs, {kProject, {}, {wrong}}, {"timestamp", true}, {}});
    REQUIRE_FALSE(table);
    CHECK(table.error().code == ErrorCode::kInvalid);
    CHECK(table.error().message.find(wrong.column) != std::string::npos);
  }
}

}  // namespace traceway::sqlite
