// Issues: what the dashboard reads of exceptions, and what archiving does to them.
#include "base/json.h"
#include "support/otlp_builder.h"
#include "support/scenario.h"
#include "support/seed.h"
#include "support/stage.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

namespace traceway::test {

namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;
constexpr std::uint64_t kHourNs = 3600 * kSecondNs;
constexpr const char* kRoute = "/api/exception-stack-traces";

OtlpEvent exception_event(std::uint64_t at_ns, const std::string& type,
                          const std::string& message) {
  return {at_ns,
          "exception",
          {{"exception.type", type},
           {"exception.message", message},
           {"exception.stacktrace", type + ": " + message + "\n    at charge (/app/src/" + type +
                                        ".js:10:5)\n    at /app/src/server.js:44:9"}}};
}

/// A server with an owner, and exceptions reported through the OTLP route.
struct Issues : Stage {
  std::mt19937_64 random = random_generator(7);
  std::string version;  ///< of the application that reports

  /// A request that ended now and raised one exception, `age_ns` ago.
  OtlpSpan report(const std::string& type, const std::string& message, std::uint64_t age_ns = 0,
                  const OtlpAttributes& more = {}) {
    OtlpSpan span = request_span(random);
    span.attributes.insert(span.attributes.end(), more.begin(), more.end());
    span.start_ns -= age_ns;
    span.end_ns -= age_ns;
    span.status_code = 2;
    span.events.push_back(exception_event(span.end_ns, type, message));
    Stage::report({span}, version);
    return span;
  }

  [[nodiscard]] std::string at(const std::string& path = "") const {
    return account.scoped(kRoute + path);
  }

  json::Value ask(const std::string& path, const std::string& body, int status = 200) {
    const RawAnswer answer = run_scenario(client, {path, "POST", at(path), body, status});
    auto parsed = json::Value::parse(answer.body);
    REQUIRE(parsed);
    return std::move(*parsed);
  }

  /// type -> count, in the order of the list.
  std::vector<std::pair<std::string, std::int64_t>> list(const std::string& more = "") {
    const json::Value answer =
        ask("", R"({"fromDate":"2020-01-01T00:00:00Z","pagination":{"page":1,"pageSize":20})" +
                    more + "}");
    std::vector<std::pair<std::string, std::int64_t>> out;
    for (const json::Value& group : answer.at("data").items()) {
      out.emplace_back(*group.at("type").as_string(), *group.at("count").as_int());
    }
    return out;
  }

  std::string hash_of(const std::string& type) {
    const json::Value answer =
        ask("", R"({"fromDate":"2020-01-01T00:00:00Z","includeArchived":true,"search":")" + type +
                    R"(","pagination":{"page":1,"pageSize":1}})");
    REQUIRE(answer.at("data").items().size() == 1);
    return *answer.at("data").items()[0].at("exceptionHash").as_string();
  }
};

std::string ago(std::uint64_t age_ns) {
  return to_rfc3339(static_cast<std::int64_t>(unix_now_ns() - age_ns));
}

std::string repeated(const std::string& item, int count) {
  std::string out = item;
  for (int i = 1; i < count; ++i) out += ',' + item;
  return out;
}

using Listed = std::vector<std::pair<std::string, std::int64_t>>;

}  // namespace

