// For tests: a trace request described once, as protobuf and as JSON, and the rows of a batch as
// text.
#pragma once

#include "base/text.h"
#include "ingest/otlp.h"

#include <doctest/doctest.h>
#include <protozero/pbf_writer.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace traceway::ingest::test {

constexpr std::int64_t kReceivedNs = 1'795'200'000'000'000'000;
constexpr std::uint64_t kStartNs = 1'795'190'000'000'000'000ULL;
constexpr std::string_view kTrace = "7b873c7bbf35739e79e1f7b9736739f7";

struct Value;
using Attributes = std::vector<std::pair<std::string, Value>>;

/// One AnyValue.
struct Value {
  enum class Type { kAbsent, kString, kBool, kInt, kDouble, kList, kMap, kBytes };

  Value() = default;

  Value(const char* text) : type(Type::kString), string(text) {}

  Value(std::string text) : type(Type::kString), string(std::move(text)) {}

  Value(std::string_view text) : type(Type::kString), string(text) {}

  Value(bool flag) : type(Type::kBool), integer(flag ? 1 : 0) {}

  Value(int whole) : type(Type::kInt), integer(whole) {}

  Value(std::int64_t whole) : type(Type::kInt), integer(whole) {}

  Value(double real) : type(Type::kDouble), number(real) {}

  static Value list(std::vector<Value> items);
  static Value map(Attributes members);
  static Value bytes(std::string raw);

  Type type = Type::kAbsent;
  std::string string;
  std::int64_t integer = 0;
  double number = 0;
  std::vector<Value> items;
  std::vector<std::string> keys;  ///< of a map, beside its items
};

inline Value Value::list(std::vector<Value> items) {
  Value out;
  out.type = Type::kList;
  out.items = std::move(items);
  return out;
}

inline Value Value::map(Attributes members) {
  Value out;
  out.type = Type::kMap;
  for (auto& [key, value] : members) {
    out.keys.push_back(std::move(key));
    out.items.push_back(std::move(value));
  }
  return out;
}

inline Value Value::bytes(std::string raw) {
  Value out;
  out.type = Type::kBytes;
  out.string = std::move(raw);
  return out;
}

struct Event {
  std::string name;
  Attributes attributes = {};
  std::uint64_t time_ns = kStartNs + 5;
  std::uint32_t dropped_attributes = 0;
};

struct Link {
  std::string trace;  ///< hex
  std::string span;   ///< hex
  std::string trace_state = {};
  Attributes attributes = {};
  std::uint32_t dropped_attributes = 0;
  std::uint32_t flags = 0;
};

struct TestSpan {
  std::string id;           ///< hex
  std::string parent = {};  ///< hex
  std::string name = "op";
  int kind = 1;
  Attributes attributes = {};
  std::vector<Event> events = {};
  std::vector<Link> links = {};
  std::uint64_t start_ns = kStartNs;
  std::uint64_t end_ns = kStartNs + 1'000'000;
  int status_code = 0;
  std::string status_message = {};
  std::uint32_t flags = 0;
  std::string trace_state = {};
  std::uint32_t dropped_attributes = 0, dropped_events = 0, dropped_links = 0;
  std::string trace = std::string(kTrace);  ///< hex
};

struct Scope {
  std::vector<TestSpan> spans;
  std::string name = {};
  std::string version = {};
  Attributes attributes = {};
  std::string schema_url = {};
};

struct Resource {
  std::vector<Scope> scopes;
  Attributes attributes = {};
  std::string schema_url = {};
  std::uint32_t dropped_attributes = 0;
};

using Request = std::vector<Resource>;

inline Request request_of(std::vector<TestSpan> spans, Attributes resource = {}) {
  return {{.scopes = {{.spans = std::move(spans)}}, .attributes = std::move(resource)}};
}

// --- protobuf ---

inline std::string raw_of(std::string_view hex) {
  const auto bytes = text::from_hex(hex);
  REQUIRE(bytes);
  return *bytes;
}

inline std::string protobuf_of(const Value& value);

