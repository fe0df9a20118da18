#include "http/router.h"

#include "http/server.h"
#include "http/test_support.h"

#include <doctest/doctest.h>

#include <stdexcept>

namespace traceway::http {

namespace {

/// A handler that says which route it belongs to.
Handler says(std::string name) {
  return [name = std::move(name)](Request& request, Later&) -> Result<Response> {
    std::string out = name;
    for (const auto& [key, value] : request.path_params) out += " " + key + "=" + value;
    return json_response(out);
  };
}

/// No handler of these tests answers later.
class NoLater final : public Later {
 public:
  Answer take(std::chrono::milliseconds, Response) override { return {}; }
};

Request request_for(std::string_view method, std::string_view target,
                    std::string_view fields = {}) {
  Framer framer{FramingLimits{}};
  const std::string head = std::string(method) + " " + std::string(target) +
                           " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n";
  REQUIRE(framer.feed(head).event == Framer::Event::kHead);
  Server server;
  Request request;
  REQUIRE(server.read_head(framer, request));
  request.request_id = "00112233445566778899aabbccddeeff";
  return request;
}

std::string field(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

/// The whole way: head, then dispatch.
Response serve(const Router& router, Request request) {
  HeadVerdict verdict = router.on_head(request);
  if (verdict.refusal) return std::move(*verdict.refusal);
  request.caller = verdict.caller;
  NoLater later;
  return router.dispatch(*verdict.route, request, later);
}

class Refusing final : public Admission {
 public:
  Result<void> admit() override { return fail(ErrorCode::kOverloaded, "queue full", {}, 1); }
};

Response otlp_like(const Error& error, std::string_view, std::string_view content_type) {
  Response response = json_response("status:" + error.message, status_of(error.code));
  response.content_type = content_type;
  return response;
}

}  // namespace

TEST_CASE("router: static segments win over parameters, and a dead end tries the parameter") {
  test::KnownAccounts accounts;
  Router router(accounts);
  router.add(Method::kGet, "/api/a/:id", guard::open(), says("id"));
  router.add(Method::kGet, "/api/a/list", guard::open(), says("list"));
  router.add(Method::kGet, "/api/a/list/x", guard::open(), says("list-x"));
  router.add(Method::kGet, "/api/a/:id/y", guard::open(), says("id-y"));
  router.add(Method::kGet, "/api/a/:id/:part/z", guard::open(), says("z"));

  struct Case {
    const char* target;
    const char* body;
  };

  for (const Case& one :
       {Case{"/api/a/7", "id id=7"}, Case{"/api/a/list", "list"}, Case{"/api/a/list/x", "list-x"},
        Case{"/api/a/list/y", "id-y id=list"}, Case{"/api/a/a%2Fb?x=/y", "id id=a/b"},
        Case{"/api/a/l%69st", "list"}, Case{"/api/a/1/2/z", "z id=1 part=2"}}) {
    CAPTURE(one.target);
    CHECK(serve(router, request_for("GET", one.target)).body == one.body);
  }
  for (const char* target : {"/api/a", "/api/a/", "/api/a/1/2", "/api", "/api/b", "/apix"}) {
    CAPTURE(target);
    const Response answer = serve(router, request_for("GET", target));
    CHECK(answer.status == 404);
    CHECK(answer.body == "{\"error\":\"Not found\"}");
  }
}

TEST_CASE("router: a method without route is 405 with Allow, HEAD is served by GET") {
  test::KnownAccounts accounts;
  Router router(accounts);
  router.add(Method::kGet, "/api/a", guard::open(), says("get"));
  router.add(Method::kPost, "/api/a", guard::open(), says("post"));
  CHECK(serve(router, request_for("HEAD", "/api/a")).body == "get");
  for (const char* method : {"PUT", "OPTIONS", "PROPFIND"}) {
    CAPTURE(method);
    const Response answer = serve(router, request_for(method, "/api/a"));
    CHECK(answer.status == 405);
    CHECK(field(answer, "Allow") == "GET, HEAD, POST");
  }
}

TEST_CASE("router: ingest checks run in order: preflight, method, credential, admission") {
  test::KnownAccounts accounts;
  Router router(accounts);
  Refusing admission;
  RouteOptions options;
  options.is_ingest = options.allows_cors = true;
  options.error_shape = otlp_like;
  router.add(Method::kPost, "/api/report", guard::project_token(), says("report"), options);
  router.set_admission(&admission);

  const HeadVerdict preflight = router.on_head(request_for("OPTIONS", "/api/report"));
  REQUIRE(preflight.refusal);
  CHECK(preflight.refusal->status == 204);
  CHECK(preflight.refusal->body.empty());
  REQUIRE(preflight.route != nullptr);
  CHECK(preflight.route->answer_fields ==
        "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: POST, OPTIONS\r\n"
        "Access-Control-Allow-Headers: Content-Type, Content-Encoding, Authorization, "
        "traceway-trace-id, traceparent, tracestate, baggage\r\nAccess-Control-Max-Age: 86400\r\n"
        "Access-Control-Expose-Headers: Retry-After\r\n");

  const HeadVerdict wrong = router.on_head(request_for("GET", "/api/report"));
  CHECK(wrong.refusal->status == 405);
  CHECK(field(*wrong.refusal, "Allow") == "POST, OPTIONS");
  CHECK(wrong.route == preflight.route);

  const HeadVerdict stranger =
      router.on_head(request_for("POST", "/api/report", "Authorization: Bearer nobody\r\n"));
  CHECK(stranger.refusal->status == 401);

  const HeadVerdict busy = router.on_head(
      request_for("POST", "/api/report",
                  "Authorization: Bearer token-1\r\nContent-Type: application/x-protobuf\r\n"));
  CHECK(busy.refusal->status == 429);
  CHECK(busy.refusal->body == "status:queue full");
  CHECK(busy.refusal->content_type == "application/x-protobuf");

  router.set_admission(nullptr);
  const HeadVerdict good =
      router.on_head(request_for("POST", "/api/report", "Authorization: bearer  token-1 \r\n"));
  CHECK_FALSE(good.refusal);
  CHECK(good.caller.project == test::kProject);
}

TEST_CASE("router: refused ingest requests of a known project are noted, others are not") {
  test::KnownAccounts accounts;
  Router router(accounts);
  Rejections rejections;
  Refusing admission;
  router.set_rejections(&rejections);
  RouteOptions ingest;
  ingest.is_ingest = true;
  const Handler broken = [](Request&, Later&) -> Result<Response> {
    return fail(ErrorCode::kMalformed, "not JSON");
  };
  const Handler defective = [](Request&, Later&) -> Result<Response> {
    throw std::runtime_error("/secret/path");
  };
  router.add(Method::kPost, "/api/report", guard::project_token(), broken, ingest);
  router.add(Method::kPost, "/api/traces", guard::project_token(), defective, ingest);
  router.add(Method::kPost, "/api/plain", guard::project_token(), broken);
  const std::string_view token = "Authorization: Bearer token-1\r\n";
  CHECK(serve(router, request_for("POST", "/api/report")).status == 401);
  CHECK(serve(router, request_for("POST", "/api/plain", token)).status == 400);
  CHECK(rejections.of(test::kProject).empty());
  CHECK(serve(router, request_for("POST", "/api/report", token)).status == 400);
  CHECK(serve(router, request_for("POST", "/api/traces", token)).status == 500);
  router.set_admission(&admission);
  CHECK(serve(router, request_for("POST", "/api/report", token)).status == 429);
  const auto noted = rejections.of(test::kProject);
  REQUIRE(noted.size() == 3);
  CHECK(noted[0].status == 429);
  CHECK(noted[0].reason == "queue full");
  CHECK(noted[1].reason == "internal error 00112233445566778899aabbccddeeff");
  CHECK(noted[2].route == "/api/report");
  CHECK(noted[2].reason == "not JSON");
  CHECK(rejections.of(test::kOtherProject).empty());
}

TEST_CASE("router: whatever a handler throws becomes a 500 with the request's id and no detail") {
  test::KnownAccounts accounts;
  Router router(accounts);
  router.add(Method::kGet, "/api/throws", guard::open(), [](Request&, Later&) -> Result<Response> {
    throw std::runtime_error("secret detail");
  });
  router.add(Method::kGet, "/api/throws-int", guard::open(),
             [](Request&, Later&) -> Result<Response> { throw 7; });
  router.add(Method::kGet, "/api/fails", guard::open(), [](Request&, Later&) -> Result<Response> {
    return fail(ErrorCode::kInternal, "secret message", "secret detail");
  });
  for (const char* target : {"/api/throws", "/api/throws-int", "/api/fails"}) {
    CAPTURE(target);
    const Response answer = serve(router, request_for("GET", target));
    CHECK(answer.status == 500);
    CHECK(answer.body ==
          "{\"error\":\"Something went wrong on the server\","
          "\"requestId\":\"00112233445566778899aabbccddeeff\"}");
  }
}

TEST_CASE("router: the fallback serves reads outside /api alone") {
  test::KnownAccounts accounts;
  Router router(accounts);
  router.set_fallback(says("page"));
  CHECK(serve(router, request_for("GET", "/issues/7")).body == "page");
  CHECK(serve(router, request_for("HEAD", "/")).body == "page");
  CHECK(serve(router, request_for("POST", "/issues")).status == 404);
  CHECK(serve(router, request_for("GET", "/api/nothing")).status == 404);
  CHECK(serve(router, request_for("GET", "/%61pi/nothing")).status == 404);
}

TEST_CASE("router: a sub-path matches with and without its prefix") {
  test::KnownAccounts accounts;
  Router router(accounts);
  router.set_base_path("/traceway/");
  router.add(Method::kGet, "/api/a/:id", guard::open(), says("a"));
  CHECK(serve(router, request_for("GET", "/traceway/api/a/1")).body == "a id=1");
  CHECK(serve(router, request_for("GET", "/api/a/1")).body == "a id=1");
  CHECK(serve(router, request_for("GET", "/tracewayapi/a/1")).status == 404);
}

TEST_CASE("router: a route knows the file it was added in") {
  test::KnownAccounts accounts;
  Router router(accounts);
  router.add(Method::kGet, "/api/a", guard::open(), says("a"));
  CHECK(router.routes().front()->source_file == "http/router_test.cpp");
}

TEST_CASE("server: the target becomes path and parameters; the rest of the head stays as sent") {
  const Request request = request_for(
      "PROPFIND", "http://host/a%20b/c?x=1&y=a+b%26&x=2#part",
      "REMOTE_ADDR: 1.2.3.4\r\nRange: bytes=0-1,x\r\nA: b%20c\r\nExpect: 100-continue\r\n"
      "Content-Length: 7\r\n");
  CHECK(request.method == Method::kOther);
  CHECK(request.method_name == "PROPFIND");
  CHECK(request.path == "/a b/c");
  CHECK(request.query == "x=1&y=a+b%26&x=2");
  CHECK(request.query_param("x") == "1");
  CHECK(request.query_param("y") == "a b&");
  CHECK_FALSE(request.query_param("z"));
  CHECK(request.headers.get("a") == "b%20c");
  CHECK(request.headers.get("remote_addr") == "1.2.3.4");
  CHECK(request.headers.all().size() == 6);
}

}  // namespace traceway::http