TEST_CASE("issues: equal errors are one row, counted, sorted and searched") {
  Issues stage;
  for (int i = 0; i < 3; ++i) stage.report("TypeError", "reading 'id' of undefined");
  stage.report("RangeError", "out of range");
  stage.report("RangeError", "out of range", 30 * kHourNs);
  stage.report("SyntaxError", "Unexpected token <", 3 * kHourNs);

  CHECK(stage.list() == Listed{{"TypeError", 3}, {"RangeError", 2}, {"SyntaxError", 1}});
  CHECK(stage.list(R"(,"orderBy":"count_asc")") ==
        Listed{{"SyntaxError", 1}, {"RangeError", 2}, {"TypeError", 3}});
  CHECK(stage.list(R"(,"orderBy":"first_seen_asc")") ==
        Listed{{"RangeError", 2}, {"SyntaxError", 1}, {"TypeError", 3}});
  CHECK(stage.list(R"(,"orderBy":"ever_first_seen_asc")") ==
        Listed{{"RangeError", 2}, {"SyntaxError", 1}, {"TypeError", 3}});
  CHECK(stage.list(R"(,"search":"TOKEN <")") == Listed{{"SyntaxError", 1}});
  CHECK(stage.list(R"(,"search":"100%_no such text")") == Listed{});
  CHECK(stage.list(R"(,"searchType":"issues")").size() == 3);
  CHECK(stage.list(R"(,"searchType":"messages")") == Listed{});
  CHECK(stage.list(R"(,"toDate":"2020-01-02T00:00:00Z")") == Listed{});

  const json::Value group =
      std::move(stage.ask("", R"({"search":"TypeError","pagination":{"page":1,"pageSize":20}})")
                    .at("data")
                    .items()
                    .front());
  CHECK(*group.at("message").as_string() == "reading 'id' of undefined");
  CHECK(group.at("stackTrace").as_string()->starts_with("TypeError: reading"));
  CHECK(*group.at("state").as_string() == "new");
  std::int64_t trend = 0;
  for (const json::Value& point : group.at("hourlyTrend").items())
    trend += *point.at("count").as_int();
  CHECK(trend == 3);
}

TEST_CASE("issues: first seen is that of the range, ever first seen is not") {
  Issues stage;
  stage.report("RangeError", "out of range", 30 * kHourNs);
  stage.report("RangeError", "out of range");
  const std::string body =
      R"({"fromDate":")" + ago(2 * kHourNs) + R"(","pagination":{"page":1,"pageSize":20}})";
  const json::Value group = std::move(stage.ask("", body).at("data").items().front());
  CHECK(*group.at("count").as_int() == 1);
  CHECK(*group.at("firstSeen").as_string() > ago(kHourNs));
  CHECK(*group.at("everFirstSeen").as_string() < ago(29 * kHourNs));
}

TEST_CASE("issues: counts by whole hours and edges equal a count of the rows") {
  Issues stage;
  std::vector<std::uint64_t> times;
  for (int i = 0; i < 60; ++i) {
    const std::uint64_t age = stage.random() % (20 * kHourNs);
    times.push_back(stage.report("Error", "one", age).end_ns);
  }
  for (int round = 0; round < 20; ++round) {
    const std::uint64_t now = unix_now_ns();
    std::uint64_t from = now - stage.random() % (21 * kHourNs);
    std::uint64_t to = now - stage.random() % (21 * kHourNs);
    if (from > to) std::swap(from, to);
    const auto expected =
        std::ranges::count_if(times, [&](std::uint64_t at) { return at >= from && at <= to; });
    const auto text = [](std::uint64_t ns) { return to_rfc3339(static_cast<std::int64_t>(ns)); };
    const json::Value answer =
        stage.ask("", R"({"fromDate":")" + text(from) + R"(","toDate":")" + text(to) +
                          R"(","pagination":{"page":1,"pageSize":20}})");
    const auto groups = answer.at("data").items();
    CHECK(groups.size() == (expected > 0 ? 1 : 0));
    if (!groups.empty()) CHECK(*groups[0].at("count").as_int() == expected);
  }
}

