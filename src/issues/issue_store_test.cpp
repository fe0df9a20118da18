// Issues over a real store: every figure beside a plain loop over the same rows, and what archiving
// does to later occurrences.
#include "api/buckets.h"
#include "api/exception_groups.h"
#include "base/text.h"
#include "issues/issue_rows.h"
#include "storage/sqlite/batch_for_test.h"
#include "storage/sqlite/telemetry_db.h"
#include "storage/sqlite/temporary_directory.h"
#include "support/seed.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

namespace traceway::issues {

namespace {

using sqlite::BatchBuilder;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kHour = 3600 * kSecond;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kNoon = 1'790'000'000 * kSecond;

/// An occurrence as the test knows it.
struct Plain {
  std::string hash;
  std::string text;
  std::int64_t at = 0;
  std::string user = {};
  std::string server = {};
  std::string version = {};
  std::string sku = {};
};

struct Store {
  sqlite::TemporaryDirectory directory;
  SystemClock clock;
  std::unique_ptr<TelemetryDb> db;
  Uuid project = BatchBuilder::id_of(77);
  std::uint64_t next_id = 1;

  explicit Store(int read_deadline_ms = 30'000) {
    sqlite::TelemetryDbOptions options;
    options.path = directory.file("telemetry.db");
    options.read_deadline_ms = read_deadline_ms;
    auto opened = open_telemetry_db(options, clock);
    REQUIRE(opened);
    db = std::move(*opened);
  }

  void commit(Result<Prepared> job) const {
    REQUIRE(job);
    REQUIRE(db->append(std::span(&*job, 1)));
  }

  void add(const std::vector<Plain>& rows) {
    BatchBuilder builder(project, 0);
    for (const Plain& row : rows) {
      Exception& made = builder.exception(next_id++, row.text, row.at);
      made.hash = builder.text(row.hash);
      made.server_name = builder.text(row.server);
      made.app_version = builder.text(row.version);
      std::vector<std::pair<std::string, std::string>> map = {{"sku", row.sku}};
      if (!row.user.empty()) map.emplace_back("user.id", row.user);
      made.attributes = builder.attributes(map);
    }
    commit(db->prepare(builder.take()));
  }

  void change(Command::Kind kind, std::string_view hash, std::int64_t at,
              std::string_view until = "", std::int64_t value = 0) const {
    const Params archived = {{"exception_hash", to_value(hash)}, {"archived_at", at},
                             {"archived_by", to_value("Ana")},   {"until", to_value(until)},
                             {"until_kind", to_value(until)},    {"until_value", value}};
    const Params unarchived = {{"exception_hash", to_value(hash)},
                               {"unarchived_at", at},
                               {"unarchived_by", to_value("Ben")}};
    const bool archives = kind == Command::Kind::kArchiveIssue;
    commit(db->prepare(std::vector{Command{kind, project, archives ? archived : unarchived}}));
  }

  void archive(std::int64_t at, std::string_view until = "", std::int64_t value = 0) const {
    change(Command::Kind::kArchiveIssue, "a", at, until, value);
  }

  /// The state of issue `a` as seen up to a moment.
  [[nodiscard]] std::string state(std::int64_t to = INT64_MAX) const {
    auto groups = api::exception_groups(*db, {project, {kNoon - 10 * kDay, to}});
    REQUIRE(groups);
    for (const api::GroupFigures& one : *groups) {
      if (one.group.exception_hash == "a") return one.group.state;
    }
    return "unseen";
  }

  /// `kind@seconds after noon`, newest first.
  [[nodiscard]] std::string activity() const {
    auto rows = db->run("issues.activity",
                        {{"project_id", to_value(project)}, {"exception_hash", to_value("a")}});
    REQUIRE(rows);
    std::string out;
    for (const Row& row : *rows) {
      out += row.text("kind") + '@' + std::to_string((row.integer("at") - kNoon) / kSecond) + ' ';
    }
    return out;
  }
};

struct Sum {
  std::int64_t count = 0;
  std::int64_t first = INT64_MAX;
  std::int64_t last = INT64_MIN;
  std::set<std::string> users;

