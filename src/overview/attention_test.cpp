#include "overview/attention.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace traceway::overview {

namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kMinute = 60'000 * kMs;

api::EndpointStats endpoint(std::string name, std::int64_t count, std::int64_t errors,
                            std::int64_t p95_ms, std::int64_t p99_ms) {
  api::EndpointStats out;
  out.endpoint = std::move(name);
  out.count = count;
  out.server_errors = errors;
  out.p95_duration = p95_ms * kMs;
  out.p99_duration = p99_ms * kMs;
  return out;
}

api::TaskStats task(std::string name, std::int64_t count, std::int64_t failures) {
  api::TaskStats out;
  out.task_name = std::move(name);
  out.count = count;
  out.failures = failures;
  return out;
}

std::string plain(std::string text) {
  const std::string thin = "\u2009";
  for (std::size_t at = text.find(thin); at != std::string::npos; at = text.find(thin))
    text.replace(at, thin.size(), " ");
  return text;
}

}  // namespace

TEST_CASE("attention: an endpoint is mentioned when it left its own band, and only then") {
  struct Case {
    const char* what;
    api::EndpointStats before;
    api::EndpointStats now;
    const char* title;  // empty: nothing to say
  };

  const auto at = [](std::int64_t count, std::int64_t errors, std::int64_t p95, std::int64_t p99) {
    return endpoint("GET /a", count, errors, p95, p99);
  };
  const Case cases[] = {
      {"as before", at(1000, 3, 310, 600), at(1000, 4, 320, 610), ""},
      {"eight times slower", at(1000, 0, 310, 600), at(1204, 0, 2450, 2600),
       "GET /a p95 2.45 s, was 310 ms"},
      {"slower, but within what one in a hundred needed", at(1000, 0, 310, 600),
       at(1000, 0, 590, 900), ""},
      {"three times slower than a p95 with a long tail", at(1000, 0, 310, 5000),
       at(1000, 0, 1000, 6000), "GET /a p95 1 s, was 310 ms"},
      {"doubled, by less than anybody notices", at(1000, 0, 20, 30), at(1000, 0, 60, 70), ""},
      {"too few calls now", at(1000, 0, 310, 600), at(19, 0, 9000, 9000), ""},
      {"too few calls before", at(19, 0, 310, 600), at(1000, 900, 9000, 9000), ""},
      {"errors appear", at(1000, 0, 310, 600), at(1000, 123, 310, 600),
       "GET /a error rate 12.3 %, was 0.0 %"},
      {"errors and slowness are one sentence", at(1000, 0, 310, 600), at(1000, 123, 9310, 9600),
       "GET /a error rate 12.3 %, was 0.0 %"},
      {"as many errors as always", at(1000, 120, 310, 600), at(1000, 130, 310, 600), ""},
      {"not yet the double", at(100'000, 12'000, 310, 600), at(100'000, 20'000, 310, 600), ""},
      {"four errors are an accident", at(20, 0, 310, 600), at(4, 4, 310, 600), ""},
      {"less than one in a hundred", at(100'000, 0, 310, 600), at(100'000, 900, 310, 600), ""},
      {"more than one in a hundred", at(100'000, 0, 310, 600), at(100'000, 1100, 310, 600),
       "GET /a error rate 1.1 %, was 0.0 %"},
      {"what chance does to twenty calls", at(20, 1, 310, 600), at(20, 5, 310, 600), ""},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    const auto said = endpoint_attention(std::span(&one.now, 1), std::span(&one.before, 1));
    REQUIRE(said.size() == (*one.title == '\0' ? 0 : 1));
    if (said.empty()) continue;
    CHECK(plain(said[0].title) == one.title);
    CHECK(said[0].entity.type == "endpoint");
    CHECK(said[0].entity.id == "GET /a");
  }
  const std::vector<api::EndpointStats> unknown = {endpoint("GET /new", 1000, 900, 9000, 9000)};
  CHECK(endpoint_attention(unknown, {}).empty());
}

TEST_CASE("attention: error rates are grave from one in twenty") {
  const auto before = endpoint("GET /a", 1000, 0, 10, 10);
  const auto some = endpoint("GET /a", 1000, 49, 10, 10);
  const auto many = endpoint("GET /a", 1000, 50, 10, 10);
  CHECK(endpoint_attention(std::span(&some, 1), std::span(&before, 1)).at(0).severity == "warn");
  CHECK(endpoint_attention(std::span(&many, 1), std::span(&before, 1)).at(0).severity == "danger");
  CHECK(endpoint_attention(std::span(&many, 1), std::span(&before, 1)).at(0).detail ==
        "50 of 1,000 calls failed");
}