TEST_CASE("issues: an occurrence leads to the request it happened in") {
  Issues stage;
  stage.report("TypeError", "one", kHourNs);
  const OtlpSpan span = stage.report("TypeError", "one");
  const std::string hash = stage.hash_of("TypeError");
  const json::Value issue = stage.ask("/" + hash, R"({"pagination":{"page":1,"pageSize":1}})");
  CHECK(*issue.at("group").at("count").as_int() == 2);
  CHECK(*issue.at("pagination").at("total").as_int() == 2);
  REQUIRE(issue.at("occurrences").items().size() == 1);
  const json::Value newest = std::move(issue.at("occurrences").items().front());
  CHECK(*newest.at("recordedAt").as_string() == to_rfc3339(static_cast<std::int64_t>(span.end_ns)));
  CHECK(*newest.at("traceType").as_string() == "endpoint");
  CHECK(*newest.at("spanName").as_string() == "GET /api/orders/:id");
  const std::string id = *newest.at("id").as_string();
  run_scenarios(
      stage.client,
      {
          {"the run exists", "POST",
           stage.account.scoped("/api/endpoints/" + *newest.at("traceId").as_string()), "{}", 200,
           is_like(R"({"endpoint":{"endpoint":"GET /api/orders/:id"}})")},
          {"by id", "POST", stage.at("/by-id/" + id), "{}", 200,
           is_like(R"({"exception":{"id":")" + id + R"(","exceptionHash":")" + hash +
                   R"(","isMessage":false,"serverName":"shop"}})")},
          {"no uuid", "POST", stage.at("/by-id/7"), "{}", 400, is_error("invalid exception id")},
          {"unknown id", "POST", stage.at("/by-id/00000000-0000-4000-8000-000000000001"), "{}", 404,
           is_error("Exception not found")},
          {"unknown hash", "POST", stage.at("/0000000000000000"), "{}", 404,
           is_error("Exception not found")},
          {"absent paging is the first page", "POST", stage.at("/" + hash), "", 200,
           is_like(R"({"pagination":{"page":1,"pageSize":20,"total":2,"totalPages":1}})")},
          {"a list without paging", "POST", stage.at(), "{}", 400,
           is_error("Invalid request body")},
      });
}

TEST_CASE("issues: an archived one is hidden until it happens again") {
  Issues stage;
  stage.report("TypeError", "one");
  stage.report("RangeError", "two");
  const std::string hash = stage.hash_of("TypeError");
  const std::string hashes = R"({"hashes":[")" + hash + R"(","ffffffffffffffff"]})";
  run_scenarios(stage.client, {
                                  {"archive", "POST", stage.at("/archive"), hashes, 200,
                                   is_text(R"({"archived":2})")},
                                  {"nothing to archive", "POST", stage.at("/archive"),
                                   R"({"hashes":[]})", 400, is_error("hashes array is required")},
                                  {"no list", "POST", stage.at("/unarchive"), "{}", 400,
                                   is_error("hashes array is required")},
                              });
  CHECK(stage.list() == Listed{{"RangeError", 1}});
  CHECK(stage.list(R"(,"includeArchived":true)").size() == 2);
  CHECK(stage.list(R"(,"state":"archived")") == Listed{{"TypeError", 1}});
  stage.report("TypeError", "one", kHourNs);  // older than the archiving: stays hidden
  CHECK(stage.list() == Listed{{"RangeError", 1}});

  stage.report("TypeError", "one");
  CHECK(stage.list() == Listed{{"TypeError", 3}, {"RangeError", 1}});
  CHECK(stage.list(R"(,"state":"regressed")") == Listed{{"TypeError", 3}});

  stage.ask("/archive", hashes);
  CHECK(stage.list() == Listed{{"RangeError", 1}});
  const json::Value undone = stage.ask("/unarchive", hashes);
  CHECK(*undone.at("unarchived").as_int() == 2);
  CHECK(stage.list() == Listed{{"TypeError", 3}, {"RangeError", 1}});

  std::string many = R"({"hashes":[)";
  for (int i = 0; i < 1001; ++i) many += (i == 0 ? "\"a\"" : ",\"a\"");
  run_scenario(stage.client, {"too many", "POST", stage.at("/archive"), many + "]}", 422,
                              is_error("At most 1000 issues can be changed at once")});
}

TEST_CASE("issues: what is archived stays so after kill and restart") {
  Issues stage;
  stage.report("TypeError", "one");
  const std::string hashes = R"({"hashes":[")" + stage.hash_of("TypeError") + R"("]})";
  stage.ask("/archive", hashes);
  stage.server.kill9();
  REQUIRE(stage.server.start());
  stage.client = stage.server.client();
  stage.client.set_bearer(stage.account.jwt);
  CHECK(stage.list() == Listed{});
  CHECK(stage.list(R"(,"includeArchived":true)") == Listed{{"TypeError", 1}});
}

