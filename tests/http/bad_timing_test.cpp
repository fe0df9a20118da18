// The bad-input matrix, what takes time: bodies that trickle, clients that leave, and a server that
// has no room or no storage at the moment. Whatever happens to one client, the next one is served.
#include "storage/sqlite/connection.h"
#include "support/bad_input.h"
#include "support/scenario.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace traceway::test {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// The head of a request to the route, with more fields, each with CRLF.
std::string head_of(const IngestRoute& route, const TestProject& project,
                    const std::string& fields) {
  return "POST " + route.path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + project.token +
         "\r\nContent-Type: application/json\r\n" + fields + "\r\n";
}

/// A client that sends the beginning of a body, then this piece every half second; nothing when
/// empty.
struct SlowClient {
  const IngestRoute* route;
  std::string name;
  std::string piece;
  RawClient connection;
};

std::vector<SlowClient> slow_clients(IngestDesk& desk, const TestProject& project) {
  std::vector<SlowClient> clients;
  for (const IngestRoute& route : ingest_routes()) {
    for (const auto& [name, fields, begin, piece] :
         {std::tuple("silent after half of it", "Content-Length: 1000\r\n", R"({"a":)", ""),
          std::tuple("silent after the head", "Content-Length: 1000\r\n", "", ""),
          std::tuple("two bytes a second", "Content-Length: 1000\r\n", "{", " "),
          std::tuple("chunks of a byte", "Transfer-Encoding: chunked\r\n", "1\r\n{\r\n",
                     "1\r\n \r\n"),
          std::tuple("silent inside a chunk", "Transfer-Encoding: chunked\r\n", "100\r\n{", "")}) {
      clients.push_back({&route, name, piece, RawClient(desk.server().address())});
      REQUIRE(clients.back().connection.send(head_of(route, project, fields) + begin));
    }
  }
  return clients;
}

/// Sends requests whose answers do not wait for a commit until the ring is full; the refusal.
RawAnswer fill_ring(IngestDesk& desk, const IngestRoute& route, const TestProject& project) {
  HttpClient client = desk.server().client();
  for (int i = 0; i < 1000; ++i) {
    const RawAnswer answer = client.send({"POST",
                                          route.path,
                                          {{"Authorization", "Bearer " + project.token},
                                           {"Content-Type", "application/json"},
                                           {"Prefer", "respond-async"}},
                                          route.good(Encoding::kJson)});
    if (answer.status != 200) return answer;
  }
  return {};
}

json::Value pipeline_of(IngestDesk& desk) {
  return json_of(desk.owner().get("/api/diagnostics/trace-pipeline"));
}

void eventually_committed(IngestDesk& desk, std::uint64_t records) {
  for (int i = 0; i < 300 && desk.committed() < records; ++i) std::this_thread::sleep_for(100ms);
  CHECK(desk.committed() == records);
}

std::int64_t dropped(IngestDesk& desk) {
  return pipeline_of(desk).at("diagnostics").at("enqueue_dropped_total").as_int().value_or(-1);
}

}  // namespace

TEST_CASE(
    "bad timing: a body that trickles or falls silent is 408 after 20 s, others are served "
    "meanwhile") {
  IngestDesk desk;
  const TestProject project = desk.add_project();
  const TestProject other = desk.add_project();
  const auto started = Clock::now();
  std::vector<SlowClient> clients = slow_clients(desk, project);
  const std::uint64_t before = desk.committed();
  std::uint64_t served = 0;
  while (Clock::now() - started < 19s) {
    for (SlowClient& one : clients) {
      if (!one.piece.empty()) one.connection.send(one.piece);
    }
    for (const IngestRoute& route : ingest_routes()) {
      desk.check_serves(route, other);
      ++served;
    }
    std::this_thread::sleep_for(500ms);
  }
  for (SlowClient& one : clients) {
    INFO(one.route->path, ": ", one.name);
    const RawAnswer answer = one.connection.read_answer(true, 15s);
    CHECK(answer.status == 408);
    CHECK(answer.field("Access-Control-Allow-Origin") == "*");
    CHECK_FALSE(read_answer(*one.route, answer).text.empty());
    CHECK(one.connection.is_closed_by_peer());
  }
  CHECK(Clock::now() - started < 45s);
  CHECK(desk.committed() == before + served);
  const auto noted = desk.noted(project);
  REQUIRE_FALSE(noted.empty());
  for (const json::Value& one : noted) CHECK(one.at("status").as_int() == 408);
}

