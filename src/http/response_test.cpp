#include "http/response.h"

#include <doctest/doctest.h>

namespace traceway::http {

namespace {

std::string head_of(const Response& response, bool keeps_alive = true, bool is_http_1_0 = false) {
  std::string out;
  append_head(out, response,
              {.request_id = "id",
               .date = "now",
               .route_fields = "X-Route: 1\r\n",
               .keeps_alive = keeps_alive,
               .is_http_1_0 = is_http_1_0});
  return out;
}

}  // namespace

TEST_CASE("response: the head has the fields of every answer, then the handler's") {
  Response response = json_response("{}", 201);
  response.headers.emplace_back("Allow", "GET");
  CHECK(head_of(response) ==
        "HTTP/1.1 201 Created\r\nDate: now\r\nX-Trace-Id: id\r\nX-Content-Type-Options: nosniff\r\n"
        "Content-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\nAllow: GET\r\n"
        "X-Route: 1\r\n\r\n");
  CHECK(head_of(response, false).ends_with("Connection: close\r\n\r\n"));
  CHECK(head_of(response, true, true).ends_with("Connection: keep-alive\r\n\r\n"));
}

TEST_CASE("response: 204 and 304 say nothing about a body, an empty one has length 0") {
  for (const int status : {204, 304}) {
    const std::string head = head_of(json_response("", status));
    CHECK(head.find("Content-Length") == std::string::npos);
    CHECK(head.find("Content-Type:") == std::string::npos);
  }
  const std::string empty = head_of(json_response("", 401));
  CHECK(empty.find("Content-Length: 0\r\n") != std::string::npos);
  CHECK(empty.find("Content-Type:") == std::string::npos);
  Response message;
  message.content_type = "application/x-protobuf";
  CHECK(head_of(message).find("Content-Type: application/x-protobuf\r\nContent-Length: 0\r\n") !=
        std::string::npos);
}

TEST_CASE("response: a value cannot start a new field") {
  Response response = json_response("{}");
  response.headers.emplace_back("Location", "/x\r\nSet-Cookie: a=b\n");
  CHECK(head_of(response).find("Location: /xSet-Cookie: a=b\r\n") != std::string::npos);
}

TEST_CASE("response: every error code has its status, and only retryable ones say when") {
  struct Case {
    ErrorCode code;
    int status;
    const char* retry_after;
  };

  for (const Case& one :
       {Case{ErrorCode::kMalformed, 400, ""}, Case{ErrorCode::kUnauthorized, 401, ""},
        Case{ErrorCode::kForbidden, 403, ""}, Case{ErrorCode::kNotFound, 404, ""},
        Case{ErrorCode::kWrongMethod, 405, ""}, Case{ErrorCode::kTooSlow, 408, ""},
        Case{ErrorCode::kConflict, 409, ""}, Case{ErrorCode::kGone, 410, ""},
        Case{ErrorCode::kTooLarge, 413, ""}, Case{ErrorCode::kUriTooLong, 414, ""},
        Case{ErrorCode::kUnsupported, 415, ""}, Case{ErrorCode::kInvalid, 422, ""},
        Case{ErrorCode::kOverloaded, 429, "1"}, Case{ErrorCode::kHeadTooLarge, 431, ""},
        Case{ErrorCode::kInternal, 500, ""}, Case{ErrorCode::kUnavailable, 503, "2"}}) {
    CAPTURE(one.status);
    const Response response = json_error({one.code, "text \"x\"", "detail", 0}, "id", "");
    CHECK(response.status == one.status);
    CHECK(reason_phrase(one.status) != "Unknown");
    CHECK(response.body.find("detail") == std::string::npos);
    std::string retry_after;
    for (const auto& [name, value] : response.headers) {
      if (name == "Retry-After") retry_after = value;
    }
    CHECK(retry_after == one.retry_after);
  }
  CHECK(json_error({ErrorCode::kInvalid, "say \"x\"\xFF", {}, 0}, "id", "").body ==
        "{\"error\":\"say \\\"x\\\"\xEF\xBF\xBD\"}");
  CHECK(json_error({ErrorCode::kUnauthorized, "x", {}, 0}, "id", "").body.empty());
  CHECK(json_error({ErrorCode::kMalformed, "", {}, 0}, "id", "").body.empty());
}

TEST_CASE("response: dates are IMF-fixdate whatever the locale") {
  CHECK(http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
}

}  // namespace traceway::http
