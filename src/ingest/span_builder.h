// Applies the rules of ingest 4.5–4.10 and 10 to wire spans: validity, duplicates, rows, entities,
// exceptions. Shared by both OTLP encodings, so equal data gives equal rows.
#pragma once

#include "ingest/attribute_value.h"
#include "ingest/entities.h"
#include "ingest/otlp.h"
#include "ingest/span_index.h"
#include "ingest/wire_span.h"
#include "model/batch.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace traceway::ingest {

/// Fills a batch from one request. Calls come in wire order: begin_resource, begin_scope, add...,
/// end_resource; finish once at the end. Not thread-safe.
class SpanBuilder {
 public:
  SpanBuilder(TelemetryBatch& batch, const DecodeContext& context);

  void begin_resource(const WireResource& resource);
  /// `span_count`: how many spans are about to be added, where the decoder knows; only a hint.
  void begin_scope(const WireScope& scope, std::size_t span_count);
  /// False once the request holds more than it may; decoding should stop and finish() will say so.
  [[nodiscard]] bool add(const WireSpan& wire);
  /// Decides the endpoints that depend on spans of the same resource.
  void end_resource();
  /// Exceptions get types, hashes and ids; filtered spans leave. Errors: kTooLarge past 100,000
  /// elements or 2,000,000 stored attributes.
  [[nodiscard]] Result<void> finish();

 private:
  /// What the rules need of a span beyond its row. One per span, same index.
  struct Facts {
    std::uint32_t resource = 0;
    std::uint32_t generation = 0;  ///< raised when a longer duplicate takes the span's place
    bool has_http = false;
    bool needs_entry_point = false;
    EntityKind otherwise = EntityKind::kNone;
  };

  /// The span an exception came from, while it is not yet certain to stay.
  struct Owner {
    std::uint32_t span = 0;
    std::uint32_t generation = 0;
  };

  [[nodiscard]] bool is_within_limits(const WireSpan& wire);
  /// Reads ids and times; false when the span must be rejected.
  [[nodiscard]] bool read_identity(const WireSpan& wire, Span& span);
  /// The index the span will have; empty when a duplicate that is at least as long stays.
  [[nodiscard]] std::optional<std::uint32_t> claim_index(const Span& span);
  void read_details(const WireSpan& wire, Span& span);
  [[nodiscard]] std::string_view events_json(const WireSpan& wire);
  [[nodiscard]] std::string_view links_json(const WireSpan& wire);
  void add_exceptions(const WireSpan& wire, const Span& span, std::uint32_t index);
  void add_exception(const KnownAttributes& source, const Span& span, std::uint32_t index,
                     std::int64_t recorded_ns, AttributeRange attributes);
  /// The span's map with what the language and the event add.
  [[nodiscard]] AttributeRange exception_attributes(const Span& span,
                                                    std::span<const WireAttribute> event);
  [[nodiscard]] AttributeRange with_language(const AttributeRange& of_span);
  AttributeRange copy_attributes(const AttributeRange& from);
  [[nodiscard]] bool is_entry_point(std::uint32_t index) const;
  void finish_exceptions();

  TelemetryBatch& batch_;
  const DecodeContext& context_;
  SpanIndex index_;
  std::vector<Facts> facts_;
  std::vector<Owner> owners_;  ///< one per exception
  std::vector<std::uint32_t> undecided_;
  UniqueAttributes unique_;
  KnownAttributes known_;
  KnownAttributes known_of_event_;
  std::optional<AttributeRange> base_of_exceptions_;  ///< of the current span, made when needed
  std::unordered_set<std::string_view> base_keys_;
  std::string scratch_;
  std::size_t elements_ = 0;
  std::uint32_t resource_ = 0;
  bool is_too_large_ = false;

  // Of the current resource and scope.
  std::string_view service_name_, service_version_, language_, resource_session_;
  std::string_view resource_json_, resource_schema_url_;
  std::string_view scope_name_, scope_version_, scope_json_, scope_schema_url_;
  bool is_javascript_resource_ = false;
  bool is_javascript_ = false;
};

}  // namespace traceway::ingest