  bool operator==(const Sum&) const = default;
};

template <class Fits>
std::map<std::string, Sum> plain_groups(const std::vector<Plain>& rows, TimeRange range,
                                        const Fits& fits) {
  std::map<std::string, Sum> out;
  for (const Plain& row : rows) {
    if (row.at < range.from_ns || row.at > range.to_ns || !fits(row)) continue;
    Sum& sum = out[row.hash];
    ++sum.count;
    sum.first = std::min(sum.first, row.at);
    sum.last = std::max(sum.last, row.at);
    if (!row.user.empty()) sum.users.insert(row.user);
  }
  return out;
}

void check_groups(const std::vector<api::GroupFigures>& found,
                  const std::map<std::string, Sum>& expected) {
  CHECK(found.size() == expected.size());
  for (const api::GroupFigures& one : found) {
    const auto plain = expected.find(one.group.exception_hash);
    REQUIRE(plain != expected.end());
    CHECK(one.group.count == plain->second.count);
    CHECK(one.group.first_seen.ns == plain->second.first);
    CHECK(one.group.last_seen.ns == plain->second.last);
    if (one.has_users) {
      CHECK(one.group.users == static_cast<std::int64_t>(plain->second.users.size()));
    }
  }
}

std::vector<Plain> random_rows(std::mt19937_64& random, int count) {
  const auto pick = [&](int n) {
    return static_cast<int>(random() % static_cast<std::uint64_t>(n));
  };
  std::vector<Plain> rows;
  for (int i = 0; i < count; ++i) {
    const int group = pick(12);
    // Some groups live for days, some for minutes; some times lie exactly on an hour.
    const std::int64_t width = group % 3 == 0 ? kHour / 4 : 3 * kDay;
    std::int64_t at = kNoon + group * kHour * 5 +
                      static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(width));
    if (pick(10) == 0) at = at / kHour * kHour;
    const std::string hash = "h" + std::to_string(group);
    const std::string text = "Error" + std::to_string(group % 4) + ": value " +
                             std::to_string(pick(3)) + "\n    at Load" + std::to_string(pick(2)) +
                             " (/app/src/file" + std::to_string(group) + ".js:1:2)";
    rows.push_back({hash, text, at, pick(4) == 0 ? "" : "u" + std::to_string(pick(9)),
                    "web-" + std::to_string(pick(3)), "v" + std::to_string(pick(2)),
                    std::to_string(pick(5))});
  }
  return rows;
}

}  // namespace