inline std::string protobuf_of(const std::string& key, const Value& value) {
  std::string out;
  protozero::pbf_writer writer(out);
  writer.add_string(1, key);
  writer.add_message(2, protobuf_of(value));
  return out;
}

inline std::string protobuf_of(const Value& value) {
  std::string out;
  protozero::pbf_writer writer(out);
  std::string nested;
  protozero::pbf_writer list(nested);
  switch (value.type) {
    case Value::Type::kString:
      writer.add_string(1, value.string);
      break;
    case Value::Type::kBool:
      writer.add_bool(2, value.integer != 0);
      break;
    case Value::Type::kInt:
      writer.add_int64(3, value.integer);
      break;
    case Value::Type::kDouble:
      writer.add_double(4, value.number);
      break;
    case Value::Type::kList:
      for (const Value& item : value.items) list.add_message(1, protobuf_of(item));
      writer.add_message(5, nested);
      break;
    case Value::Type::kMap:
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        list.add_message(1, protobuf_of(value.keys[i], value.items[i]));
      }
      writer.add_message(6, nested);
      break;
    case Value::Type::kBytes:
      writer.add_bytes(7, value.string);
      break;
    case Value::Type::kAbsent:
      break;
  }
  return out;
}

inline void add_attributes(protozero::pbf_writer& writer, std::uint32_t field,
                           const Attributes& attributes) {
  for (const auto& [key, value] : attributes) writer.add_message(field, protobuf_of(key, value));
}

inline std::string protobuf_of(const TestSpan& span) {
  std::string out;
  protozero::pbf_writer writer(out);
  writer.add_bytes(1, raw_of(span.trace));
  writer.add_bytes(2, raw_of(span.id));
  writer.add_string(3, span.trace_state);
  writer.add_bytes(4, raw_of(span.parent));
  writer.add_string(5, span.name);
  writer.add_enum(6, span.kind);
  writer.add_fixed64(7, span.start_ns);
  writer.add_fixed64(8, span.end_ns);
  add_attributes(writer, 9, span.attributes);
  writer.add_uint32(10, span.dropped_attributes);
  for (const Event& event : span.events) {
    protozero::pbf_writer nested(writer, 11);
    nested.add_fixed64(1, event.time_ns);
    nested.add_string(2, event.name);
    add_attributes(nested, 3, event.attributes);
    nested.add_uint32(4, event.dropped_attributes);
  }
  writer.add_uint32(12, span.dropped_events);
  for (const Link& link : span.links) {
    protozero::pbf_writer nested(writer, 13);
    nested.add_bytes(1, raw_of(link.trace));
    nested.add_bytes(2, raw_of(link.span));
    nested.add_string(3, link.trace_state);
    add_attributes(nested, 4, link.attributes);
    nested.add_uint32(5, link.dropped_attributes);
    nested.add_fixed32(6, link.flags);
  }
  writer.add_uint32(14, span.dropped_links);
  {
    protozero::pbf_writer status(writer, 15);
    status.add_string(2, span.status_message);
    status.add_enum(3, span.status_code);
  }
  writer.add_fixed32(16, span.flags);
  return out;
}

inline std::string to_protobuf(const Request& request) {
  std::string out;
  protozero::pbf_writer writer(out);
  for (const Resource& resource : request) {
    protozero::pbf_writer group(writer, 1);
    for (const Scope& scope : resource.scopes) {
      protozero::pbf_writer scope_spans(group, 2);
      for (const TestSpan& span : scope.spans) scope_spans.add_message(2, protobuf_of(span));
      protozero::pbf_writer head(scope_spans, 1);  // after its spans: the order is free
      head.add_string(1, scope.name);
      head.add_string(2, scope.version);
      add_attributes(head, 3, scope.attributes);
      head.commit();
      scope_spans.add_string(3, scope.schema_url);
    }
    protozero::pbf_writer head(group, 1);
    add_attributes(head, 1, resource.attributes);
    head.add_uint32(2, resource.dropped_attributes);
    head.commit();
    group.add_string(3, resource.schema_url);
  }
  return out;
}

// --- JSON ---

inline std::string json_string(std::string_view text) {
  std::string out;
  text::append_json_string(out, text);
  return out;
}

