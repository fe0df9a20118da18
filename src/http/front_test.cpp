#include "http/front.h"

#include "http/test_support.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

namespace traceway::http {

using std::chrono::milliseconds;
using test::RawAnswer;
using test::RawClient;
using test::RunningFront;

namespace {

std::string get(std::string_view path, std::string_view fields = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n";
}

std::string post(std::string_view path, std::string_view body, std::string_view fields = {}) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

Result<Response> say_hello(Request& request, Later&) {
  return json_response("hello " + std::string(request.path_param("name")));
}

Result<Response> echo(Request& request, Later&) {
  return json_response(std::string(request.body_text()));
}

RouteOptions body_up_to(std::size_t bytes) {
  RouteOptions options;
  options.max_body = bytes;
  return options;
}

RouteOptions ingest() {
  RouteOptions options;
  options.is_ingest = options.allows_cors = true;
  return options;
}

/// Answers taken by handlers, for a test to send when it likes.
class TakenAnswers {
 public:
  Handler handler(milliseconds deadline) {
    return [this, deadline](Request&, Later& later) -> Result<Response> {
      const std::scoped_lock lock(mutex_);
      answers_.push_back(later.take(deadline, json_response("too late", 503)));
      return Response::deferred();
    };
  }

  /// Waits until `count` handlers have taken theirs.
  void await(std::size_t count) {
    for (int i = 0; i < 5000; ++i) {
      {
        const std::scoped_lock lock(mutex_);
        if (answers_.size() >= count) return;
      }
      std::this_thread::sleep_for(milliseconds(1));
    }
    FAIL("handlers did not run");
  }