TEST_CASE("bad timing: a client that leaves amid its body leaves nothing behind") {
  IngestDesk desk;
  const TestProject project = desk.add_project();
  const std::uint64_t before = desk.committed();
  std::uint64_t served = 0;
  for (const IngestRoute& route : ingest_routes()) {
    const std::string good = route.good(Encoding::kJson);
    const std::string length = "Content-Length: " + std::to_string(good.size()) + "\r\n";
    const std::string large = "Content-Length: " + std::to_string(IngestDesk::kMaxBody) + "\r\n";
    for (const std::string& sent :
         {head_of(route, project, length) + good.substr(0, good.size() - 1),
          head_of(route, project, length),
          head_of(route, project, large) + good + std::string(IngestDesk::kMaxBody / 2, ' '),
          head_of(route, project, "Transfer-Encoding: chunked\r\n") + "1\r\n{\r\n",
          head_of(route, project, "Transfer-Encoding: chunked\r\n") + "ff"}) {
      RawClient client(desk.server().address());
      REQUIRE(client.send(sent));
    }
    desk.check_serves(route, project);
    ++served;
  }
  CHECK(desk.committed() == before + served);
  CHECK(desk.noted(project).empty());
}

TEST_CASE("bad timing: a body that lies about its framing is refused and the connection closed") {
  IngestDesk desk;
  const TestProject project = desk.add_project();
  for (const IngestRoute& route : ingest_routes()) {
    for (const std::string fields :
         {"Content-Length: 5\r\nContent-Length: 6\r\n",
          "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Content-Length: -1\r\n",
          "Content-Length: 0x10\r\n", "Content-Length: 99999999999999999999\r\n",
          "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: identity\r\n"}) {
      INFO(route.path, ": ", fields);
      RawClient client(desk.server().address());
      REQUIRE(client.send(head_of(route, project, fields) + "{}"));
      const int status = client.read_answer().status;
      CHECK((status == 400 || status == 411 || status == 413 || status == 501));
      CHECK(client.is_closed_by_peer());
    }
    RawClient declared(desk.server().address());
    REQUIRE(declared.send(head_of(
        route, project, "Content-Length: " + std::to_string(IngestDesk::kMaxBody + 1) + "\r\n")));
    const RawAnswer answer = declared.read_answer();
    CHECK(answer.status == 413);
    CHECK(read_answer(route, answer).text == "Request body too large");
    CHECK(declared.is_closed_by_peer());
    desk.check_serves(route, project);
  }
}

TEST_CASE("bad timing: a full queue is 429 with Retry-After 1, counted, and heals") {
  for (const IngestRoute& route : ingest_routes()) {
    INFO(route.path);
    IngestDesk desk(
        {"--queue-capacity", "64", "--batch-max-jobs", "1", "--debug-writer-delay", "100ms"});
    const TestProject project = desk.add_project();
    const std::int64_t before = dropped(desk);
    const RawAnswer refusal = fill_ring(desk, route, project);
    CHECK(refusal.status == 429);
    CHECK(refusal.field("Retry-After") == "1");
    CHECK_FALSE(read_answer(route, refusal).text.empty());
    CHECK(dropped(desk) == before + 1);
    REQUIRE_FALSE(desk.noted(project).empty());
    CHECK(desk.noted(project).front().at("status").as_int() == 429);
    // What was accepted is committed, and then there is room again.
    const auto accepted =
        pipeline_of(desk).at("diagnostics").at("enqueue_accepted_total").as_int().value_or(0);
    eventually_committed(desk, static_cast<std::uint64_t>(accepted));
    desk.check_serves(route, project);
  }
}

TEST_CASE(
    "bad timing: a database that another program holds is 503 with Retry-After 2, and heals") {
  for (const IngestRoute& route : ingest_routes()) {
    INFO(route.path);
    IngestDesk desk({"--commit-wait-ms", "500"});
    const TestProject project = desk.add_project();
    const std::string body = route.good(Encoding::kJson);
    const std::string file = (desk.server().data_dir() / "traceway_telemetry.db").string();
    auto other = sqlite::Connection::open({file, sqlite::Role::kTelemetryWriter});
    REQUIRE(other);
    const std::uint64_t before = desk.committed();
    REQUIRE((*other)->control("BEGIN IMMEDIATE"));
    const RawAnswer refusal = desk.send(route, project, {"while it is locked", body});
    CHECK(refusal.status == 503);
    CHECK(refusal.field("Retry-After") == "2");
    CHECK_FALSE(read_answer(route, refusal).text.empty());
    REQUIRE((*other)->control("ROLLBACK"));
    eventually_committed(desk, before + 1);
    const std::string stored = desk.ask(project, "/api/connection/status").at("kinds").dump();
    // The client brings it back, as it was told to: it is stored once.
    CHECK(desk.send(route, project, {"the repeat", body}).status == 200);
    CHECK(desk.ask(project, "/api/connection/status").at("kinds").dump() == stored);
    desk.check_serves(route, project);
  }
}

}  // namespace traceway::test
