// What OTLP clients are answered: success, partial success, and errors as google.rpc.Status, in the
// encoding of the request.
#pragma once

#include "base/result.h"
#include "http/response.h"

#include <cstdint>
#include <string_view>

namespace traceway::ingest {

enum class OtlpEncoding : std::uint8_t { kProtobuf, kJson };

/// By the request's Content-Type, parameters and case ignored; absent means JSON. Errors:
/// kUnsupported for any other media type. Source: ingest 4.2.1.
[[nodiscard]] Result<OtlpEncoding> otlp_encoding_of(std::string_view content_type);

/// 200: the empty message, or partial success when `rejected` is not 0; `rejected_member` is what
/// the signal calls that number in JSON. Source: ingest 4.2.4 and 4.2.6.
[[nodiscard]] http::Response otlp_response(OtlpEncoding encoding, std::string_view rejected_member,
                                           std::uint64_t rejected, std::string_view reason);

/// The error shape of the OTLP routes: Status with the code of ingest 4.2.5, Retry-After on 429 and
/// 503. A kInternal error shows a fixed sentence and the request id only.
[[nodiscard]] http::Response otlp_status_error(const Error& error, std::string_view request_id,
                                               std::string_view content_type_of_request);

}  // namespace traceway::ingest
