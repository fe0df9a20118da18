// OTLP/HTTP trace exports, protobuf or JSON, to rows. Pure and fuzzable: no I/O, no clock, no
// database.
#pragma once

#include "base/result.h"
#include "model/batch.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::ingest {

/// What the conversion needs to know besides the bytes.
struct DecodeContext {
  Uuid project;
  std::int64_t received_ns = 0;
  bool is_browser_project =
      false;  ///< framework react, svelte, vuejs, jquery, react-native (ingest 4.7 rule 0)
  bool drops_healthy_healthchecks = false;
  std::vector<std::string> healthcheck_paths;
};

/// Decodes one OTLP/HTTP protobuf trace export into spans and exceptions, in arrival order. Any
/// thread. body: already inflated; moved into the batch, whose rows are views into it. Errors:
/// kMalformed for broken wire data, kTooLarge past 100,000 spans. Invalid spans are counted, not
/// fatal. Source: OTLP 1.x trace service; ingest 4.3, 4.5–4.10.
[[nodiscard]] Result<TelemetryBatch> decode_traces_protobuf(std::vector<char>&& body,
                                                            const DecodeContext& context);
/// The same from OTLP/JSON: equal rows for equal data. Source: ingest 4.4.
[[nodiscard]] Result<TelemetryBatch> decode_traces_json(std::vector<char>&& body,
                                                        const DecodeContext& context);

}  // namespace traceway::ingest
