// The batch both decoders start from.
#pragma once

#include "base/hash.h"
#include "ingest/otlp.h"

#include <utility>
#include <vector>

namespace traceway::ingest {

/// A batch that owns the body, with its digest. The signal is part of the digest, so the same bytes
/// on another signal's route are another request.
[[nodiscard]] inline TelemetryBatch new_batch(std::vector<char>&& body,
                                              const DecodeContext& context) {
  constexpr std::uint64_t kTraceSignal = 1;
  TelemetryBatch batch;
  batch.project = context.project;
  batch.received_ns = context.received_ns;
  batch.body = std::move(body);
  batch.digest = hash128({batch.body.data(), batch.body.size()},
                         hash64(context.project.view()) + kTraceSignal);
  return batch;
}

}  // namespace traceway::ingest