TEST_CASE("issues: groups, users and trends of any range equal a plain count of the rows") {
  Store store;
  std::mt19937_64 random(test::seed());
  const std::vector<Plain> rows = random_rows(random, 3000);
  for (std::size_t at = 0; at < rows.size(); at += 300)
    store.add({rows.begin() + static_cast<std::ptrdiff_t>(at),
               rows.begin() + static_cast<std::ptrdiff_t>(at + 300)});
  const auto some_time = [&] {
    std::int64_t at = kNoon + static_cast<std::int64_t>(random() % (6 * kDay));
    return random() % 4 == 0 ? at / kHour * kHour : at;
  };
  for (int round = 0; round < 60; ++round) {
    TimeRange range{some_time(), some_time()};
    if (round == 0) range = {INT64_MIN, INT64_MAX};
    if (round == 1) range = {rows[5].at, rows[5].at};
    if (round > 2 && range.from_ns > range.to_ns) std::swap(range.from_ns, range.to_ns);
    CAPTURE(range.from_ns);
    CAPTURE(range.to_ns);
    const auto expected = plain_groups(rows, range, [](const Plain&) { return true; });
    auto groups = api::exception_groups(*store.db, {store.project, range});
    REQUIRE(groups);
    check_groups(*groups, expected);
    for (api::GroupFigures& one : *groups) {
      const int minutes = round % 2 == 0 ? 60 : 5;
      const Sum& sum = expected.at(one.group.exception_hash);
      api::GroupFilter filter{store.project, range};
      filter.trend_bucket_minutes = minutes;
      REQUIRE(complete_group(*store.db, filter, kNoon, one));
      CHECK(one.group.users == static_cast<std::int64_t>(sum.users.size()));
      std::map<std::int64_t, std::int64_t> buckets;
      for (const Plain& row : rows) {
        if (row.hash == one.group.exception_hash && row.at >= range.from_ns &&
            row.at <= range.to_ns)
          ++buckets[api::bucket_start(row.at, minutes)];
      }
      std::map<std::int64_t, std::int64_t> found;
      for (const api::TrendPoint& point : one.group.trend) found[point.timestamp.ns] = point.count;
      CHECK(found == buckets);
      const auto newest = std::ranges::find_if(rows, [&](const Plain& r) {
        return r.hash == one.group.exception_hash && r.at == sum.last;
      });
      CHECK(one.group.message.starts_with("value "));
      CHECK(one.group.stack_trace.substr(0, 6) == newest->text.substr(0, 6));
    }
  }
}

TEST_CASE("issues: a search and filters find the rows that a plain loop finds") {
  Store store;
  std::mt19937_64 random(test::seed());
  const std::vector<Plain> rows = random_rows(random, 1500);
  store.add(rows);
  const TimeRange range{kNoon + kHour, kNoon + 3 * kDay};

  struct Case {
    std::string search;
    std::vector<FieldFilter> filters;
    bool (*fits)(const Plain&);
  };

  const std::vector<Case> cases = {
      {"", {}, [](const Plain&) { return true; }},
      {"VALUE 1", {}, [](const Plain& r) { return r.text.find("value 1") != std::string::npos; }},
      {"%", {}, [](const Plain&) { return false; }},
      {"", {{"server", "web-1"}}, [](const Plain& r) { return r.server == "web-1"; }},
      {"", {{"server", "WEB-1"}}, [](const Plain&) { return false; }},
      {"",
       {{"version", "v1"}, {"sku", "3"}},
       [](const Plain& r) { return r.version == "v1" && r.sku == "3"; }},
      {"", {{"sku", "3"}, {"sku", "4"}}, [](const Plain&) { return false; }},
      {"", {{"server", "web-1"}, {"server", "web-2"}}, [](const Plain&) { return false; }},
      {"", {{"user.id", "u4"}}, [](const Plain& r) { return r.user == "u4"; }},
      {"", {{"absent \"key\"", ""}}, [](const Plain&) { return false; }},
      {"",
       {{"message", "Value 2"}},
       [](const Plain& r) { return r.text.find("value 2") != std::string::npos; }},
      {"", {{"message", "load"}}, [](const Plain&) { return false; }},
      {"",
       {{"function", "load0"}},
       [](const Plain& r) { return r.text.find("Load0") != std::string::npos; }},
      {"",
       {{"file", "file1"}, {"function", "Load1"}},
       [](const Plain& r) {
         return r.text.find("file1") != std::string::npos &&
                r.text.find("Load1") != std::string::npos;
       }},
      {"", {{"type", "Error2"}}, [](const Plain& r) { return r.text.starts_with("Error2:"); }},
      {"value 0",
       {{"hash", "h5"}, {"server", "web-0"}},
       [](const Plain& r) {
         return r.hash == "h5" && r.server == "web-0" &&
                r.text.find("value 0") != std::string::npos;
       }},
  };
  for (const Case& one : cases) {
    CAPTURE(one.search);
    CAPTURE(to_json(one.filters));
    auto filter = occurrence_filter(*store.db, store.project, one.filters);
    REQUIRE(filter);
    auto groups = matching_groups(*store.db, {store.project, range}, *filter, one.search);
    REQUIRE(groups);
    check_groups(*groups, plain_groups(rows, range, one.fits));
  }
  std::vector<FieldFilter> many(11, {"a", "b"});
  CHECK(occurrence_filter(*store.db, store.project, many).error().code == ErrorCode::kInvalid);
  CHECK(occurrence_filter(*store.db, store.project, {{"", "b"}}).error().code ==
        ErrorCode::kInvalid);
}

