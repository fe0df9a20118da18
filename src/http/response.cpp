#include "http/response.h"

#include "base/bytes.h"
#include "base/text.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace traceway::http {

namespace {

constexpr int kDefaultRetryOverloadedS = 1;
constexpr int kDefaultRetryUnavailableS = 2;
constexpr std::string_view kInternalSentence = "Something went wrong on the server";

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  if (value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos) {
    out.append(value);
  } else {
    for (const char c : value) {
      if (c != '\r' && c != '\n' && c != '\0') out.push_back(c);
    }
  }
  out.append("\r\n");
}

std::string error_body(const Error& error, std::string_view request_id) {
  if (error.code == ErrorCode::kUnauthorized) return {};
  std::string out;
  if (error.code == ErrorCode::kInternal) {
    out.append("{\"error\":\"").append(kInternalSentence).append("\",\"requestId\":");
    text::append_json_string(out, request_id);
    out.push_back('}');
    return out;
  }
  if (error.message.empty()) return out;
  Arena arena;
  out.append("{\"error\":");
  text::append_json_string(out, text::clean_utf8(error.message, arena));
  out.push_back('}');
  return out;
}

}  // namespace

Response json_response(std::string body, int status) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kMalformed:
      return 400;
    case ErrorCode::kUnauthorized:
      return 401;
    case ErrorCode::kForbidden:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kWrongMethod:
      return 405;
    case ErrorCode::kTooSlow:
      return 408;
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kGone:
      return 410;
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kUriTooLong:
      return 414;
    case ErrorCode::kUnsupported:
      return 415;
    case ErrorCode::kInvalid:
      return 422;
    case ErrorCode::kOverloaded:
      return 429;
    case ErrorCode::kHeadTooLarge:
      return 431;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kInternal:
      break;
  }
  return 500;
}

Response json_error(const Error& error, std::string_view request_id,
                    std::string_view /*content_type_of_request*/) {
  Response response = json_response(error_body(error, request_id), status_of(error.code));
  if (error.code == ErrorCode::kOverloaded || error.code == ErrorCode::kUnavailable) {
    const int fallback =
        error.code == ErrorCode::kOverloaded ? kDefaultRetryOverloadedS : kDefaultRetryUnavailableS;
    const int seconds = error.retry_after_s > 0 ? error.retry_after_s : fallback;
    response.headers.emplace_back("Retry-After", std::to_string(seconds));
  }
  return response;
}

std::string_view reason_phrase(int status) {
  struct Phrase {
    int status;
    std::string_view text;
  };

  static constexpr std::array<Phrase, 30> kPhrases = {{
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {206, "Partial Content"},
      {207, "Multi-Status"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {503, "Service Unavailable"},
      {505, "HTTP Version Not Supported"},
  }};
  for (const Phrase& phrase : kPhrases) {
    if (phrase.status == status) return phrase.text;
  }
  return "Unknown";
}

void append_head(std::string& out, const Response& response, const AnswerFrame& frame) {
  const std::string_view payload = response.payload();
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::uint64_t>(response.status));
  out.push_back(' ');
  out.append(reason_phrase(response.status)).append("\r\nDate: ").append(frame.date);
  out.append("\r\nX-Trace-Id: ").append(frame.request_id);
  out.append("\r\nX-Content-Type-Options: nosniff\r\n");
  if (!is_bodiless(response.status)) {
    if (!response.content_type.empty() &&
        (!payload.empty() || response.content_type != kJsonContentType)) {
      append_field(out, "Content-Type", response.content_type);
    }
    out.append("Content-Length: ");
    append_number(out, payload.size());
    out.append("\r\n");
  }
  for (const auto& [name, value] : response.headers) append_field(out, name, value);
  out.append(frame.route_fields);
  if (!frame.keeps_alive) {
    out.append("Connection: close\r\n");
  } else if (frame.is_http_1_0) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
}

std::string http_date(std::int64_t unix_s) {
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(unix_s);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  // strftime would write the names of the process's locale.
  std::array<char, 64> out{};
  const int size = std::snprintf(out.data(), out.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                 kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                                 kMonths[static_cast<std::size_t>(parts.tm_mon)],
                                 parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return {out.data(), static_cast<std::size_t>(size)};
}

}  // namespace traceway::http