  std::vector<Answer> collect(std::size_t count) {
    await(count);
    const std::scoped_lock lock(mutex_);
    return std::exchange(answers_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Answer> answers_;
};

/// Holds workers until it is opened.
class Gate {
 public:
  Handler handler() {
    return [this](Request&, Later&) -> Result<Response> {
      ++entered;
      is_open_.wait(false);
      return json_response("done");
    };
  }

  void open() {
    is_open_ = true;
    is_open_.notify_all();
  }

  void await(int count) const {
    while (entered < count) std::this_thread::sleep_for(milliseconds(1));
  }

  std::atomic<int> entered{0};

 private:
  std::atomic<bool> is_open_{false};
};

}  // namespace

TEST_CASE("front: a route answers over a socket, with the fields every answer carries") {
  RunningFront server;
  server.router.add(Method::kGet, "/api/hello/:name", guard::open(), say_hello);
  server.start();
  RawClient client = server.connect();
  const auto answer = client.ask(get("/api/hello/J%20D"));
  CHECK(answer.status == 200);
  CHECK(answer.body == "hello J D");
  CHECK(answer.field("X-Trace-Id").size() == 32);
  CHECK(answer.field("X-Content-Type-Options") == "nosniff");
  CHECK(answer.field("Date").ends_with("GMT"));
  CHECK(answer.field("Content-Type") == "application/json; charset=utf-8");
  CHECK(client.ask(get("/api/hello/2")).field("X-Trace-Id") != answer.field("X-Trace-Id"));
}

TEST_CASE("front: pipelined requests are answered in order on one connection") {
  RunningFront server;
  server.router.add(Method::kGet, "/api/hello/:name", guard::open(), say_hello);
  server.router.add(Method::kPost, "/api/echo", guard::open(), echo);
  server.start();
  RawClient client = server.connect();
  std::string requests;
  for (int i = 0; i < 200; ++i) {
    requests +=
        get("/api/hello/" + std::to_string(i)) + post("/api/echo", "body " + std::to_string(i));
  }
  std::thread sender([&] { client.send(requests); });
  for (int i = 0; i < 200; ++i) {
    CHECK(client.read_answer().body == "hello " + std::to_string(i));
    CHECK(client.read_answer().body == "body " + std::to_string(i));
  }
  sender.join();
}

TEST_CASE("front: HTTP/1.0 closes unless asked, Connection: close is obeyed") {
  RunningFront server;
  server.router.add(Method::kGet, "/api/hello/:name", guard::open(), say_hello);
  server.start();
  RawClient plain = server.connect();
  CHECK(plain.ask("GET /api/hello/1 HTTP/1.0\r\n\r\n").field("Connection") == "close");
  CHECK(plain.is_closed_by_peer());
  RawClient kept = server.connect();
  CHECK(
      kept.ask("GET /api/hello/1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").field("Connection") ==
      "keep-alive");
  CHECK(kept.ask(get("/api/hello/2", "Connection: close\r\n")).body == "hello 2");
  CHECK(kept.is_closed_by_peer());
}

TEST_CASE("front: chunked bodies arrive without their framing, however they are cut") {
  RunningFront server;
  server.router.add(Method::kPost, "/api/echo", guard::open(), echo);
  server.start();
  RawClient client = server.connect();
  const std::string request =
      "POST /api/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;a=b\r\nhello\r\n7\r\n, world\r\n0\r\nT: x\r\n\r\n";
  CHECK(client.ask(request).body == "hello, world");
  for (const char byte : request) REQUIRE(client.send({&byte, 1}));
  CHECK(client.read_answer().body == "hello, world");
}

TEST_CASE("front: 100-continue follows the verdict on the head, never a refusal") {
  RunningFront server;
  server.router.add(Method::kPost, "/api/echo", guard::open(), echo);
  server.router.add(Method::kPost, "/api/report", guard::project_token(), echo, ingest());
  server.start();
  const std::string fields =
      " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  RawClient client = server.connect();
  client.send("POST /api/echo" + fields);
  CHECK(client.read_answer(false).status == 100);
  CHECK(client.ask("hello").body == "hello");

  RawClient refused = server.connect();
  const RawAnswer answer = refused.ask("POST /api/report" + fields);
  CHECK(answer.status == 401);
  CHECK(answer.field("Connection") == "close");
  CHECK(answer.field("Access-Control-Allow-Origin") == "*");
  CHECK(refused.is_closed_by_peer());
}

TEST_CASE("front: HEAD has the length and no body, and the connection goes on") {
  RunningFront server;
  server.router.add(Method::kGet, "/api/hello/:name", guard::open(), say_hello);
  server.start();
  RawClient client = server.connect();
  client.send("HEAD /api/hello/1 HTTP/1.1\r\nHost: x\r\n\r\n");
  const RawAnswer head = client.read_answer(false);
  CHECK(head.status == 200);
  CHECK(head.field("Content-Length") == "7");
  CHECK(client.ask(get("/api/hello/2")).body == "hello 2");
}

TEST_CASE("front: refusals without a body keep the connection: 404, 405 with Allow, preflight") {
  RunningFront server;
  server.router.add(Method::kGet, "/api/hello/:name", guard::open(), say_hello);
  server.router.add(Method::kPost, "/api/report", guard::project_token(), echo, ingest());
  server.start();
  RawClient client = server.connect();
  const RawAnswer missing = client.ask(get("/api/nothing"));
  CHECK(missing.status == 404);
  CHECK(missing.body == "{\"error\":\"Not found\"}");
  const RawAnswer wrong = client.ask("DELETE /api/hello/1 HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(wrong.status == 405);
  CHECK(wrong.field("Allow") == "GET, HEAD");
  const RawAnswer preflight = client.ask("OPTIONS /api/report HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(preflight.status == 204);
  CHECK(preflight.field("Content-Length").empty());
  CHECK(preflight.field("Access-Control-Allow-Methods") == "POST, OPTIONS");
  CHECK(client.ask(get("/api/hello/1")).status == 200);
  CHECK(server.front->stats().refused_total == 3);
}

TEST_CASE("front: requests that cannot be framed are refused and the connection closes") {
  RunningFront server;
  server.router.add(Method::kPost, "/api/echo", guard::open(), echo);
  server.start();
  const std::string start = "POST /api/echo HTTP/1.1\r\nHost: x\r\n";

  struct Case {
    std::string request;
    int status;
  };

  for (const Case& one :
       {Case{start + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        Case{start + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
        Case{start + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400},
        Case{start + "A: " + std::string(9000, 'a'), 431},
        Case{"GET /" + std::string(9000, 'a'), 414}, Case{"GET / HTTP/3.0\r\n\r\n", 505},
        Case{"nonsense\r\n\r\n", 400}}) {
    RawClient client = server.connect();
    const RawAnswer answer = client.ask(one.request);
    CHECK(answer.status == one.status);
    CHECK(answer.body.starts_with("{\"error\":\""));
    CHECK(answer.field("X-Trace-Id").size() == 32);
    CHECK(client.is_closed_by_peer());
  }
}

TEST_CASE("front: a head of any size costs its limit and is refused while it is still coming") {
  RunningFront server;
  server.start();
  RawClient client = server.connect();
  client.send("GET / HTTP/1.1\r\n");
  std::string lines;
  for (int i = 0; i < 2000; ++i) lines += "Name-" + std::to_string(i) + ": value\r\n";
  client.send(lines);
  CHECK(client.read_answer().status == 431);
  CHECK(client.is_closed_by_peer());
}

TEST_CASE("front: a body over the route's limit is 413, declared or chunked") {
  RunningFront server;
  server.router.add(Method::kPost, "/api/echo", guard::open(), echo, body_up_to(1000));
  server.start();
  RawClient declared = server.connect();
  declared.send("POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
  CHECK(declared.read_answer().status == 413);
  CHECK(declared.is_closed_by_peer());
  RawClient chunked = server.connect();
  chunked.send("POST /api/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 11; ++i) chunked.send("64\r\n" + std::string(100, 'a') + "\r\n");
  CHECK(chunked.read_answer().status == 413);
  RawClient exact = server.connect();
  CHECK(exact.ask(post("/api/echo", std::string(1000, 'a'))).body.size() == 1000);
}

TEST_CASE("front: a client that sends a large refused body still reads the answer") {
  RunningFront server;
  server.router.add(Method::kPost, "/api/echo", guard::open(), echo, body_up_to(1000));
  server.start();
  RawClient client = server.connect();
  client.send(post("/api/echo", std::string(2U << 20U, 'a')));
  CHECK(client.read_answer().status == 413);
}

TEST_CASE("front: slow heads and bodies end in 408, idle connections just close") {
  RunningFront server;
  server.options.head_timeout = milliseconds(100);
  server.options.silence_timeout = milliseconds(100);
  server.options.idle_timeout = milliseconds(150);
  server.router.add(Method::kPost, "/api/echo", guard::open(), echo);
  server.start();
  RawClient head = server.connect();
  CHECK(head.ask("POST /api/echo HTTP/1.1\r\nHo").status == 408);
  CHECK(head.is_closed_by_peer());
  RawClient body = server.connect();
  CHECK(body.ask("POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe").status ==
        408);
  CHECK(body.is_closed_by_peer());
  RawClient idle = server.connect();
  CHECK(idle.ask(post("/api/echo", "x")).status == 200);
  CHECK(idle.is_closed_by_peer());
}

TEST_CASE("front: a request that ends half-way is dropped, a half-closed client is answered") {
  RunningFront server;
  server.router.add(Method::kPost, "/api/echo", guard::open(), echo);
  server.start();
  RawClient cut = server.connect();
  cut.send("POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
  cut.end_sending();
  CHECK(cut.is_closed_by_peer());
  RawClient half = server.connect();
  half.send(post("/api/echo", "hello"));
  half.end_sending();
  CHECK(half.read_answer().body == "hello");
  CHECK(half.is_closed_by_peer());
}

TEST_CASE("front: large bodies spool, come back whole, and leave no file behind") {
  RunningFront server;
  server.options.spool_after = 64U << 10U;
  server.router.add(Method::kPost, "/api/echo", guard::open(), echo, body_up_to(32U << 20U));
  server.start();
  std::string body(20U << 20U, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i % 251);
  RawClient client = server.connect();
  std::thread sender([&] { client.send(post("/api/echo", body)); });
  const RawAnswer answer = client.read_answer();
  sender.join();
  CHECK(answer.status == 200);
  CHECK(answer.body == body);
  CHECK(std::filesystem::is_empty(server.options.spool_dir));
  CHECK(server.budget.used() == 0);
}

TEST_CASE("front: a body the budget cannot hold is 503 with Retry-After") {
  RunningFront server;
  server.router.add(Method::kPost, "/api/echo", guard::open(), echo, body_up_to(32U << 20U));
  server.start();
  REQUIRE(server.budget.try_take(server.budget.limit() - 10));
  RawClient client = server.connect();
  const RawAnswer refused = client.ask(post("/api/echo", "more than ten bytes"));
  CHECK(refused.status == 503);
  CHECK(refused.field("Retry-After") == "2");
  CHECK(client.ask(post("/api/echo", "ten bytes!")).status == 200);
}

TEST_CASE("front: late answers come from any thread, and many waiting cost no worker") {
  RunningFront server;
  TakenAnswers taken;
  server.router.add(Method::kPost, "/api/report", guard::project_token(),
                    taken.handler(milliseconds(5000)), ingest());
  server.router.add(Method::kGet, "/api/hello/:name", guard::open(), say_hello);
  server.start();
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < 100; ++i) {
    clients.push_back(server.connect());
    clients.back().send(post("/api/report", "x", "Authorization: Bearer token-1\r\n"));
    taken.await(i + 1);  // all at once, the line for slots would be full
  }
  auto answers = taken.collect(100);
  CHECK(server.connect().ask(get("/api/hello/1")).status == 200);
  for (Answer& answer : answers) answer.send(json_response("committed"));
  for (RawClient& client : clients) {
    const RawAnswer answer = client.read_answer();
    CHECK(answer.body == "committed");
    CHECK(answer.field("Access-Control-Allow-Origin") == "*");
  }
}

TEST_CASE("front: without an answer in time the fallback speaks, and the late one is dropped") {
  RunningFront server;
  TakenAnswers taken;
  server.router.add(Method::kPost, "/api/late", guard::open(), taken.handler(milliseconds(50)));
  server.router.add(Method::kGet, "/api/hello/:name", guard::open(), say_hello);
  server.start();
  RawClient client = server.connect();
  const RawAnswer fallback = client.ask(post("/api/late", "x"));
  CHECK(fallback.status == 503);
  CHECK(fallback.body == "too late");
  for (Answer& answer : taken.collect(1)) answer.send(json_response("never seen"));
  CHECK(client.ask(get("/api/hello/1")).body == "hello 1");
}

TEST_CASE("front: a dropped answer is a 500, unless the handler itself says what went wrong") {
  RunningFront server;
  TakenAnswers taken;
  server.router.add(Method::kPost, "/api/late", guard::open(), taken.handler(milliseconds(5000)));
  server.router.add(Method::kPost, "/api/full", guard::open(),
                    [](Request&, Later& later) -> Result<Response> {
                      const Answer dropped = later.take(milliseconds(5000), json_response("", 503));
                      return fail(ErrorCode::kOverloaded, "queue full");
                    });
  server.router.add(Method::kPost, "/api/forgets", guard::open(),
                    [](Request&, Later&) -> Result<Response> { return Response::deferred(); });
  server.start();
  RawClient client = server.connect();
  client.send(post("/api/late", "x"));
  taken.collect(1).clear();
  const RawAnswer dropped = client.read_answer();
  CHECK(dropped.status == 500);
  CHECK(dropped.body.find(dropped.field("X-Trace-Id")) != std::string::npos);
  CHECK(client.ask(post("/api/full", "x")).status == 429);
  CHECK(client.ask(post("/api/forgets", "x")).status == 500);
}

TEST_CASE("front: ingest waits for a slot, then is refused in the words of the specification") {
  RunningFront server;
  Gate gate;
  server.options.ingest_wait = milliseconds(100);
  server.router.add(Method::kPost, "/api/report", guard::project_token(), gate.handler(), ingest());
  server.router.add(Method::kGet, "/api/hello/:name", guard::open(), say_hello);
  server.start();
  const std::string request = post("/api/report", "x", "Authorization: Bearer token-1\r\n");
  std::vector<RawClient> running;
  for (int i = 0; i < 2; ++i) {
    running.push_back(server.connect());
    running.back().send(request);
  }
  gate.await(2);
  RawClient waiting = server.connect();
  const RawAnswer refused = waiting.ask(request);
  CHECK(refused.status == 503);
  CHECK(refused.field("Retry-After") == "2");
  CHECK(refused.body == "{\"error\":\"ingest saturated, retry later\"}");
  CHECK(server.connect().ask(get("/api/hello/1")).status == 200);

  std::vector<RawClient> line;
  for (int i = 0; i < 16; ++i) {
    line.push_back(server.connect());
    line.back().send(request);
  }
  while (server.front->stats().requests_total < 20) std::this_thread::sleep_for(milliseconds(1));
  RawClient beyond = server.connect();
  beyond.send(
      "POST /api/report HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token-1\r\n"
      "Content-Length: 100\r\n\r\n");
  CHECK(beyond.read_answer().status == 503);  // on its head: the body was never sent
  gate.open();
  for (RawClient& client : running) CHECK(client.read_answer().body == "done");
}

TEST_CASE("front: a slow reader gets every byte of a large answer and delays nobody") {
  RunningFront server;
  const std::string large(8U << 20U, 'z');
  server.router.add(Method::kGet, "/api/large", guard::open(),
                    [&large](Request&, Later&) -> Result<Response> {
                      Response response = json_response("");
                      response.static_body = large;
                      return response;
                    });
  server.router.add(Method::kGet, "/api/hello/:name", guard::open(), say_hello);
  server.start();
  RawClient slow = server.connect();
  slow.send(get("/api/large"));
  RawClient other = server.connect();
  for (int i = 0; i < 100; ++i) CHECK(other.ask(get("/api/hello/1")).status == 200);
  CHECK(slow.read_answer().body == large);
}

TEST_CASE("front: draining answers what runs, refuses what is new, and stop joins") {
  RunningFront server;
  Gate gate;
  server.router.add(Method::kGet, "/api/held", guard::open(), gate.handler());
  server.router.add(Method::kGet, "/api/hello/:name", guard::open(), say_hello);
  server.start();
  RawClient running = server.connect();
  RawClient open = server.connect();
  running.send(get("/api/held"));
  CHECK(open.ask(get("/api/hello/1")).status == 200);
  gate.await(1);
  server.front->stop_accepting();
  const RawAnswer refused = open.ask(get("/api/hello/2"));
  CHECK(refused.status == 503);
  CHECK(refused.field("Retry-After") == "2");
  CHECK(open.is_closed_by_peer());
  CHECK_FALSE(server.connect().is_connected());

  auto stopped = std::async(std::launch::async, [&] { server.front->stop(milliseconds(5000)); });
  gate.open();
  CHECK(running.read_answer().body == "done");
  CHECK(running.is_closed_by_peer());
  CHECK(stopped.wait_for(milliseconds(4000)) == std::future_status::ready);
}

TEST_CASE("front: stop gives up at its deadline, and an answer after it finds nobody") {
  RunningFront server;
  TakenAnswers taken;
  server.router.add(Method::kPost, "/api/late", guard::open(), taken.handler(milliseconds(60'000)));
  server.start();
  RawClient client = server.connect();
  client.send(post("/api/late", "x"));
  RawClient forgotten = server.connect();
  forgotten.send(post("/api/late", "x"));
  auto answers = taken.collect(2);
  const auto started = std::chrono::steady_clock::now();
  server.front->stop(milliseconds(100));
  CHECK(std::chrono::steady_clock::now() - started < milliseconds(3000));
  CHECK(client.is_closed_by_peer());
  server.front.reset();
  answers[0].send(json_response("nobody"));
  answers.clear();  // dropped unsent
}

TEST_CASE("front: a port in use is an error that names the address") {
  RunningFront server;
  server.start();
  FrontOptions options = server.options;
  options.listen = {server.address};
  Front second(options, server.router, server.budget, server.clock);
  const auto started = second.start();
  REQUIRE_FALSE(started);
  CHECK(started.error().code == ErrorCode::kUnavailable);
  CHECK(started.error().message.find(server.address) != std::string::npos);
}

TEST_CASE("front: a thousand idle connections slow nobody") {
  RunningFront server;
  server.router.add(Method::kGet, "/api/hello/:name", guard::open(), say_hello);
  server.start();
  std::vector<RawClient> idle;
  for (int i = 0; i < 1000; ++i) {
    idle.push_back(server.connect());
    if (i % 2 == 0) idle.back().send("GET /api/hel");
  }
  RawClient client = server.connect();
  const auto started = std::chrono::steady_clock::now();
  for (int i = 0; i < 500; ++i) REQUIRE(client.ask(get("/api/hello/1")).status == 200);
  CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(5));
  CHECK(server.front->stats().connections_open == 1001);
  CHECK(idle[0].ask("lo/9 HTTP/1.1\r\nHost: x\r\n\r\n").body == "hello 9");
  CHECK(idle[1].ask(get("/api/hello/8")).body == "hello 8");
}

}  // namespace traceway::http
