#include "ingest/otlp_status.h"

#include "base/bytes.h"
#include "base/text.h"

#include <string>

namespace traceway::ingest {

namespace {

constexpr std::string_view kProtobufType = "application/x-protobuf";
constexpr std::string_view kJsonType = "application/json";

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>((value & 0x7FU) | 0x80U);
  out += static_cast<char>(value);
}

/// Field 1 as a varint, field 2 as text: the shape of Status and of Export*PartialSuccess.
std::string number_and_text(std::uint64_t number, std::string_view text) {
  std::string out = "\x08";
  append_varint(out, number);
  out += '\x12';
  append_varint(out, text.size());
  out += text;
  return out;
}

/// google.rpc.Code of an HTTP status.
int rpc_code_of(int status) {
  switch (status) {
    case 401:
      return 16;  // UNAUTHENTICATED
    case 403:
      return 7;  // PERMISSION_DENIED
    case 404:
      return 5;  // NOT_FOUND
    case 408:
      return 4;  // DEADLINE_EXCEEDED
    case 413:
    case 429:
      return 8;  // RESOURCE_EXHAUSTED
    case 500:
      return 13;  // INTERNAL
    case 503:
      return 14;  // UNAVAILABLE
    default:
      return 3;  // INVALID_ARGUMENT
  }
}

std::string_view rejected_member(OtlpSignal signal) {
  switch (signal) {
    case OtlpSignal::kTraces:
      return "rejectedSpans";
    case OtlpSignal::kMetrics:
      return "rejectedDataPoints";
    case OtlpSignal::kLogs:
      return "rejectedLogRecords";
  }
  return {};
}

std::string shown_message(const Error& error, std::string_view request_id) {
  if (error.code == ErrorCode::kInternal) {
    return "Something went wrong on the server, request " + std::string(request_id);
  }
  return error.message.empty() ? std::string(http::reason_phrase(http::status_of(error.code)))
                               : error.message;
}

}  // namespace

Result<OtlpEncoding> otlp_encoding_of(std::string_view content_type) {
  const std::string_view type = text::trim(content_type.substr(0, content_type.find(';')));
  if (text::equals_ignore_case(type, kProtobufType) ||
      text::equals_ignore_case(type, "application/protobuf")) {
    return OtlpEncoding::kProtobuf;
  }
  if (type.empty() || text::equals_ignore_case(type, kJsonType)) return OtlpEncoding::kJson;
  return fail(ErrorCode::kUnsupported, "unsupported media type");
}

std::string_view items_of(OtlpSignal signal) {
  switch (signal) {
    case OtlpSignal::kTraces:
      return "spans";
    case OtlpSignal::kMetrics:
      return "data points";
    case OtlpSignal::kLogs:
      return "log records";
  }
  return {};
}

http::Response otlp_response(OtlpSignal signal, OtlpEncoding encoding, const Rejected& rejected) {
  http::Response response;
  if (encoding == OtlpEncoding::kProtobuf) {
    response.content_type = kProtobufType;
    if (rejected.count == 0) return response;
    const std::string partial = number_and_text(rejected.count, rejected.reason);
    response.body = '\x0A';
    append_varint(response.body, partial.size());
    response.body += partial;
    return response;
  }
  response.content_type = kJsonType;
  response.body = "{}";
  if (rejected.count == 0) return response;
  response.body = R"({"partialSuccess":{")" + std::string(rejected_member(signal)) + R"(":")" +
                  std::to_string(rejected.count) + R"(","errorMessage":)";
  text::append_json_string(response.body, rejected.reason);
  response.body += "}}";
  return response;
}

http::Response otlp_status_error(const Error& error, std::string_view request_id,
                                 std::string_view content_type_of_request) {
  // json_error knows statuses and Retry-After; only the body speaks OTLP.
  http::Response response = http::json_error(error, request_id, content_type_of_request);
  Arena arena;
  const std::string shown = shown_message(error, request_id);
  const std::string_view message = text::clean_utf8(shown, arena);
  const int code = rpc_code_of(response.status);
  const auto encoding = otlp_encoding_of(content_type_of_request);
  if (encoding && *encoding == OtlpEncoding::kProtobuf) {
    response.content_type = kProtobufType;
    response.body = number_and_text(static_cast<std::uint64_t>(code), message);
    return response;
  }
  response.content_type = kJsonType;
  response.body = R"({"code":)" + std::to_string(code) + R"(,"message":)";
  text::append_json_string(response.body, message);
  response.body += '}';
  return response;
}

}  // namespace traceway::ingest
