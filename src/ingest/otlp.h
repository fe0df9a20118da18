// OTLP/HTTP exports, protobuf or JSON, to rows. Pure and fuzzable: no I/O, no clock, no
// database.
#pragma once

#include "base/result.h"
#include "ingest/decode_context.h"
#include "model/batch.h"

#include <vector>

namespace traceway::ingest {

/// Decodes one OTLP/HTTP protobuf trace export into spans and exceptions, in arrival order. Any
/// thread. body: already inflated; moved into the batch, whose rows are views into it. Errors:
/// kMalformed for broken wire data, kTooLarge past 100,000 spans. Invalid spans are counted, not
/// fatal. Source: OTLP 1.x trace service; ingest 4.3, 4.5–4.10.
[[nodiscard]] Result<TelemetryBatch> decode_traces_protobuf(std::vector<char>&& body,
                                                            const DecodeContext& context);
/// The same from OTLP/JSON: equal rows for equal data. Source: ingest 4.4.
[[nodiscard]] Result<TelemetryBatch> decode_traces_json(std::vector<char>&& body,
                                                        const DecodeContext& context);
/// Decodes one OTLP/HTTP protobuf log export into log records, in arrival order. Any thread. body:
/// as above. Errors: kMalformed for broken wire data, kTooLarge past 100,000 records. No record is
/// ever rejected. Source: OTLP 1.x logs service; ingest 4.3, 4.5, 4.12.
[[nodiscard]] Result<TelemetryBatch> decode_logs_protobuf(std::vector<char>&& body,
                                                          const DecodeContext& context);
/// The same from OTLP/JSON: equal rows for equal data. Source: ingest 4.4.
[[nodiscard]] Result<TelemetryBatch> decode_logs_json(std::vector<char>&& body,
                                                      const DecodeContext& context);

/// Decodes one OTLP/HTTP protobuf metric export into metric points, in arrival order, and the
/// definitions of their metrics. Any thread. body: already inflated; moved into the batch, whose
/// rows are views into it. Errors: kMalformed for broken wire data, kTooLarge past 100,000 data
/// points. Points without a name or a finite value are counted, not fatal. Source: OTLP 1.x metrics
/// service; ingest 4.3, 4.5, 4.11.
[[nodiscard]] Result<TelemetryBatch> decode_metrics_protobuf(std::vector<char>&& body,
                                                             const DecodeContext& context);
/// The same from OTLP/JSON: equal rows for equal data. Source: ingest 4.4.
[[nodiscard]] Result<TelemetryBatch> decode_metrics_json(std::vector<char>&& body,
                                                         const DecodeContext& context);

}  // namespace traceway::ingest
