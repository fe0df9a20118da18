#include "http/front.h"

#include "http/test_support.h"

#include <doctest/doctest.h>

#include <string>

namespace traceway::http {

using test::RawClient;
using test::RunningFront;

namespace {

std::string get(std::string_view path, std::string_view fields = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n";
}

Result<Response> say_hello(Request& request, Later&) {
  return json_response("{\"hello\":\"" + std::string(request.path_param("name")) + "\"}");
}

}  // namespace

TEST_CASE("front: a route answers over a socket, with the fields every answer carries") {
  RunningFront server;
  server.router.add(Method::kGet, "/api/hello/:name", guard::open(), say_hello);
  server.start();
  RawClient client = server.connect();
  const auto answer = client.ask(get("/api/hello/J%20D"));
  CHECK(answer.status == 200);
  CHECK(answer.body == "{\"hello\":\"J D\"}");
  CHECK(answer.field("X-Trace-Id").size() == 32);
  CHECK(answer.field("X-Content-Type-Options") == "nosniff");
  CHECK(answer.field("Date").ends_with("GMT"));
  CHECK(answer.field("Content-Type") == "application/json; charset=utf-8");
}

}  // namespace traceway::http
