// What is known of one issue in a range: how much, whom, since when, where, and what became of it;
// and its events one by one.
#pragma once

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace traceway {
struct Services;
}

namespace traceway::issues {

/// POST /api/exception-stack-traces/:hash/facts. Events, users, trend and tags are those of the
/// range, the rest is of all time. Tags come from the newest 10,000 occurrences. Errors:
/// kMalformed, kNotFound.
[[nodiscard]] Result<http::Response> facts(http::Request& request, Services& services);

/// POST /api/exception-stack-traces/:hash/events. Differences come from the newest 2,000 events
/// that match. Errors: kMalformed, kNotFound, those of the filters.
[[nodiscard]] Result<http::Response> events(http::Request& request, Services& services);

}  // namespace traceway::issues
