// Deliveries over real sockets to a front that refuses, breaks off and rejects.
#include "demo/delivery.h"

#include "http/test_support.h"
#include "ingest/otlp_status.h"

#include <doctest/doctest.h>
#include <protozero/pbf_writer.hpp>

#include <atomic>
#include <chrono>
#include <functional>

namespace traceway::demo {

namespace {

Upload upload_of(std::uint64_t spans) {
  Upload upload;
  upload.body = std::string(1000, 'x');
  upload.tally.spans = spans;
  upload.tally.requests = 1;
  return upload;
}

/// A front whose trace route answers by its number of the call, from 0.
struct Server {
  using Answer = std::function<Result<http::Response>(int call)>;

  explicit Server(Answer answer) {
    http::RouteOptions options;
    options.error_shape = ingest::otlp_status_error;
    running.router.add(
        http::Method::kPost, "/api/otel/v1/traces", http::guard::project_token(),
        [this, answer](http::Request&, http::Later&) { return answer(calls++); }, options);
    running.start();
  }

  [[nodiscard]] Delivery::Target target(const std::string& token = "token-1") const {
    return {"http://" + running.address, {token}};
  }

  http::test::RunningFront running;
  std::atomic<int> calls{0};
};

DeliveryStatus delivered(const Delivery::Target& target, int uploads) {
  Delivery delivery(target);
  for (int i = 0; i < uploads; ++i) (void)delivery.push(upload_of(10), {});
  delivery.finish({});
  return delivery.status();
}

}  // namespace

TEST_CASE("demo delivery: a refused upload waits as long as it is told and is stored once") {
  Server server([](int call) -> Result<http::Response> {
    if (call < 2) return fail(ErrorCode::kOverloaded, "full", {}, 1);
    return http::Response{};
  });
  const auto start = std::chrono::steady_clock::now();
  const DeliveryStatus status = delivered(server.target(), 1);
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::seconds(2));
  CHECK(status.failure.empty());
  CHECK(status.refused == 2);
  CHECK(status.retried == 2);
  CHECK(status.stored[0].spans == 10);
  CHECK(status.unsent == 0);
  CHECK(server.calls == 3);
}

TEST_CASE("demo delivery: every upload is stored, rejected or counted as not sent") {
  Server server([](int) -> Result<http::Response> {
    http::Response answer;
    protozero::pbf_writer writer(answer.body);
    protozero::pbf_writer(writer, 1).add_int64(1, 3);
    return answer;
  });
  const DeliveryStatus status = delivered(server.target(), 20);
  CHECK(status.stored[0].spans == 200);
  CHECK(status.rejected == 60);
  CHECK(server.calls == 20);
}

TEST_CASE("demo delivery: what repeating cannot heal ends it with the server's reason") {
  Server server(
      [](int) -> Result<http::Response> { return fail(ErrorCode::kMalformed, "not a trace"); });
  const DeliveryStatus status = delivered(server.target(), 20);
  CHECK(status.failure.find("400") != std::string::npos);
  CHECK(status.failure.find("not a trace") != std::string::npos);
  CHECK(status.stored[0].spans == 0);
  CHECK(status.unsent == 200);
  CHECK(server.calls <= 3);
  CHECK(delivered(server.target("token-9"), 2).failure.find("401") != std::string::npos);
}

TEST_CASE("demo delivery: an interrupt gives up what would have to wait") {
  Server server(
      [](int) -> Result<http::Response> { return fail(ErrorCode::kUnavailable, "no", {}, 20); });
  std::stop_source stop;
  Delivery delivery(server.target());
  for (int i = 0; i < 5; ++i) CHECK(delivery.push(upload_of(10), stop.get_token()));
  stop.request_stop();
  const auto start = std::chrono::steady_clock::now();
  delivery.finish(stop.get_token());
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
  CHECK(delivery.status().unsent == 50);
  CHECK(delivery.status().failure.empty());
}

}  // namespace traceway::demo
