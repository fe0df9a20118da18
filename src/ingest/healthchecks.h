// Which requests are healthy answers to health checks, and what leaves with them. Source: ingest
// 3.11.
#pragma once

#include "ingest/decode_context.h"
#include "ingest/span_index.h"
#include "model/batch.h"

namespace traceway::ingest {

/// A healthy answer to a health check, by the built-in paths and the project's patterns.
[[nodiscard]] bool is_healthy_healthcheck(const Span& span, const DecodeContext& context);

/// Takes healthy health checks out of the batch with every span below them, except subtrees of a
/// task or an AI trace. One whose trace has an exception in the batch stays. `index`: of all spans
/// of the batch; useless afterwards.
void drop_healthchecks(TelemetryBatch& batch, const SpanIndex& index, const DecodeContext& context);

}  // namespace traceway::ingest