TEST_CASE("attention: tasks are mentioned when they fail more often than before") {
  const std::vector<api::TaskStats> before = {task("mail", 18, 0), task("sync", 10, 5),
                                              task("cron", 1, 0)};
  const std::vector<api::TaskStats> now = {task("mail", 20, 3), task("sync", 20, 10),
                                           task("cron", 1, 1), task("fresh", 4, 1),
                                           task("fine", 100, 0)};
  const auto said = task_attention(now, before);
  REQUIRE(said.size() == 3);
  CHECK(said[0].title == "mail failed 3 of 20 runs");
  CHECK(said[0].detail == "before 0 of 18");
  CHECK(said[0].severity == "warn");
  CHECK(said[1].title == "cron failed 1 of 1 run");
  CHECK(said[1].severity == "danger");
  CHECK(said[2].title == "fresh failed 1 of 4 runs");
  CHECK(said[2].detail == "no runs in the range before");
}

TEST_CASE("attention: new and regressed issues are mentioned, others are known") {
  const auto issue = [](std::string hash, api::IssueState state) {
    api::GroupFigures out;
    out.group.exception_hash = std::move(hash);
    out.group.type = "TypeError";
    out.group.message = "x is undefined";
    out.group.count = 85;
    out.group.first_seen.ns = 1000;
    out.state = state;
    return out;
  };
  std::vector<api::GroupFigures> issues = {
      issue("a", api::IssueState::kNew), issue("b", api::IssueState::kOpen),
      issue("c", api::IssueState::kRegressed), issue("d", api::IssueState::kArchived),
      issue("e", api::IssueState::kNew)};
  issues[2].group.archived_at = Timestamp{3000};
  issues[4].group.type.clear();
  const auto said = issue_attention(issues);
  REQUIRE(said.size() == 3);
  CHECK(name_of(said[0].kind) == "new_issue");
  CHECK(said[0].title == "TypeError: x is undefined");
  CHECK(said[0].detail == "85 events");
  CHECK(said[0].since.ns == 1000);
  CHECK(said[0].severity == "danger");
  CHECK(said[0].entity.id == "a");
  CHECK(name_of(said[1].kind) == "regressed_issue");
  CHECK(said[1].since.ns == 3000);
  CHECK(said[2].title == "x is undefined");
}

TEST_CASE("attention: a project is silent after three of its longest pauses") {
  std::vector<std::int64_t> active;
  for (std::int64_t i = 0; i < 20; ++i) active.push_back(i * 5 * kMinute);
  const std::int64_t last = active.back() + kMinute;
  const auto asked = [&](std::int64_t minutes_later) {
    return silence(active, 5 * kMinute, last, last + minutes_later * kMinute);
  };
  CHECK_FALSE(asked(0));
  CHECK_FALSE(asked(15));
  CHECK_FALSE(asked(-5));
  const auto said = asked(16);
  REQUIRE(said);
  CHECK(plain(said->title) == "No data for 16 m");
  CHECK(plain(said->detail) == "pauses last at most 5 m otherwise");
  CHECK(said->since.ns == last);
  active.erase(active.begin() + 5, active.begin() + 8);  // a pause of twenty minutes
  CHECK_FALSE(asked(60));
  CHECK(asked(61));
  active.resize(11);
  CHECK_FALSE(asked(6000));
}

TEST_CASE("attention: five sentences at most, grave ones first, then what concerns more") {
  const auto one = [](AttentionKind kind, std::string severity, std::int64_t weight) {
    Attention out{kind, std::move(severity)};
    out.weight = weight;
    return out;
  };
  const auto kept = most_severe(
      {one(AttentionKind::kSlowerEndpoint, "warn", 9000),
       one(AttentionKind::kTaskFailures, "danger", 1), one(AttentionKind::kNewIssue, "danger", 5),
       one(AttentionKind::kNewIssue, "danger", 50), one(AttentionKind::kErrorRate, "warn", 7),
       one(AttentionKind::kSilent, "danger", 0)});
  REQUIRE(kept.size() == 5);
  CHECK(kept[0].kind == AttentionKind::kSilent);
  CHECK(kept[1].weight == 50);
  CHECK(kept[2].weight == 5);
  CHECK(kept[3].kind == AttentionKind::kTaskFailures);
  CHECK(name_of(kept[4].kind) == "error_rate");
}

}  // namespace traceway::overview
