// What was acknowledged survives: kill -9 and SIGTERM amid load, then every request is asked for.
// TRACEWAY_CRASH_ROUNDS (default 5) and TRACEWAY_CRASH_SEED (default: random, printed).
#include "drill.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdio>

namespace traceway::crash {
namespace {

constexpr int kConnections = 4;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::uint64_t seed() {
  static const std::uint64_t value = [] {
    const std::uint64_t chosen = number_from("TRACEWAY_CRASH_SEED", std::random_device()());
    std::printf("crash drill: TRACEWAY_CRASH_SEED=%llu\n", static_cast<unsigned long long>(chosen));
    return chosen;
  }();
  return value;
}

/// Sends distinct traces over several connections until the server goes away.
class Load {
 public:
  Load(const ServerProcess& server, const Credentials& who, std::uint64_t load_seed) {
    sent_.resize(kConnections);
    for (std::size_t i = 0; i < kConnections; ++i) {
      threads_.emplace_back([this, &server, &who, i, load_seed] {
        send(server.connect(), who, load_seed * 31 + i, sent_[i]);
      });
    }
  }

  void wait_for_acknowledged(int count) {
    for (int i = 0; i < 10'000 && acknowledged_ < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  /// Every trace that was sent, once the server is gone.
  std::vector<DrillTrace> finish() {
    threads_.clear();
    std::vector<DrillTrace> all;
    for (const auto& own : sent_) all.insert(all.end(), own.begin(), own.end());
    return all;
  }

 private:
  void send(RawClient client, const Credentials& who, std::uint64_t own_seed,
            std::vector<DrillTrace>& sent) {
    std::mt19937_64 random(own_seed);
    while (true) {
      sent.push_back(new_trace(random));
      const std::string body = export_request(sent.back());
      const RawAnswer answer = client.ask(
          post("/api/otel/v1/traces", who.project_token, "application/x-protobuf", body));
      if (answer.status == 0 || answer.status == 503) return;
      sent.back().is_acknowledged = answer.status == 200;
      if (answer.status == 200) ++acknowledged_;
    }
  }

  std::atomic<int> acknowledged_{0};
  std::vector<std::vector<DrillTrace>> sent_;  // one per thread
  std::vector<std::jthread> threads_;
};

struct Audit {
  int complete = 0;
  int absent = 0;
  int half = 0;
  int lost = 0;  ///< acknowledged and not complete
};

/// Asks for each trace through the API.
Audit audit(const ServerProcess& server, const Credentials& who,
            const std::vector<DrillTrace>& traces) {
  Audit found;
  RawClient client = server.connect();
  for (const DrillTrace& trace : traces) {
    const RawAnswer answer =
        client.ask(post("/api/endpoints/" + to_string(trace.entity(who.project)) +
                            "?projectId=" + to_string(who.project),
                        who.user_token, "application/json", "{}"));
    bool is_complete = false;
    if (answer.status == 404) {
      ++found.absent;
    } else {
      REQUIRE(answer.status == 200);
      const auto body = json::Value::parse(answer.body);
      REQUIRE(body);
      is_complete = body->at("spans").items().size() == kChildren &&
                    body->at("endpoint").at("rootSpan").is_object();
      ++(is_complete ? found.complete : found.half);
    }
    if (trace.is_acknowledged && !is_complete) ++found.lost;
  }
  return found;
}

struct Drill {
  Drill() : server(directory.path()) {
    REQUIRE_MESSAGE(server.start(), "cannot start TRACEWAY_BINARY: ", server.log());
    auto registered = register_account(server.connect());
    REQUIRE(registered);
    who = *registered;
  }

  http::test::TempDirectory directory;
  ServerProcess server;
  Credentials who;
};

}  // namespace

TEST_CASE("crash: after kill -9 every acknowledged request is complete and none is half present") {
  std::mt19937_64 random(seed());
  Drill drill;
  std::vector<DrillTrace> everything;
  const std::uint64_t rounds = number_from("TRACEWAY_CRASH_ROUNDS", 5);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    CAPTURE(seed());
    CAPTURE(round);
    Load load(drill.server, drill.who, random());
    load.wait_for_acknowledged(10);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 200'000));
    CHECK(drill.server.end(SIGKILL) == -SIGKILL);
    const std::vector<DrillTrace> sent = load.finish();
    REQUIRE_MESSAGE(drill.server.start(), drill.server.log());
    const Audit found = audit(drill.server, drill.who, sent);
    CHECK(found.complete >= 10);
    CHECK(found.half == 0);
    CHECK(found.lost == 0);
    everything.insert(everything.end(), sent.begin(), sent.end());
  }
  const Audit at_the_end = audit(drill.server, drill.who, everything);
  CHECK(at_the_end.half == 0);
  CHECK(at_the_end.lost == 0);
}

TEST_CASE("crash: SIGTERM under load exits with 0 and keeps what was acknowledged") {
  std::mt19937_64 random(seed() + 1);
  Drill drill;
  Load load(drill.server, drill.who, random());
  load.wait_for_acknowledged(50);
  CHECK(drill.server.end(SIGTERM) == 0);
  const std::vector<DrillTrace> sent = load.finish();
  REQUIRE_MESSAGE(drill.server.start(), drill.server.log());
  const Audit found = audit(drill.server, drill.who, sent);
  CHECK(found.complete >= 50);
  CHECK(found.half == 0);
  CHECK(found.lost == 0);
}

TEST_CASE(
    "crash: a drain that runs out of time says so with exit code 3 and loses nothing "
    "acknowledged") {
  std::mt19937_64 random(seed() + 2);
  Drill drill;
  REQUIRE(drill.server.end(SIGTERM) == 0);
  REQUIRE(drill.server.start(
      {"--debug-writer-delay", "60s", "--drain-timeout", "200ms", "--commit-wait-ms", "100"}));
  RawClient client = drill.server.connect();
  DrillTrace trace = new_trace(random);
  const RawAnswer answer = client.ask(post("/api/otel/v1/traces", drill.who.project_token,
                                           "application/x-protobuf", export_request(trace)));
  CHECK(answer.status == 503);  // not committed within the commit wait
  CHECK(answer.field("Retry-After") == "2");
  CHECK(drill.server.end(SIGTERM) == 3);
  REQUIRE(drill.server.start());
  const Audit found = audit(drill.server, drill.who, {trace});
  CHECK(found.absent == 1);
}

}  // namespace traceway::crash
