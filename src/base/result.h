// Result<T> and Error: how expected failures travel. The day the toolchain has std::expected, one
// line changes.
#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace traceway {

/// The closed set of expected failures. `http/response.h` maps each to one HTTP status.
enum class ErrorCode : std::uint8_t {
  kMalformed,     ///< 400: not what the wire format or the route's request shape allows
  kUnauthorized,  ///< 401: no valid credential
  kForbidden,     ///< 403: a valid credential without the right
  kNotFound,      ///< 404
  kWrongMethod,   ///< 405
  kTooSlow,       ///< 408: the client sent too slowly
  kConflict,      ///< 409: uniqueness
  kGone,          ///< 410
  kTooLarge,      ///< 413: body over a limit, on the wire or decoded
  kUriTooLong,    ///< 414
  kUnsupported,   ///< 415: media type or content encoding
  kInvalid,     ///< 422: understood, but a rule of the product forbids it; shown to the user as it
                ///< stands
  kOverloaded,  ///< 429: queue full, or a rate limit
  kHeadTooLarge,  ///< 431
  kInternal,      ///< 500: a defect; the detail goes to the log, never to the client
  kUnavailable,   ///< 503: may heal (shutdown, full disk, locked database)
};

/// One expected failure. `message` may be shown to the client (except kInternal); `detail` is for
/// the log only.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  std::string detail;
  int retry_after_s = 0;  ///< seconds for Retry-After on 429 and 503; 0 = the code's default
};

template <class T>
using Result = tl::expected<T, Error>;

/// Makes the failure side of any Result: `return fail(ErrorCode::kNotFound, "Project not found");`
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message,
                                                std::string detail = {}, int retry_after_s = 0) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(detail), retry_after_s});
}

/// Passes the failure of one Result on as the failure of another: `if (!x) return fail(x);`
template <class T>
[[nodiscard]] tl::unexpected<Error> fail(Result<T>&& failed) {
  return tl::unexpected<Error>(std::move(failed).error());
}

template <class T>
[[nodiscard]] tl::unexpected<Error> fail(const Result<T>& failed) {
  return tl::unexpected<Error>(failed.error());
}

}  // namespace traceway
