// OTLP traces from JSON. simdjson's DOM rather than on-demand reading: members come in any order,
// and a body must be refused for a syntax error even where nothing of it is used.
#include "base/text.h"
#include "ingest/json_body.h"
#include "ingest/json_scalars.h"
#include "ingest/json_walk.h"
#include "ingest/otlp.h"
#include "ingest/otlp_batch.h"
#include "ingest/span_builder.h"

#include <simdjson.h>

namespace traceway::ingest {

namespace {

using json_scalars::Element;
using json_scalars::read_base64;
using json_scalars::read_double;
using json_scalars::read_enum;
using json_scalars::read_id;
using json_scalars::read_integer;
using json_scalars::read_text;
using json_scalars::read_unsigned;

constexpr std::string_view kSpanKinds[] = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL",
                                           "SPAN_KIND_SERVER",      "SPAN_KIND_CLIENT",
                                           "SPAN_KIND_PRODUCER",    "SPAN_KIND_CONSUMER"};
constexpr std::string_view kStatusCodes[] = {"STATUS_CODE_UNSET", "STATUS_CODE_OK",
                                             "STATUS_CODE_ERROR"};

std::size_t item_count(const Element& list) {
  simdjson::dom::array items;
  return list.get(items) == simdjson::SUCCESS ? items.size() : 0;
}

bool is(std::string_view key, std::string_view camel, std::string_view snake) {
  return key == camel || key == snake;
}

/// One request's decoding. Every read_ returns false for a wrong JSON type, which makes the request
/// malformed.
class TraceReader {
 public:
  TraceReader(TelemetryBatch& batch, const DecodeContext& context)
      : arena_(batch.arena), builder_(batch, context) {}

  Result<void> read(const Element& request) {
    const bool is_read = for_each_member(request, [&](std::string_view key, const Element& value) {
      if (!is(key, "resourceSpans", "resource_spans")) return true;
      return for_each_item(value, [&](const Element& item) { return read_resource_spans(item); });
    });
    if (!is_read && is_within_limits_) return fail(ErrorCode::kMalformed, "invalid JSON request");
    return builder_.finish();
  }

 private:
  bool read_resource_spans(const Element& from);
  bool read_scope_spans(const Element& from);
  bool read_resource(const Element& from);
  bool read_scope(const Element& from);
  bool read_span(const Element& from);
  bool read_span_member(std::string_view key, const Element& value);
  bool read_span_counter(std::string_view key, const Element& value);
  bool read_status(const Element& from);
  bool read_event(const Element& from);
  bool read_link(const Element& from);
  bool read_attributes(const Element& from, WireAttributes& into);
  bool read_value(const Element& from, AttributeValue& value);
  /// True with `value` set for a member that is no list; empty `is_known` for any other name.
  bool read_scalar(std::string_view key, const Element& from, AttributeValue& value,
                   bool& is_known);
  bool append_items(const Element& from, int depth, bool is_map);
  bool append_nested(const Element& from, int depth);

