// From a body to a batch: what the decoders of all signals do around their reader.
#pragma once

#include "base/result.h"
#include "ingest/decode_context.h"
#include "ingest/json_body.h"
#include "model/batch.h"

#include <protozero/exception.hpp>

#include <utility>
#include <vector>

namespace traceway::ingest {

/// A batch that owns the body, with its digest.
[[nodiscard]] inline TelemetryBatch new_batch(std::vector<char>&& body,
                                              const DecodeContext& context, DigestOf what) {
  TelemetryBatch batch;
  batch.project = context.project;
  batch.received_ns = context.received_ns;
  batch.body = std::move(body);
  batch.digest = digest_of(context.project, what, {batch.body.data(), batch.body.size()});
  return batch;
}

/// `Reader` is made of batch and context and has read(request).
template <class Reader>
[[nodiscard]] Result<TelemetryBatch> decode_protobuf(std::vector<char>&& body,
                                                     const DecodeContext& context, DigestOf what) {
  TelemetryBatch batch = new_batch(std::move(body), context, what);
  try {
    Reader reader(batch, context);
    const std::string_view request{batch.body.data(), batch.body.size()};
    if (auto done = reader.read(request); !done) return fail(done);
  } catch (const protozero::exception& error) {  // broken wire data, the reader's only exception
    return fail(ErrorCode::kMalformed, "invalid protobuf", error.what());
  }
  return batch;
}

template <class Reader>
[[nodiscard]] Result<TelemetryBatch> decode_json(std::vector<char>&& body,
                                                 const DecodeContext& context, DigestOf what) {
  TelemetryBatch batch = new_batch(std::move(body), context, what);
  simdjson::dom::parser parser;
  const auto request = parse_json_body(parser, batch.body);
  if (!request) return fail(request);
  Reader reader(batch, context);
  if (auto done = reader.read(*request); !done) return fail(done);
  batch.body = {};  // every text has been copied into the arena
  return batch;
}

}  // namespace traceway::ingest