TEST_CASE("issues: a row says what, where, to whom and since when") {
  Issues stage;
  stage.report("TypeError", "reading 'id' of undefined", 2 * kHourNs, {{"user.id", "u1"}});
  stage.report("TypeError", "reading 'id' of undefined", 0, {{"user.id", "u2"}});
  stage.report("TypeError", "reading 'id' of undefined", 0, {{"user.id", "u2"}});
  stage.report("RangeError", "x", 0, {{"sku", "17"}});
  const std::string day = R"({"fromDate":")" + ago(23 * kHourNs) + R"(",)";
  const std::string page = R"("pagination":{"page":1,"pageSize":20}})";
  run_scenarios(
      stage.client,
      {
          {"extras", "POST", stage.at(), day + page, 200,
           is_like(R"({"data":[{"type":"TypeError","message":"reading 'id' of undefined",
             "culprit":{"function":"charge","file":"/app/src/TypeError.js","line":10,"inApp":true},
             "route":"GET /api/orders/:id","users":2,"state":"new","isMessage":false,
             "trend":"<array>"},{"type":"RangeError","users":0}],
             "counts":{"open":2,"new":2,"regressed":0,"archived":0},"trendBucketMinutes":15,
             "pagination":{"page":1,"pageSize":20,"total":2,"totalPages":1}})")},
          {"by users, fewest first", "POST", stage.at(), day + R"("orderBy":"users_asc",)" + page,
           200, is_like(R"({"data":[{"type":"RangeError"},{"type":"TypeError"}]})")},
          {"by users", "POST", stage.at(), day + R"("orderBy":"users",)" + page, 200,
           is_like(R"({"data":[{"type":"TypeError","users":2},{"type":"RangeError"}]})")},
          {"seen before the range is not new", "POST", stage.at(),
           R"({"state":"new","fromDate":")" + ago(kHourNs) + R"(",)" + page, 200,
           is_like(R"({"data":[{"type":"RangeError"}],"counts":{"open":2,"new":1}})")},
          {"filter by file", "POST", stage.at(),
           R"({"filters":[{"key":"file","value":"typeerror.JS"}],)" + page, 200,
           is_like(R"({"data":[{"type":"TypeError","count":3}]})")},
          {"filter by route and attribute", "POST", stage.at(),
           R"({"filters":[{"key":"route","value":"GET /api/orders/:id"},{"key":"sku","value":"17"}],)" +
               page,
           200, is_like(R"({"data":[{"type":"RangeError"}]})")},
          {"filter that nothing fits", "POST", stage.at(),
           R"({"filters":[{"key":"server","value":"other"}],)" + page, 200,
           is_like(R"({"data":[],"counts":{"open":0},"pagination":{"total":0}})")},
          {"a filter without a key", "POST", stage.at(), R"({"filters":[{"value":"x"}],)" + page,
           422, is_error("A filter needs a key")},
          {"too many filters", "POST", stage.at(),
           R"({"filters":[)" + repeated("{\"key\":\"a\"}", 11) + "]," + page, 422,
           is_error("At most 10 filters can be combined")},
          {"filters of a wrong type", "POST", stage.at(), R"({"filters":7,)" + page, 400,
           is_error("Invalid request body")},
      });
}

