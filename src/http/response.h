// What a handler answers, and the one map from error codes to statuses and bodies.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace traceway::http {

inline constexpr std::string_view kJsonContentType = "application/json; charset=utf-8";

/// One answer. The front adds Content-Length, Date, Connection and X-Trace-Id.
struct Response {
  int status = 200;
  /// Not sent beside an empty body when it is kJsonContentType: no bytes are no JSON, but they are
  /// a protobuf message.
  std::string content_type = std::string(kJsonContentType);
  std::string body;
  /// Bytes in the executable instead of `body` (embedded assets); not copied until the socket.
  std::string_view static_body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool close = false;        ///< close the connection after this answer
  bool is_deferred = false;  ///< set by Response::deferred(): Later's Answer speaks instead

  [[nodiscard]] std::string_view payload() const {
    return static_body.empty() ? std::string_view(body) : static_body;
  }

  /// What a handler returns after it took `Later`.
  [[nodiscard]] static Response deferred() {
    Response r;
    r.is_deferred = true;
    return r;
  }
};

/// 200 with a JSON text.
[[nodiscard]] Response json_response(std::string body, int status = 200);

/// The one map of architecture 7: code -> status.
[[nodiscard]] int status_of(ErrorCode code);

/// Builds the body of an error in a route family's shape. `request_id` is the X-Trace-Id of the
/// answer.
using ErrorShape = Response (*)(const Error& error, std::string_view request_id,
                                std::string_view content_type_of_request);

/// `{"error":"..."}`; empty body for kUnauthorized; a fixed sentence plus requestId for kInternal.
/// Retry-After on 429, 503.
[[nodiscard]] Response json_error(const Error& error, std::string_view request_id,
                                  std::string_view content_type_of_request);

/// The reason phrase of a status line.
[[nodiscard]] std::string_view reason_phrase(int status);

/// What the connection knows and the handler does not.
struct AnswerFrame {
  std::string_view request_id;    ///< 32 hex digits
  std::string_view date;          ///< IMF-fixdate
  std::string_view route_fields;  ///< Route::answer_fields: whole lines, appended as they stand
  bool keeps_alive = true;
  bool is_http_1_0 = false;
};

/// Appends status line and fields, blank line included. Every answer of the server, immediate or
/// late, goes through it. Values lose CR, LF and NUL: text of a client can never start a new field.
void append_head(std::string& out, const Response& response, const AnswerFrame& frame);

/// "Sun, 06 Nov 1994 08:49:37 GMT". unix_s: seconds since 1970 UTC.
[[nodiscard]] std::string http_date(std::int64_t unix_s);

/// A status that never carries a body: 204 and 304.
[[nodiscard]] constexpr bool is_bodiless(int status) {
  return status == 204 || status == 304;
}

}  // namespace traceway::http
