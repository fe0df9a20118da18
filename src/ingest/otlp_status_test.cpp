#include "ingest/otlp_status.h"

#include <doctest/doctest.h>

#include <string>

namespace traceway::ingest {

namespace {

std::string header_of(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

TEST_CASE("otlp status: the media type decides the encoding") {
  for (const std::string_view type : {"application/x-protobuf", "Application/Protobuf",
                                      " application/x-protobuf ; charset=utf-8"}) {
    REQUIRE(otlp_encoding_of(type));
    CHECK(*otlp_encoding_of(type) == OtlpEncoding::kProtobuf);
  }
  for (const std::string_view type : {"", "application/json", "APPLICATION/JSON;charset=UTF-8"}) {
    REQUIRE(otlp_encoding_of(type));
    CHECK(*otlp_encoding_of(type) == OtlpEncoding::kJson);
  }
  for (const std::string_view type :
       {"text/plain", "application/grpc", "application/octet-stream", "application/x-protobuf2"}) {
    REQUIRE_FALSE(otlp_encoding_of(type));
    CHECK(otlp_encoding_of(type).error().code == ErrorCode::kUnsupported);
  }
}

TEST_CASE("otlp status: full success is the empty message") {
  const auto protobuf = otlp_response(OtlpSignal::kTraces, OtlpEncoding::kProtobuf, {0, ""});
  CHECK(protobuf.status == 200);
  CHECK(protobuf.content_type == "application/x-protobuf");
  CHECK(protobuf.body.empty());
  const auto json = otlp_response(OtlpSignal::kTraces, OtlpEncoding::kJson, {0, ""});
  CHECK(json.content_type == "application/json");
  CHECK(json.body == "{}");
}

TEST_CASE("otlp status: partial success counts and explains") {
  const auto protobuf = otlp_response(OtlpSignal::kTraces, OtlpEncoding::kProtobuf, {300, "bad"});
  CHECK(protobuf.status == 200);
  CHECK(protobuf.body == std::string("\x0A\x08\x08\xAC\x02\x12\x03"
                                     "bad"));
  const auto json = otlp_response(OtlpSignal::kTraces, OtlpEncoding::kJson, {2, "a \"b\""});
  CHECK(json.body == R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"a \"b\""}})");
}

TEST_CASE("otlp status: errors carry the code of their status, in the request's encoding") {
  const std::pair<ErrorCode, int> codes[] = {
      {ErrorCode::kMalformed, 3},     {ErrorCode::kWrongMethod, 3}, {ErrorCode::kUnsupported, 3},
      {ErrorCode::kUnauthorized, 16}, {ErrorCode::kTooSlow, 4},     {ErrorCode::kTooLarge, 8},
      {ErrorCode::kOverloaded, 8},    {ErrorCode::kInternal, 13},   {ErrorCode::kUnavailable, 14}};
  for (const auto& [code, expected] : codes) {
    const Error error{code, "msg", {}};
    const auto json = otlp_status_error(error, "r1", "application/json");
    CHECK(json.status == http::status_of(code));
    CHECK(json.content_type == "application/json");
    CHECK(json.body.starts_with(R"({"code":)" + std::to_string(expected) + R"(,"message":")"));
    const auto protobuf = otlp_status_error(error, "r1", "application/x-protobuf");
    CHECK(protobuf.content_type == "application/x-protobuf");
    REQUIRE(protobuf.body.size() > 3);
    CHECK(protobuf.body[0] == '\x08');
    CHECK(protobuf.body[1] == static_cast<char>(expected));
    CHECK(protobuf.body[2] == '\x12');
  }
  CHECK(otlp_status_error({ErrorCode::kMalformed, "invalid JSON", {}}, "", "").body ==
        R"({"code":3,"message":"invalid JSON"})");
  CHECK(otlp_status_error({ErrorCode::kUnsupported, "x", {}}, "", "text/plain").content_type ==
        "application/json");
}

TEST_CASE("otlp status: a 401 without words still says something") {
  const auto response = otlp_status_error({ErrorCode::kUnauthorized, {}, {}}, "", "");
  CHECK(response.status == 401);
  CHECK(response.body == R"({"code":16,"message":"Unauthorized"})");
}

TEST_CASE("otlp status: what can heal says when to come back, nothing else does") {
  const auto retry = [](ErrorCode code, int seconds) {
    return header_of(otlp_status_error({code, "x", {}, seconds}, "", ""), "Retry-After");
  };
  CHECK(retry(ErrorCode::kOverloaded, 0) == "1");
  CHECK(retry(ErrorCode::kUnavailable, 0) == "2");
  CHECK(retry(ErrorCode::kUnavailable, 5) == "5");
  CHECK(retry(ErrorCode::kMalformed, 5).empty());
}

TEST_CASE("otlp status: a defect shows the request id, never the detail") {
  const auto response =
      otlp_status_error({ErrorCode::kInternal, "secret", "detail"}, "abc123", "application/json");
  CHECK(response.body.find("secret") == std::string::npos);
  CHECK(response.body.find("detail") == std::string::npos);
  CHECK(response.body.find("abc123") != std::string::npos);
}

}  // namespace traceway::ingest