TEST_CASE("issues: one issue has facts, events and neighbours") {
  Issues stage;
  stage.version = "1.0";
  stage.report("TypeError", "one", 3 * kHourNs, {{"browser", "Chrome"}, {"user.id", "u1"}});
  stage.report("TypeError", "one", 2 * kHourNs, {{"browser", "Chrome"}, {"user.id", "u2"}});
  stage.version = "1.1";
  stage.report("TypeError", "one", kHourNs, {{"browser", "Safari"}, {"user.id", "u2"}});
  const std::string hash = stage.hash_of("TypeError");
  const std::string range = R"({"fromDate":")" + ago(10 * kHourNs) + R"(")";
  const std::string paged = range + R"(,"pagination":{"page":1,"pageSize":2})";
  run_scenarios(
      stage.client,
      {
          {"facts", "POST", stage.at("/" + hash + "/facts"), range + "}", 200,
           is_like(R"({"events":3,"users":2,"firstSeen":"<time>","lastSeen":"<time>",
             "firstVersion":"1.0","lastVersion":"1.1","state":"new","trendBucketMinutes":5,
             "trend":[{"timestamp":"<time>","count":1},"<any>","<any>"],"tags":"<array>",
             "activity":[{"at":"<time>","kind":"first_seen","version":"1.0"}]})")},
          {"facts of a stretch", "POST", stage.at("/" + hash + "/facts"),
           R"({"fromDate":")" + ago(150 * 60 * kSecondNs) + R"("})", 200,
           is_like(R"({"events":2,"users":1,"state":"open","firstVersion":"1.0"})")},
          {"facts without a body are of all time", "POST", stage.at("/" + hash + "/facts"), "", 200,
           is_like(R"({"events":3,"state":"open"})")},
          {"facts of no issue", "POST", stage.at("/0000000000000000/facts"), "{}", 404,
           is_error("Exception not found")},
          {"facts of a broken range", "POST", stage.at("/" + hash + "/facts"),
           R"({"fromDate":"yesterday"})", 400, is_error("Invalid request body")},
          {"events", "POST", stage.at("/" + hash + "/events"), paged + "}", 200,
           is_like(R"({"data":[{"id":"<uuid>","type":"TypeError","message":"one","appVersion":"1.1",
             "spanName":"GET /api/orders/:id","traceId":"<uuid>","stackTrace":null,"frames":null},
             {"appVersion":"1.0"}],"pagination":{"page":1,"pageSize":2,"total":3,"totalPages":2},
             "density":["<any>","<any>","<any>"],"densityBucketMinutes":5})")},
          {"events, oldest first, of one version", "POST", stage.at("/" + hash + "/events"),
           paged + R"(,"sortDirection":"asc","filters":[{"key":"version","value":"1.0"}]})", 200,
           is_like(R"({"data":[{"attributes":{"user.id":"u1"}},{"attributes":{"user.id":"u2"}}],
             "pagination":{"total":2},"differences":[{"key":"user.id","distinct":2}]})")},
          {"events of another hash", "POST", stage.at("/" + hash + "/events"),
           paged + R"(,"filters":[{"key":"hash","value":"ffffffffffffffff"}]})", 200,
           is_like(R"({"data":[],"pagination":{"total":0},"differences":[],"density":[]})")},
          {"events without paging", "POST", stage.at("/" + hash + "/events"), "{}", 400,
           is_error("Invalid request body")},
          {"events of no issue", "POST", stage.at("/0000000000000000/events"), paged + "}", 404,
           is_error("Exception not found")},
      });
  const json::Value issue = stage.ask("/" + hash, R"({"pagination":{"page":1,"pageSize":3}})");
  const auto occurrences = issue.at("occurrences").items();
  REQUIRE(occurrences.size() == 3);
  CHECK(*occurrences[0].at("frames").items().at(0).at("function").as_string() == "charge");
  CHECK(occurrences[0].at("causes").items().empty());
  const auto id = [&](std::size_t at) { return *occurrences[at].at("id").as_string(); };
  run_scenarios(stage.client,
                {
                    {"in the middle", "POST", stage.at("/by-id/" + id(1)), "{}", 200,
                     is_like(R"({"exception":{"id":")" + id(1) + R"("},"older":")" + id(2) +
                             R"(","newer":")" + id(0) + R"(","latest":")" + id(0) +
                             R"(","oldest":")" + id(2) + R"(","position":2,"total":3})")},
                    {"the newest", "POST", stage.at("/by-id/" + id(0)), "{}", 200,
                     is_like(R"({"newer":null,"older":")" + id(1) + R"(","position":1})")},
                    {"the oldest", "POST", stage.at("/by-id/" + id(2)), "{}", 200,
                     is_like(R"({"older":null,"position":3})")},
                });
}