inline std::string json_of(const Value& value);

inline std::string json_of(const Attributes& attributes) {
  std::string out = "[";
  for (const auto& [key, value] : attributes) {
    if (out.size() > 1) out += ',';
    out += R"({"key":)" + json_string(key) + R"(,"value":)" + json_of(value) + '}';
  }
  return out + ']';
}

inline std::string json_of(const Value& value) {
  switch (value.type) {
    case Value::Type::kString:
      return R"({"stringValue":)" + json_string(value.string) + '}';
    case Value::Type::kBool:
      return value.integer != 0 ? R"({"boolValue":true})" : R"({"boolValue":false})";
    case Value::Type::kInt:
      return R"({"intValue":")" + std::to_string(value.integer) + R"("})";
    case Value::Type::kDouble: {
      std::string number = text::number_to_text(value.number);
      if (number == "NaN") number = R"("NaN")";
      if (number == "+Inf") number = R"("Infinity")";
      if (number == "-Inf") number = R"("-Infinity")";
      return R"({"doubleValue":)" + number + '}';
    }
    case Value::Type::kList: {
      std::string items;
      for (const Value& item : value.items) items += (items.empty() ? "" : ",") + json_of(item);
      return R"({"arrayValue":{"values":[)" + items + "]}}";
    }
    case Value::Type::kMap: {
      Attributes members;
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        members.emplace_back(value.keys[i], value.items[i]);
      }
      return R"({"kvlistValue":{"values":)" + json_of(members) + "}}";
    }
    case Value::Type::kBytes:
      return R"({"bytesValue":)" + json_string(text::to_base64(value.string)) + '}';
    case Value::Type::kAbsent:
      break;
  }
  return "{}";
}

inline std::string member(std::string_view name, const std::string& json) {
  return json_string(name) + ':' + json + ',';
}

inline std::string member(std::string_view name, std::uint64_t number) {
  return member(name, std::to_string(number));
}

inline std::string object(std::string members) {
  if (members.ends_with(',')) members.pop_back();
  return '{' + members + '}';
}

template <class T, class ToJson>
std::string array(const std::vector<T>& items, ToJson to_json) {
  std::string out;
  for (const T& item : items) out += (out.empty() ? "" : ",") + to_json(item);
  return '[' + out + ']';
}

inline std::string json_of(const Event& event) {
  return object(member("timeUnixNano", json_string(std::to_string(event.time_ns))) +
                member("name", json_string(event.name)) +
                member("attributes", json_of(event.attributes)) +
                member("droppedAttributesCount", event.dropped_attributes));
}

inline std::string json_of(const Link& link) {
  return object(
      member("traceId", json_string(link.trace)) + member("spanId", json_string(link.span)) +
      member("traceState", json_string(link.trace_state)) +
      member("attributes", json_of(link.attributes)) +
      member("droppedAttributesCount", link.dropped_attributes) + member("flags", link.flags));
}

inline std::string json_of(const TestSpan& span) {
  return object(
      member("traceId", json_string(span.trace)) + member("spanId", json_string(span.id)) +
      member("parentSpanId", json_string(span.parent)) +
      member("traceState", json_string(span.trace_state)) + member("name", json_string(span.name)) +
      member("kind", std::to_string(span.kind)) +
      member("startTimeUnixNano", json_string(std::to_string(span.start_ns))) +
      member("endTimeUnixNano", span.end_ns) + member("attributes", json_of(span.attributes)) +
      member("droppedAttributesCount", span.dropped_attributes) +
      member("events", array(span.events, [](const Event& e) { return json_of(e); })) +
      member("droppedEventsCount", span.dropped_events) +
      member("links", array(span.links, [](const Link& l) { return json_of(l); })) +
      member("droppedLinksCount", span.dropped_links) +
      member("status", object(member("message", json_string(span.status_message)) +
                              member("code", std::to_string(span.status_code)))) +
      member("flags", span.flags));
}

inline std::string json_of(const Scope& scope) {
  return object(member("spans", array(scope.spans, [](const TestSpan& s) { return json_of(s); })) +
                member("scope", object(member("name", json_string(scope.name)) +
                                       member("version", json_string(scope.version)) +
                                       member("attributes", json_of(scope.attributes)))) +
                member("schemaUrl", json_string(scope.schema_url)));
}