  Arena& arena_;
  SpanBuilder builder_;
  WireResource resource_;
  WireScope scope_;
  WireSpan span_;
  std::string json_;  ///< the list value being written
  bool is_within_limits_ = true;
};

bool TraceReader::read_resource_spans(const Element& from) {
  resource_ = {};
  const bool has_head = for_each_member(from, [&](std::string_view key, const Element& value) {
    if (key == "resource") return read_resource(value);
    if (is(key, "schemaUrl", "schema_url")) return read_text(value, resource_.schema_url, arena_);
    return true;
  });
  if (!has_head) return false;
  builder_.begin_resource(resource_);
  const bool is_read = for_each_member(from, [&](std::string_view key, const Element& value) {
    if (!is(key, "scopeSpans", "scope_spans")) return true;
    return for_each_item(value, [&](const Element& item) { return read_scope_spans(item); });
  });
  builder_.end_resource();
  return is_read;
}

bool TraceReader::read_resource(const Element& from) {
  return for_each_member(from, [&](std::string_view key, const Element& value) {
    if (key == "attributes") return read_attributes(value, resource_.attributes);
    if (is(key, "droppedAttributesCount", "dropped_attributes_count")) {
      return read_unsigned(value, resource_.dropped_attributes);
    }
    return true;
  });
}

bool TraceReader::read_scope_spans(const Element& from) {
  scope_ = {};
  std::size_t span_count = 0;
  const bool has_head = for_each_member(from, [&](std::string_view key, const Element& value) {
    if (key == "scope") return read_scope(value);
    if (key == "spans") span_count = item_count(value);
    if (is(key, "schemaUrl", "schema_url")) return read_text(value, scope_.schema_url, arena_);
    return true;
  });
  if (!has_head) return false;
  builder_.begin_scope(scope_, span_count);
  return for_each_member(from, [&](std::string_view key, const Element& value) {
    if (key != "spans") return true;
    return for_each_item(value, [&](const Element& item) {
      if (!read_span(item)) return false;
      is_within_limits_ = builder_.add(span_);
      return is_within_limits_;
    });
  });
}

bool TraceReader::read_scope(const Element& from) {
  return for_each_member(from, [&](std::string_view key, const Element& value) {
    if (key == "name") return read_text(value, scope_.name, arena_);
    if (key == "version") return read_text(value, scope_.version, arena_);
    if (key == "attributes") return read_attributes(value, scope_.attributes);
    if (is(key, "droppedAttributesCount", "dropped_attributes_count")) {
      return read_unsigned(value, scope_.dropped_attributes);
    }
    return true;
  });
}

bool TraceReader::read_span(const Element& from) {
  span_.clear();
  return for_each_member(from, [&](std::string_view key, const Element& value) {
    return read_span_member(key, value);
  });
}

bool TraceReader::read_span_member(std::string_view key, const Element& value) {
  if (is(key, "traceId", "trace_id")) return read_id(value, span_.trace_id, arena_);
  if (is(key, "spanId", "span_id")) return read_id(value, span_.id, arena_);
  if (is(key, "parentSpanId", "parent_span_id")) return read_id(value, span_.parent, arena_);
  if (is(key, "traceState", "trace_state")) return read_text(value, span_.trace_state, arena_);
  if (key == "name") return read_text(value, span_.name, arena_);
  if (key == "kind") return read_enum(value, span_.kind, kSpanKinds);
  if (is(key, "startTimeUnixNano", "start_time_unix_nano")) {
    return read_unsigned(value, span_.start_ns);
  }
  if (is(key, "endTimeUnixNano", "end_time_unix_nano")) return read_unsigned(value, span_.end_ns);
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
  if (is(key, "droppedAttributesCount", "dropped_attributes_count")) {
    return read_unsigned(value, span_.dropped_attributes);
  }
  if (is(key, "droppedEventsCount", "dropped_events_count")) {
    return read_unsigned(value, span_.dropped_events);
  }
  if (is(key, "droppedLinksCount", "dropped_links_count")) {
    return read_unsigned(value, span_.dropped_links);
  }
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
    if (is(key, "timeUnixNano", "time_unix_nano")) return read_unsigned(value, event.time_ns);
    if (key == "name") return read_text(value, event.name, arena_);
    if (key == "attributes") return read_attributes(value, span_.nested_attributes);
    if (is(key, "droppedAttributesCount", "dropped_attributes_count")) {
      return read_unsigned(value, event.dropped_attributes);
    }
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
    if (is(key, "traceId", "trace_id")) return read_id(value, link.trace_id, arena_);
    if (is(key, "spanId", "span_id")) return read_id(value, link.span_id, arena_);
    if (is(key, "traceState", "trace_state")) return read_text(value, link.trace_state, arena_);
    if (key == "attributes") return read_attributes(value, span_.nested_attributes);
    if (key == "flags") return read_unsigned(value, link.flags);
    if (is(key, "droppedAttributesCount", "dropped_attributes_count")) {
      return read_unsigned(value, link.dropped_attributes);
    }
    return true;
  });
  link.attributes.count = span_.nested_attributes.size() - link.attributes.first;
  span_.links.push_back(link);
  return is_read;
}

bool TraceReader::read_attributes(const Element& from, WireAttributes& into) {
  return for_each_item(from, [&](const Element& item) {
    WireAttribute& attribute = into.emplace_back();
    return for_each_member(item, [&](std::string_view key, const Element& value) {
      if (key == "key") return read_text(value, attribute.key, arena_);
      if (key == "value") return read_value(value, attribute.value);
      return true;
    });
  });
}

