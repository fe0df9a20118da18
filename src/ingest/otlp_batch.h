// The batch both decoders start from.
#pragma once

#include "ingest/otlp.h"

#include <utility>
#include <vector>

namespace traceway::ingest {

/// A batch that owns the body, with its digest.
[[nodiscard]] inline TelemetryBatch new_batch(std::vector<char>&& body, DigestOf what,
                                              const DecodeContext& context) {
  TelemetryBatch batch;
  batch.project = context.project;
  batch.received_ns = context.received_ns;
  batch.body = std::move(body);
  batch.digest = digest_of(context.project, what, {batch.body.data(), batch.body.size()});
  return batch;
}

}  // namespace traceway::ingest