TEST_CASE("issues: a search past its deadline ends with what to do about it") {
  Store store(1);
  std::vector<Plain> rows;
  for (int i = 0; i < 2000; ++i) {
    const std::string number = std::to_string(i);
    rows.push_back({"h" + number, "E: " + std::string(20'000, 'x') + number, kNoon});
  }
  store.add(rows);
  const auto groups = matching_groups(*store.db, {store.project, {}}, {}, "absent");
  REQUIRE_FALSE(groups);
  CHECK(groups.error().code == ErrorCode::kUnavailable);
  CHECK(groups.error().message == "The query took too long. Try a shorter time range.");
}

TEST_CASE("issues: an archived one comes back with the first later occurrence") {
  Store store;
  store.add({{.hash = "a", .text = "E: x", .at = kNoon}});
  CHECK(store.state() == "new");
  store.archive(kNoon + 10 * kSecond);
  CHECK(store.state() == "archived");
  store.add({{.hash = "a", .text = "E: x", .at = kNoon + 5 * kSecond},
             {.hash = "a", .text = "E: x", .at = kNoon + 10 * kSecond}});
  CHECK(store.state() == "archived");
  store.add({{.hash = "a", .text = "E: x", .at = kNoon + 20 * kSecond, .version = "v2"},
             {.hash = "a", .text = "E: x", .at = kNoon + 15 * kSecond}});
  CHECK(store.state() == "regressed");
  CHECK(store.state(kNoon + 12 * kSecond) == "archived");
  CHECK(store.state(kNoon + 16 * kSecond) == "regressed");
  CHECK(store.activity() == "regressed@20 archived@10 ");

  // What has been seen already, even with a clock ahead, is put aside with it.
  store.archive(kNoon + 18 * kSecond);
  CHECK(store.state() == "archived");
  store.change(Command::Kind::kUnarchiveIssue, "a", kNoon + 30 * kSecond);
  CHECK(store.state() == "new");
  store.change(Command::Kind::kUnarchiveIssue, "a", kNoon + 31 * kSecond);  // nothing to take back
  CHECK(store.activity() == "unarchived@30 regressed@20 archived@18 archived@10 ");
}

TEST_CASE("issues: archived until something else than its next occurrence") {
  Store store;
  const auto seen = [&](std::int64_t seconds, const std::string& version = "") {
    store.add({{.hash = "a", .text = "E: x", .at = kNoon + seconds * kSecond, .version = version}});
    return store.state();
  };
  CHECK(seen(0, "v1") == "new");
  SUBCASE("three more events") {
    store.archive(kNoon + kSecond, "events", 3);
    CHECK(seen(0) == "archived");  // not later
    CHECK(seen(2) == "archived");
    CHECK(seen(3) == "archived");
    CHECK(seen(4) == "regressed");
    CHECK(seen(5) == "regressed");
    CHECK(store.state(kNoon + 3 * kSecond) == "archived");
    CHECK(store.activity() == "regressed@4 archived@1 ");
    store.archive(kNoon + 6 * kSecond, "events", 1);
    CHECK(store.state() == "archived");
    CHECK(seen(7) == "regressed");
    CHECK(store.activity() == "regressed@7 archived@6 regressed@4 archived@1 ");
  }
  SUBCASE("two days") {
    store.archive(kNoon + kSecond, "days", 2);
    CHECK(seen(2) == "archived");
    CHECK(seen(2 * 86'400) == "archived");
    CHECK(seen(2 * 86'400 + 1) == "regressed");
    CHECK(store.activity() == "regressed@172801 archived@1 ");
  }
  SUBCASE("the next version") {
    store.add({{.hash = "b", .text = "F: y", .at = kNoon - 9 * kSecond, .version = "v0"}});
    store.archive(kNoon + kSecond, "version");
    CHECK(seen(2, "v1") == "archived");
    CHECK(seen(3, "v0") == "archived");  // known of another issue: not new
    CHECK(seen(4, "") == "archived");
    CHECK(seen(5, "v2") == "regressed");
    CHECK(store.activity() == "regressed@5 archived@1 ");
  }
  SUBCASE("archived again without a condition") {
    store.archive(kNoon + kSecond, "events", 100);
    CHECK(seen(2) == "archived");
    store.archive(kNoon + 3 * kSecond);
    CHECK(seen(4) == "regressed");
  }
}

TEST_CASE("issues: an exception knows its user and its run") {
  Store store;
  BatchBuilder builder(store.project, 0);
  builder.endpoint(1, "GET /orders/:id", kNoon, 5);
  builder.span(2, kNoon, 3).parent = BatchBuilder::span_id_of(1);
  builder.span(3, kNoon, 1).parent = BatchBuilder::span_id_of(2);
  const auto add = [&](std::uint64_t id, std::uint64_t span,
                       const std::vector<std::pair<std::string, std::string>>& map) {
    Exception& made = builder.exception(id, "E: x", kNoon);
    made.span = BatchBuilder::span_id_of(span);
    made.attributes = builder.attributes(map);
  };
  add(1, 1, {{"user", "last"}, {"user.id", "first"}});
  add(2, 3, {{"enduser.id", "Eve"}, {"user_id", ""}});
  add(3, 99, {});
  store.commit(store.db->prepare(builder.take()));
  auto ids = newest_rows(*store.db, {store.project, "00112233aabbccdd", {}, {}}, {1, 10}, true);
  REQUIRE(ids);
  auto found = store.db->run("issues.occurrences",
                             {{"project_id", to_value(store.project)}, {"rows", to_json(*ids)}});
  REQUIRE(found);
  REQUIRE(found->size() == 3);
  CHECK((*found)[0].text("run_name") == "GET /orders/:id");
  CHECK((*found)[1].text("run_name") == "GET /orders/:id");
  CHECK((*found)[2].text("run_name").empty());
  auto users = store.db->run("issues.users", {{"project_id", to_value(store.project)},
                                              {"exception_hash", to_value("00112233aabbccdd")},
                                              {"from_time", kNoon},
                                              {"to_time", kNoon}});
  REQUIRE(users);
  CHECK(users->front().integer("users") == 2);
}

TEST_CASE("issues: tags that tell an issue apart come first") {
  const auto tag = [](std::string key, std::vector<TagValue> values, std::int64_t distinct = 0) {
    Tag out{std::move(key), distinct, std::move(values), 1};
    if (distinct == 0) out.distinct = static_cast<std::int64_t>(out.values.size());
    return out;
  };
  const std::vector<Tag> usual = {tag("method", {{"GET", 90, {}}, {"POST", 10, {}}}),
                                  tag("browser", {{"Chrome", 80, {}}, {"Safari", 20, {}}})};
  const std::vector<Tag> tags = {tag("method", {{"GET", 9, {}}, {"POST", 1, {}}}),
                                 tag("request", {{"r1", 1, {}}, {"r2", 1, {}}}, 10),
                                 tag("browser", {{"Safari", 10, {}}}),
                                 tag("region", {{"eu", 6, {}}, {"us", 4, {}}})};
  std::string order;
  for (const Tag& one : most_telling(tags, usual, 20)) order += one.key + ' ';
  CHECK(order == "region browser method request ");
  CHECK(most_telling(tags, usual, 2).size() == 2);
  CHECK(most_telling({}, usual, 2).empty());
}

}  // namespace traceway::issues