bool TraceReader::read_scalar(std::string_view key, const Element& from, AttributeValue& value,
                              bool& is_known) {
  is_known = true;
  if (is(key, "stringValue", "string_value")) {
    value.type = ValueType::kString;
    return read_text(from, value.text, arena_);
  }
  if (is(key, "intValue", "int_value")) {
    value.type = ValueType::kInt;
    return read_integer(from, value.integer);
  }
  if (is(key, "boolValue", "bool_value")) {
    bool flag = false;
    value.type = ValueType::kBool;
    if (from.get(flag) != simdjson::SUCCESS) return false;
    value.integer = flag ? 1 : 0;
    return true;
  }
  if (is(key, "doubleValue", "double_value")) {
    value.type = ValueType::kDouble;
    return read_double(from, value.number);
  }
  if (is(key, "bytesValue", "bytes_value")) {
    value.type = ValueType::kBytes;
    return read_base64(from, value.text, arena_);
  }
  is_known = false;
  return true;
}

bool TraceReader::read_value(const Element& from, AttributeValue& value) {
  return for_each_member(from, [&](std::string_view key, const Element& member) {
    bool is_known = false;
    AttributeValue scalar;
    if (!read_scalar(key, member, scalar, is_known)) return false;
    if (is_known) {
      value = scalar;
      return true;
    }
    const bool is_map = is(key, "kvlistValue", "kvlist_value");
    if (!is_map && !is(key, "arrayValue", "array_value")) return true;
    json_.clear();
    if (!append_items(member, 2, is_map)) return false;
    value = {.type = ValueType::kJson, .text = arena_.copy(json_)};
    return true;
  });
}

bool TraceReader::append_items(const Element& from, int depth, bool is_map) {
  json_ += is_map ? '{' : '[';
  bool needs_comma = false;
  const bool is_read = for_each_member(from, [&](std::string_view name, const Element& values) {
    if (name != "values") return true;
    return for_each_item(values, [&](const Element& item) {
      if (needs_comma) json_ += ',';
      needs_comma = true;
      if (!is_map) return append_nested(item, depth);
      std::string_view key;
      Element value;
      bool has_value = false;
      const bool is_entry = for_each_member(item, [&](std::string_view member, const Element& e) {
        if (member == "value") {
          value = e;
          has_value = true;
        }
        return member == "key" ? e.get(key) == simdjson::SUCCESS : true;
      });
      text::append_json_string(json_, text::clean_utf8(key, arena_));
      json_ += ':';
      if (has_value) return is_entry && append_nested(value, depth);
      json_ += "null";
      return is_entry;
    });
  });
  json_ += is_map ? '}' : ']';
  return is_read;
}

bool TraceReader::append_nested(const Element& from, int depth) {
  const std::size_t before = json_.size();
  bool is_read = true;
  if (depth <= kMaxValueDepth && !from.is_null()) {
    is_read = for_each_member(from, [&](std::string_view key, const Element& member) {
      bool is_known = false;
      AttributeValue scalar;
      if (!read_scalar(key, member, scalar, is_known)) return false;
      if (is_known) {
        json_.resize(before);  // the last member of a oneof counts
        append_typed(json_, scalar, arena_);
        return true;
      }
      const bool is_map = is(key, "kvlistValue", "kvlist_value");
      if (!is_map && !is(key, "arrayValue", "array_value")) return true;
      json_.resize(before);
      return append_items(member, depth + 1, is_map);
    });
  }
  if (json_.size() == before) json_ += "null";
  return is_read;
}

}  // namespace

Result<TelemetryBatch> decode_traces_json(std::vector<char>&& body, const DecodeContext& context) {
  TelemetryBatch batch = new_batch(std::move(body), context);
  simdjson::dom::parser parser;
  const auto request = parse_json_body(parser, batch.body);
  if (!request) return fail(request);
  TraceReader reader(batch, context);
  if (auto done = reader.read(*request); !done) return fail(done);
  batch.body = {};  // every text has been copied into the arena
  return batch;
}

}  // namespace traceway::ingest
