// What was acknowledged survives: kill -9 at random moments of a life under mixed load, then every
// request is asked for. TRACEWAY_CRASH_ROUNDS (default 20); TRACEWAY_TEST_SEED repeats a run.
#include "crash/audit.h"
#include "crash/load.h"
#include "support/seed.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace traceway::crash {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// A data directory lives so long; older ones make starts and questions slower, not the drill
/// harder.
constexpr std::uint64_t kRoundsPerDirectory = 50;

std::uint64_t rounds_wanted() {
  const char* text = std::getenv("TRACEWAY_CRASH_ROUNDS");
  return text == nullptr ? 20 : std::strtoull(text, nullptr, 10);
}

void sleep_up_to(std::chrono::microseconds most, std::mt19937_64& random) {
  std::this_thread::sleep_for(std::chrono::microseconds(
      static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most.count()))));
}

/// A running server with an account.
struct Drill {
  Drill() {
    REQUIRE_MESSAGE(server.start(), server.log());
    auto client = server.client();
    const auto registered = test::register_owner(client);
    REQUIRE(registered);
    owner = *registered;
  }

  [[nodiscard]] Scene scene(std::mt19937_64& random) {
    auto client = server.client();
    auto made = new_scene(client, owner, random);
    REQUIRE_MESSAGE(made, "no project: ", server.log());
    return std::move(*made);
  }

  test::TestServer server;
  test::Account owner;
};

/// At a random moment: amid the load mostly, sometimes amid a shutdown.
void kill_amid(Drill& drill, std::mt19937_64& random) {
  sleep_up_to(std::chrono::milliseconds(120), random);
  if (random() % 8 == 0) {
    drill.server.ask_to_stop();
    sleep_up_to(std::chrono::milliseconds(20), random);
  }
  drill.server.kill9();
}

/// Sometimes the next process is killed as well, while it recovers.
void start_again(Drill& drill, std::mt19937_64& random) {
  for (int i = 0; i < 3 && random() % 3 == 0; ++i) {
    REQUIRE(drill.server.spawn());
    sleep_up_to(std::chrono::milliseconds(60), random);
    drill.server.kill9();
  }
  REQUIRE_MESSAGE(drill.server.start(), drill.server.log());
}

void check_clean(const Findings& found, const std::string& when) {
  std::string examples;
  for (const std::string& one : found.examples) examples += "\n  " + one;
  CHECK_MESSAGE(found.lost == 0, when, ": ", found.lost, " lost", examples);
  CHECK_MESSAGE(found.half == 0, when, ": ", found.half, " half present", examples);
  CHECK_MESSAGE(found.twice == 0, when, ": ", found.twice, " there twice", examples);
}

struct Totals {
  std::uint64_t rounds = 0;
  std::size_t sent = 0;
  std::size_t acknowledged = 0;
  Findings found;
};

/// Load, kill, restart, audit, retry, audit.
void one_round(Drill& drill, std::mt19937_64& random, Totals& totals) {
  Scene scene = drill.scene(random);
  Load load(drill.server, scene, random);
  kill_amid(drill, random);
  std::vector<Sent> sent = load.finish();
  start_again(drill, random);
  totals.sent += sent.size();
  totals.acknowledged += static_cast<std::size_t>(load.acknowledged());

  auto client = drill.server.client();
  Findings found = audit(scene, client, sent);
  check_clean(found, "after the kill");
  totals.found += found;
  CHECK(retry(client, sent, random) == 0);
  found = audit(scene, client, sent);
  found += compare_counts(scene, client, sent);
  check_clean(found, "after the retries");
  CHECK(found.absent == 0);
  totals.found += found;
}

}  // namespace

TEST_CASE("crash: kill -9 loses nothing acknowledged, halves nothing, and retries double nothing") {
  std::mt19937_64 random = test::random_generator(20);
  const auto begin = SteadyClock::now();
  Totals totals;
  while (totals.rounds < rounds_wanted()) {
    Drill drill;
    for (std::uint64_t i = 0; i < kRoundsPerDirectory && totals.rounds < rounds_wanted(); ++i) {
      CAPTURE(totals.rounds);
      one_round(drill, random, totals);
      ++totals.rounds;
    }
    CHECK(drill.server.stop() == 0);
  }
  CHECK(totals.acknowledged > totals.rounds);
  const std::chrono::duration<double> took = SteadyClock::now() - begin;
  std::printf(
      "crash drill: %llu rounds, %zu requests sent, %zu acknowledged before a kill; "
      "%d lost, %d half, %d twice; %.0f s\n",
      static_cast<unsigned long long>(totals.rounds), totals.sent, totals.acknowledged,
      totals.found.lost, totals.found.half, totals.found.twice, took.count());
}

TEST_CASE("crash: SIGTERM under load exits with 0 and keeps what was acknowledged") {
  std::mt19937_64 random = test::random_generator(21);
  Drill drill;
  Scene scene = drill.scene(random);
  Load load(drill.server, scene, random);
  load.wait_for_acknowledged(50);
  CHECK(drill.server.stop() == 0);
  const std::vector<Sent> sent = load.finish();
  REQUIRE_MESSAGE(drill.server.start(), drill.server.log());
  auto client = drill.server.client();
  const Findings found = audit(scene, client, sent);
  CHECK(found.whole >= 50);
  check_clean(found, "after SIGTERM");
}

TEST_CASE(
    "crash: a drain that runs out of time says so with exit code 3 and loses nothing "
    "acknowledged") {
  std::mt19937_64 random = test::random_generator(22);
  Drill drill;
  Scene scene = drill.scene(random);
  CHECK(drill.server.stop() == 0);
  REQUIRE(drill.server.start(
      {"--debug-writer-delay", "60s", "--drain-timeout", "200ms", "--commit-wait-ms", "100"}));
  Sent sent = signals().front().make(scene, random);
  auto client = drill.server.client();
  const test::RawAnswer answer = client.send(sent.request);
  CHECK(answer.status == 503);  // not committed within the commit wait
  CHECK(answer.field("Retry-After") == "2");
  CHECK(drill.server.stop() == 3);
  REQUIRE(drill.server.start());
  client = drill.server.client();
  CHECK(audit(scene, client, {sent}).absent == 1);
}

}  // namespace traceway::crash