TEST_CASE("issues: archived until a condition, with who did it and what brought it back") {
  Issues stage;
  stage.report("TypeError", "one");
  const std::string hash = stage.hash_of("TypeError");
  const auto archive = [&](const std::string& until) {
    return R"({"hashes":[")" + hash + R"("],"until":)" + until + "}";
  };
  run_scenarios(
      stage.client,
      {
          {"two conditions", "POST", stage.at("/archive"), archive(R"({"events":1,"days":1})"), 422,
           is_error("until takes one of events, days and nextVersion")},
          {"no condition", "POST", stage.at("/archive"), archive("{}"), 422,
           is_error("until takes one of events, days and nextVersion")},
          {"no events", "POST", stage.at("/archive"), archive(R"({"events":0})"), 422,
           is_error("until.events must be between 1 and 1000000")},
          {"too many days", "POST", stage.at("/archive"), archive(R"({"days":3651})"), 422,
           is_error("until.days must be between 1 and 3650")},
          {"a wrong type", "POST", stage.at("/archive"), archive("7"), 400,
           is_error("hashes array is required")},
          {"two more events", "POST", stage.at("/archive"), archive(R"({"events":2})"), 200,
           is_text(R"({"archived":1})")},
      });
  stage.report("TypeError", "one");
  CHECK(stage.list() == Listed{});
  stage.version = "9";
  stage.report("TypeError", "one");
  CHECK(stage.list(R"(,"state":"regressed")") == Listed{{"TypeError", 3}});
  run_scenario(stage.client, {"activity", "POST", stage.at("/" + hash + "/facts"), "{}", 200,
                              is_like(R"({"state":"regressed","archivedAt":"<time>","activity":[
                  {"kind":"regressed","version":"9"},
                  {"kind":"archived","by":"Ana Petrović","until":"2 more events"},{"kind":"first_seen"}]})")});
  stage.ask("/archive", archive(R"({"nextVersion":true})"));
  stage.report("TypeError", "one");
  CHECK(stage.list() == Listed{});
  stage.ask("/archive", archive(R"({"days":1})"));
  stage.report("TypeError", "one");
  CHECK(stage.list() == Listed{});
  stage.ask("/unarchive", R"({"hashes":[")" + hash + R"("]})");
  CHECK(stage.list() == Listed{{"TypeError", 5}});
}

TEST_CASE("issues: members read, only some may archive, others see nothing") {
  Issues stage;
  stage.report("TypeError", "one");
  const std::string hash = stage.hash_of("TypeError");
  const std::string hashes = R"({"hashes":[")" + hash + R"("]})";
  const std::string page = R"({"pagination":{"page":1,"pageSize":1}})";
  const std::vector<std::pair<std::string, std::string>> reads = {{"", page},
                                                                  {"/" + hash, page},
                                                                  {"/" + hash + "/facts", "{}"},
                                                                  {"/" + hash + "/events", page}};
  HttpClient anyone = stage.server.client();
  for (const std::string role : {"owner", "admin", "user", "readonly", ""}) {
    CAPTURE(role);
    stage.set_role(role);
    for (const auto& [path, body] : reads) {
      run_scenario(stage.client,
                   {"read " + path, "POST", stage.at(path), body, role.empty() ? 403 : 200,
                    role.empty() ? is_error("Access denied") : BodyCheck{}});
      run_scenario(anyone, {"nobody " + path, "POST", stage.at(path), body, 401, is_empty()});
    }
    for (const std::string path : {"/unarchive", "/archive"}) {
      const bool may_write = role == "owner" || role == "admin" || role == "user";
      BodyCheck check;
      if (role.empty()) check = is_error("Access denied");
      if (role == "readonly") {
        check = is_error("Read-only access. Write operations are not permitted.");
      }
      run_scenario(stage.client,
                   {"write " + path, "POST", stage.at(path), hashes, may_write ? 200 : 403, check});
      run_scenario(anyone, {"nobody " + path, "POST", stage.at(path), hashes, 401, is_empty()});
    }
  }
  stage.set_role("owner");
  run_scenario(stage.client, {"no project", "POST", kRoute, page, 400, is_empty()});
}

}  // namespace traceway::test
