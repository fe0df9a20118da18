// OTLP traces from JSON. Source: ingest 4.4.
#include "ingest/otlp.h"
#include "ingest/otlp_batch.h"
#include "ingest/otlp_json_reader.h"
#include "ingest/span_builder.h"

namespace traceway::ingest {

namespace {

using json_scalars::Element;
using json_scalars::read_enum;
using json_scalars::read_id;
using json_scalars::read_text;
using json_scalars::read_unsigned;

constexpr std::string_view kSpanKinds[] = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL",
                                           "SPAN_KIND_SERVER",      "SPAN_KIND_CLIENT",
                                           "SPAN_KIND_PRODUCER",    "SPAN_KIND_CONSUMER"};
constexpr std::string_view kStatusCodes[] = {"STATUS_CODE_UNSET", "STATUS_CODE_OK",
                                             "STATUS_CODE_ERROR"};

constexpr JsonName kParentSpanId{"parentSpanId", "parent_span_id"};
constexpr JsonName kTraceState{"traceState", "trace_state"};
constexpr JsonName kStart{"startTimeUnixNano", "start_time_unix_nano"};
constexpr JsonName kEnd{"endTimeUnixNano", "end_time_unix_nano"};
constexpr JsonName kDroppedEvents{"droppedEventsCount", "dropped_events_count"};
constexpr JsonName kDroppedLinks{"droppedLinksCount", "dropped_links_count"};
constexpr JsonLists kLists{
    {"resourceSpans", "resource_spans"}, {"scopeSpans", "scope_spans"}, {"spans", "spans"}};

/// One request's decoding. Every read_ returns false for a wrong JSON type, which makes the request
/// malformed.
class TraceReader {
 public:
  TraceReader(TelemetryBatch& batch, const DecodeContext& context)
      : arena_(batch.arena), reader_(batch.arena, kLists), builder_(batch, context) {}

  Result<void> read(const Element& request) {
    const bool is_read = reader_.walk(request, builder_, [this](const Element& item) {
      if (!read_span(item)) return false;
      is_within_limits_ = builder_.add(span_);
      return is_within_limits_;
    });
    if (!is_read && is_within_limits_) return fail(ErrorCode::kMalformed, "invalid JSON request");
    return builder_.finish();
  }

 private:
  bool read_span(const Element& from);
  bool read_span_member(std::string_view key, const Element& value);
  bool read_span_counter(std::string_view key, const Element& value);
  bool read_status(const Element& from);
  bool read_event(const Element& from);
  bool read_link(const Element& from);

  bool read_attributes(const Element& from, WireAttributes& into) {
    return reader_.read_attributes(from, into);
  }

  Arena& arena_;
  JsonReader reader_;
  SpanBuilder builder_;
  WireSpan span_;
  bool is_within_limits_ = true;
};

bool TraceReader::read_span(const Element& from) {
  span_.clear();
  return for_each_member(from, [&](std::string_view key, const Element& value) {
    return read_span_member(key, value);
  });
}

bool TraceReader::read_span_member(std::string_view key, const Element& value) {
  if (kTraceId == key) return read_id(value, span_.trace_id, arena_);
  if (kSpanId == key) return read_id(value, span_.id, arena_);
  if (kParentSpanId == key) return read_id(value, span_.parent, arena_);
  if (kTraceState == key) return read_text(value, span_.trace_state, arena_);
  if (key == "name") return read_text(value, span_.name, arena_);
  if (key == "kind") return read_enum(value, span_.kind, kSpanKinds);
  if (kStart == key) return read_unsigned(value, span_.start_ns);
  if (kEnd == key) return read_unsigned(value, span_.end_ns);
  if (key == "attributes") return read_attributes(value, span_.attributes);
  if (key == "status") return read_status(value);
  if (key == "events") {
    return for_each_item(value, [&](const Element& item) { return read_event(item); });
  }
  if (key == "links") {
    return for_each_item(value, [&](const Element& item) { return read_link(item); });
  }
  return read_span_counter(key, value);
}

bool TraceReader::read_span_counter(std::string_view key, const Element& value) {
  if (key == "flags") return read_unsigned(value, span_.flags);
  if (kDroppedAttributes == key) return read_unsigned(value, span_.dropped_attributes);
  if (kDroppedEvents == key) return read_unsigned(value, span_.dropped_events);
  if (kDroppedLinks == key) return read_unsigned(value, span_.dropped_links);
  return true;
}

bool TraceReader::read_status(const Element& from) {
  return for_each_member(from, [&](std::string_view key, const Element& value) {
    if (key == "message") return read_text(value, span_.status_message, arena_);
    if (key == "code") return read_enum(value, span_.status_code, kStatusCodes);
    return true;
  });
}

bool TraceReader::read_event(const Element& from) {
  WireEvent event;
  event.attributes.first = span_.nested_attributes.size();
  const bool is_read = for_each_member(from, [&](std::string_view key, const Element& value) {
    if (kTime == key) return read_unsigned(value, event.time_ns);
    if (key == "name") return read_text(value, event.name, arena_);
    if (key == "attributes") return read_attributes(value, span_.nested_attributes);
    if (kDroppedAttributes == key) return read_unsigned(value, event.dropped_attributes);
    return true;
  });
  event.attributes.count = span_.nested_attributes.size() - event.attributes.first;
  span_.events.push_back(event);
  return is_read;
}

bool TraceReader::read_link(const Element& from) {
  WireLink link;
  link.attributes.first = span_.nested_attributes.size();
  const bool is_read = for_each_member(from, [&](std::string_view key, const Element& value) {
    if (kTraceId == key) return read_id(value, link.trace_id, arena_);
    if (kSpanId == key) return read_id(value, link.span_id, arena_);
    if (kTraceState == key) return read_text(value, link.trace_state, arena_);
    if (key == "attributes") return read_attributes(value, span_.nested_attributes);
    if (key == "flags") return read_unsigned(value, link.flags);
    if (kDroppedAttributes == key) return read_unsigned(value, link.dropped_attributes);
    return true;
  });
  link.attributes.count = span_.nested_attributes.size() - link.attributes.first;
  span_.links.push_back(link);
  return is_read;
}

}  // namespace

Result<TelemetryBatch> decode_traces_json(std::vector<char>&& body, const DecodeContext& context) {
  return decode_json<TraceReader>(std::move(body), context, DigestOf::kOtlpTraces);
}

}  // namespace traceway::ingest
