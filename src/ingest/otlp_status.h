// What OTLP clients are answered: success, partial success, and errors as google.rpc.Status, in the
// encoding of the request.
#pragma once

#include "base/result.h"
#include "http/response.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace traceway::ingest {

enum class OtlpSignal : std::uint8_t { kTraces, kMetrics, kLogs };

/// What a signal consists of, for people: "spans", "data points", "log records".
[[nodiscard]] std::string_view items_of(OtlpSignal signal);

enum class OtlpEncoding : std::uint8_t { kProtobuf, kJson };

/// By the request's Content-Type, parameters and case ignored; absent means JSON. Errors:
/// kUnsupported for any other media type. Source: ingest 4.2.1.
[[nodiscard]] Result<OtlpEncoding> otlp_encoding_of(std::string_view content_type);

/// What of an export was not taken; count 0: all of it was.
struct Rejected {
  std::uint64_t count = 0;
  std::string reason;
};

/// 200: the empty message, or partial success. Source: ingest 4.2.4 and 4.2.6.
[[nodiscard]] http::Response otlp_response(OtlpSignal signal, OtlpEncoding encoding,
                                           const Rejected& rejected);

/// The error shape of the OTLP routes: Status with the code of ingest 4.2.5, Retry-After on 429 and
/// 503. A kInternal error shows a fixed sentence and the request id only.
[[nodiscard]] http::Response otlp_status_error(const Error& error, std::string_view request_id,
                                               std::string_view content_type_of_request);

}  // namespace traceway::ingest