inline std::string to_json(const Request& request) {
  return object(member(
      "resourceSpans", array(request, [](const Resource& r) {
        return object(
            member("scopeSpans", array(r.scopes, [](const Scope& s) { return json_of(s); })) +
            member("resource", object(member("attributes", json_of(r.attributes)) +
                                      member("droppedAttributesCount", r.dropped_attributes))) +
            member("schemaUrl", json_string(r.schema_url)));
      })));
}

// --- rows ---

inline std::vector<char> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

inline DecodeContext context() {
  DecodeContext out;
  out.project = *parse_uuid("00000000-0000-0000-0000-000000000001");
  out.received_ns = kReceivedNs;
  return out;
}

inline std::string map_of(const TelemetryBatch& batch, AttributeRange range) {
  std::string out = "{";
  for (std::uint32_t i = range.first; i < range.first + range.count; ++i) {
    if (out.size() > 1) out += ',';
    out += json_string(batch.attributes[i].key) + ':' + json_string(batch.attributes[i].value);
  }
  return out + '}';
}

/// The value of one attribute of a row; "(none)" when the map has no such key.
inline std::string_view attribute_of(const TelemetryBatch& batch, AttributeRange range,
                                     std::string_view key) {
  for (std::uint32_t i = range.first; i < range.first + range.count; ++i) {
    if (batch.attributes[i].key == key) return batch.attributes[i].value;
  }
  return "(none)";
}

/// Every stored member of every row, one line a row.
inline std::string rows_of(const TelemetryBatch& batch) {
  std::string out = "rejected " + std::to_string(batch.rejected) + '\n';
  const auto add = [&](std::string_view text) { out.append(text).append("|"); };
  const auto number = [&](auto value) { add(std::to_string(value)); };
  for (const Span& s : batch.spans) {
    for (const auto& id : {to_hex(s.trace), to_hex(s.id), to_hex(s.parent)}) add(id);
    for (const auto text :
         {s.name, s.status_message, s.service_name, s.service_version, s.scope_name,
          s.scope_version, s.trace_state, s.resource_schema_url, s.scope_schema_url,
          s.resource_json, s.scope_json, s.events_json, s.links_json, s.entity_name, s.client_ip}) {
      add(text);
    }
    number(static_cast<int>(s.kind)), number(s.status_code), number(s.start_ns);
    number(s.duration_ns), number(s.source_start_ns), number(s.source_end_ns), number(s.flags);
    number(s.dropped_attributes), number(s.dropped_events), number(s.dropped_links);
    number(static_cast<int>(s.entity)), number(s.http_status), number(s.body_size);
    number(static_cast<int>(s.is_stream)), add(to_hex(s.entity_id)), add(to_hex(s.linked_trace));
    add(map_of(batch, s.attributes));
    out += '\n';
  }
  for (const Exception& e : batch.exceptions) {
    for (const auto& id : {to_hex(e.id), to_hex(e.trace), to_hex(e.span), to_hex(e.linked_trace),
                           to_hex(e.session)}) {
      add(id);
    }
    for (const auto text :
         {trace_type_name(e.trace_type), e.stack_trace, e.hash, e.app_version, e.server_name}) {
      add(text);
    }
    number(e.recorded_ns), number(e.grouping_version), number(static_cast<int>(e.is_message));
    add(map_of(batch, e.attributes));
    out += '\n';
  }
  return out;
}

/// Decodes both encodings, checks that they give equal rows, and returns the protobuf one.
inline TelemetryBatch decode(const Request& request, const DecodeContext& with = context()) {
  auto from_protobuf = decode_traces_protobuf(bytes_of(to_protobuf(request)), with);
  auto from_json = decode_traces_json(bytes_of(to_json(request)), with);
  REQUIRE(from_protobuf);
  REQUIRE(from_json);
  CHECK(rows_of(*from_protobuf) == rows_of(*from_json));
  return std::move(*from_protobuf);
}

}  // namespace traceway::ingest::test
