// Archiving issues, and taking it back. Both take the writer's road and are answered once
// committed.
#pragma once

#include "base/result.h"
#include "http/later.h"
#include "http/request.h"
#include "http/response.h"

namespace traceway {
struct Services;
}

namespace traceway::issues {

/// POST /api/exception-stack-traces/archive. Source: dashboard-api 12.3. `until` says what brings
/// an issue back: n more events, an event after n days, an event of a version that nothing was
/// reported from before; without it any later event does. Errors: kMalformed without hashes,
/// kInvalid for more than 1,000 or for a condition that cannot be, those of the queue.
[[nodiscard]] Result<http::Response> archive(http::Request& request, http::Later& later,
                                             Services& services);

/// POST /api/exception-stack-traces/unarchive. Errors: as archive().
[[nodiscard]] Result<http::Response> unarchive(http::Request& request, http::Later& later,
                                               Services& services);

}  // namespace traceway::issues
