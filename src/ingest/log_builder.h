// Applies the rules of ingest 4.5 and 4.12 to wire log records. Shared by both OTLP encodings, so
// equal data gives equal rows.
#pragma once

#include "base/result.h"
#include "ingest/attribute_value.h"
#include "ingest/decode_context.h"
#include "ingest/wire_log.h"
#include "model/batch.h"

#include <cstdint>
#include <string_view>

namespace traceway::ingest {

/// A severity as it is stored.
struct Severity {
  std::uint8_t number = 0;  ///< 0..24
  std::string_view text;    ///< upper case, in the arena or static
};

/// Number and text complete each other. Source: ingest 4.12.
[[nodiscard]] Severity severity_of(std::uint64_t number, std::string_view text, Arena& arena);

/// Fills a batch from one request. Calls come in wire order: begin_resource, begin_scope, add...,
/// end_resource; finish once at the end. Not thread-safe.
class LogBuilder {
 public:
  LogBuilder(TelemetryBatch& batch, const DecodeContext& context)
      : batch_(batch), context_(context) {}

  void begin_resource(const WireResource& resource);
  /// `records`: how many are about to be added, where the decoder knows; only a hint.
  void begin_scope(const WireScope& scope, std::size_t records);
  /// False once the request holds more than it may; decoding should stop and finish() will say so.
  [[nodiscard]] bool add(const WireLog& wire);

  void end_resource() {}

  /// Errors: kTooLarge past 100,000 records or 2,000,000 stored attributes.
  [[nodiscard]] Result<void> finish() const;

 private:
  [[nodiscard]] std::string_view body_text(const AttributeValue& body);
  [[nodiscard]] AttributeRange log_attributes(const WireLog& wire);

  TelemetryBatch& batch_;
  const DecodeContext& context_;
  UniqueAttributes unique_;
  LogRecord next_;  ///< what the records of the current resource and scope share
  bool is_javascript_resource_ = false;
  bool is_javascript_ = false;
  bool is_too_large_ = false;
};

}  // namespace traceway::ingest
