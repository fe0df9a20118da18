#include "ingest/span_builder.h"

#include "base/hash.h"
#include "base/text.h"
#include "ingest/exceptions.h"

#include <algorithm>
#include <charconv>

namespace traceway::ingest {

namespace {

constexpr std::size_t kUsualAttributes = 8;  ///< of one span, to reserve for
constexpr std::string_view kStacktraceKey = "exception.stacktrace";
constexpr std::string_view kLanguageKey = "telemetry.sdk.language";

std::string_view service_version_of(const WireAttributes& attributes) {
  if (const auto version = text_of(attributes, "service.version"); !version.empty()) return version;
  const std::string_view script = text_of(attributes, "cloudflare.script_version.id");
  return script.substr(script.rfind('-') + 1);  // npos + 1 == 0: no dash, the whole id
}

void append_member(std::string& out, std::string_view name, std::uint64_t value) {
  char digits[24];
  out += name;
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

Uuid session_of(std::string_view text) {
  return parse_uuid(text).value_or(Uuid{});
}

}  // namespace

SpanBuilder::SpanBuilder(TelemetryBatch& batch, const DecodeContext& context)
    : batch_(batch), context_(context), index_(hash64(batch.digest.view())) {}

void SpanBuilder::begin_resource(const WireResource& resource) {
  Arena& arena = batch_.arena;
  ++resource_;
  service_name_ = stored_text(text_of(resource.attributes, "service.name"), kMaxLabelBytes, arena);
  service_version_ = stored_text(service_version_of(resource.attributes), kMaxLabelBytes, arena);
  language_ = stored_text(text_of(resource.attributes, kLanguageKey), kMaxLabelBytes, arena);
  resource_session_ = text_of(resource.attributes, "session.id");
  resource_schema_url_ = stored_text(resource.schema_url, kMaxNameBytes, arena);
  is_javascript_resource_ = is_javascript_language(language_);
  scratch_ = R"({"attributes":)";
  append_typed_map(scratch_, unique_.of(resource.attributes, arena), arena);
  append_member(scratch_, R"(,"dropped_attributes_count":)", resource.dropped_attributes);
  scratch_ += '}';
  resource_json_ = arena.copy(scratch_);
}

void SpanBuilder::begin_scope(const WireScope& scope, std::size_t span_count) {
  Arena& arena = batch_.arena;
  const std::size_t wanted = batch_.spans.size() + std::min(span_count, kMaxElements);
  if (wanted > batch_.spans.capacity()) {  // at least doubling: there may be many small scopes
    const std::size_t room = std::max(wanted, 2 * batch_.spans.capacity());
    batch_.spans.reserve(room);
    facts_.reserve(room);
    batch_.attributes.reserve(room * kUsualAttributes);
  }
  scope_name_ = stored_text(scope.name, kMaxLabelBytes, arena);
  scope_version_ = stored_text(scope.version, kMaxLabelBytes, arena);
  scope_schema_url_ = stored_text(scope.schema_url, kMaxNameBytes, arena);
  is_javascript_ = is_javascript_resource_ || is_javascript_scope(scope_name_);
  scratch_ = R"({"name":)";
  text::append_json_string(scratch_, scope_name_);
  scratch_ += R"(,"version":)";
  text::append_json_string(scratch_, scope_version_);
  scratch_ += R"(,"attributes":)";
  append_typed_map(scratch_, unique_.of(scope.attributes, arena), arena);
  append_member(scratch_, R"(,"dropped_attributes_count":)", scope.dropped_attributes);
  scratch_ += '}';
  scope_json_ = arena.copy(scratch_);
}

bool SpanBuilder::is_within_limits(const WireSpan& wire) {
  elements_ += 1 + wire.events.size() + wire.links.size();
  if (elements_ > kMaxElements || batch_.attributes.size() > kMaxStoredAttributes) {
    is_too_large_ = true;
  }
  return !is_too_large_;
}

bool SpanBuilder::add(const WireSpan& wire) {
  if (!is_within_limits(wire)) return false;
  Span span;
  if (!read_identity(wire, span)) {
    ++batch_.rejected;
    return true;
  }
  const auto index = claim_index(span);
  if (!index) return true;
  read_details(wire, span);
  known_.read(wire.attributes);
  const Promotion promotion = promotion_of(span, known_, context_);
  promote(span, promotion.kind, known_, batch_.project, batch_.arena);

  Facts& facts = facts_[*index];
  facts.resource = resource_;
  facts.has_http = known_.has_http();
  facts.needs_entry_point = promotion.needs_entry_point;
  facts.otherwise = promotion.otherwise;
  if (promotion.needs_entry_point) undecided_.push_back(*index);
  add_exceptions(wire, span, *index);
  batch_.spans[*index] = span;
  return true;
}

bool SpanBuilder::read_identity(const WireSpan& wire, Span& span) {
  span.trace = uuid_from_bytes(wire.trace_id);
  if (wire.id.size() != 8 || span.trace.is_zero()) return false;
  if (!wire.parent.empty() && wire.parent.size() != 8) return false;
  span.id = span_id_from_bytes(wire.id);
  span.parent = span_id_from_bytes(wire.parent);
  span.source_start_ns = wire.start_ns;
  span.source_end_ns = wire.end_ns;
  span.start_ns = repaired_time(wire.start_ns, context_.received_ns);
  if (wire.end_ns > wire.start_ns) {
    span.duration_ns =
        static_cast<std::int64_t>(std::min<std::uint64_t>(wire.end_ns - wire.start_ns, INT64_MAX));
  }
  return !span.id.is_empty();
}

std::optional<std::uint32_t> SpanBuilder::claim_index(const Span& span) {
  if (const auto known = index_.find(batch_.spans, span.trace, span.id)) {
    if (span.duration_ns <= batch_.spans[*known].duration_ns) return std::nullopt;
    ++facts_[*known].generation;
    return known;
  }
  const auto index = static_cast<std::uint32_t>(batch_.spans.size());
  batch_.spans.push_back(span);
  facts_.emplace_back();
  index_.insert(batch_.spans, index);
  return index;
}

void SpanBuilder::read_details(const WireSpan& wire, Span& span) {
  Arena& arena = batch_.arena;
  span.name = stored_text(wire.name, kMaxNameBytes, arena);
  if (wire.kind <= static_cast<std::uint64_t>(SpanKind::kConsumer)) {
    span.kind = static_cast<SpanKind>(wire.kind);
  }
  span.status_code = wire.status_code <= 2 ? static_cast<std::uint8_t>(wire.status_code) : 0;
  span.status_message = stored_text(wire.status_message, kMaxValueBytes, arena);
  span.trace_state = stored_text(wire.trace_state, kMaxNameBytes, arena);
  span.flags = wire.flags;
  span.dropped_attributes = wire.dropped_attributes;
  span.dropped_events = wire.dropped_events;
  span.dropped_links = wire.dropped_links;
  span.service_name = service_name_;
  span.service_version = service_version_;
  span.scope_name = scope_name_;
  span.scope_version = scope_version_;
  span.resource_schema_url = resource_schema_url_;
  span.scope_schema_url = scope_schema_url_;
  span.resource_json = resource_json_;
  span.scope_json = scope_json_;
  span.attributes = append_map(batch_, unique_.of(wire.attributes, arena), kStacktraceKey);
  span.events_json = events_json(wire);
  span.links_json = links_json(wire);
}

std::string_view SpanBuilder::events_json(const WireSpan& wire) {
  if (wire.events.empty()) return {};
  Arena& arena = batch_.arena;
  scratch_ = '[';
  for (const WireEvent& event : wire.events) {
    append_member(scratch_,
                  scratch_.size() > 1 ? R"(,{"time_unix_nano":)" : R"({"time_unix_nano":)",
                  event.time_ns);
    scratch_ += R"(,"name":)";
    text::append_json_string(scratch_, stored_text(event.name, kMaxNameBytes, arena));
    scratch_ += R"(,"attributes":)";
    append_typed_map(scratch_, unique_.of(wire.nested(event.attributes), arena), arena);
    append_member(scratch_, R"(,"dropped_attributes_count":)", event.dropped_attributes);
    scratch_ += '}';
  }
  scratch_ += ']';
  return arena.copy(scratch_);
}

std::string_view SpanBuilder::links_json(const WireSpan& wire) {
  if (wire.links.empty()) return {};
  Arena& arena = batch_.arena;
  scratch_ = '[';
  for (const WireLink& link : wire.links) {
    scratch_ += scratch_.size() > 1 ? R"(,{"trace_id":")" : R"({"trace_id":")";
    if (link.trace_id.size() == 16) scratch_ += text::to_hex(link.trace_id);
    scratch_ += R"(","span_id":")";
    if (link.span_id.size() == 8) scratch_ += text::to_hex(link.span_id);
    scratch_ += R"(","trace_state":)";
    text::append_json_string(scratch_, stored_text(link.trace_state, kMaxNameBytes, arena));
    append_member(scratch_, R"(,"flags":)", link.flags);
    scratch_ += R"(,"attributes":)";
    append_typed_map(scratch_, unique_.of(wire.nested(link.attributes), arena), arena);
    append_member(scratch_, R"(,"dropped_attributes_count":)", link.dropped_attributes);
    scratch_ += '}';
  }
  scratch_ += ']';
  return arena.copy(scratch_);
}

void SpanBuilder::add_exceptions(const WireSpan& wire, const Span& span, std::uint32_t index) {
  base_of_exceptions_.reset();
  base_keys_.clear();
  bool has_event = false;
  for (const WireEvent& event : wire.events) {
    if (event.name != "exception") continue;
    has_event = true;
    const auto attributes = wire.nested(event.attributes);
    known_of_event_.read(attributes);
    add_exception(known_of_event_, span, index, repaired_time(event.time_ns, context_.received_ns),
                  exception_attributes(span, attributes));
    if (batch_.attributes.size() > kMaxStoredAttributes) break;  // the next add() refuses
  }
  if (!has_event && known_.has_exception()) {
    add_exception(known_, span, index, span.start_ns, exception_attributes(span, {}));
  }
}

void SpanBuilder::add_exception(const KnownAttributes& source, const Span& span,
                                std::uint32_t index, std::int64_t recorded_ns,
                                AttributeRange attributes) {
  Exception& row = batch_.exceptions.emplace_back();
  row.trace = span.trace;
  row.span = span.id;
  row.linked_trace = linked_trace_of(known_, span.trace);
  row.stack_trace = exception_text(source, is_javascript_, batch_.arena);
  row.recorded_ns = recorded_ns;
  row.attributes = attributes;
  row.app_version = service_version_;
  row.server_name = service_name_;
  row.session = session_of(known_.text(Known::kSessionId));
  if (row.session.is_zero()) row.session = session_of(resource_session_);
  owners_.push_back({index, facts_[index].generation});
}

AttributeRange SpanBuilder::copy_attributes(const AttributeRange& from) {
  const AttributeRange copy{static_cast<std::uint32_t>(batch_.attributes.size()), from.count};
  for (std::uint32_t i = 0; i < from.count; ++i) {
    const Attribute attribute = batch_.attributes[from.first + i];  // push_back may move its source
    batch_.attributes.push_back(attribute);
  }
  return copy;
}

AttributeRange SpanBuilder::with_language(const AttributeRange& of_span) {
  if (!is_kept_language(language_) || of_span.count >= kMaxAttributes) return of_span;
  for (std::uint32_t i = 0; i < of_span.count; ++i) {
    if (batch_.attributes[of_span.first + i].key == kLanguageKey) return of_span;
  }
  AttributeRange range = copy_attributes(of_span);
  batch_.attributes.push_back({kLanguageKey, language_});
  ++range.count;
  return range;
}

AttributeRange SpanBuilder::exception_attributes(const Span& span,
                                                 std::span<const WireAttribute> event) {
  if (!base_of_exceptions_) base_of_exceptions_ = with_language(span.attributes);
  const AttributeRange base = *base_of_exceptions_;
  std::vector<UniqueAttributes::Entry> extra;
  for (const auto& entry : unique_.of(event, batch_.arena)) {
    if (entry.key == "exception.type" || entry.key == "exception.message" ||
        entry.key == kStacktraceKey) {
      continue;
    }
    extra.push_back(entry);
  }
  if (extra.empty()) return base;
  if (base_keys_.empty()) {
    for (std::uint32_t i = 0; i < base.count; ++i) {
      base_keys_.insert(batch_.attributes[base.first + i].key);
    }
  }
  std::erase_if(extra, [&](const auto& entry) { return base_keys_.contains(entry.key); });
  if (extra.size() + base.count > kMaxAttributes) extra.resize(kMaxAttributes - base.count);
  if (extra.empty()) return base;
  AttributeRange range = copy_attributes(base);
  range.count += append_map(batch_, extra, {}).count;
  return range;
}

}  // namespace traceway::ingest
