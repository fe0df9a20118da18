#include "support/otlp_builder.h"

#include "base/json.h"
#include "base/text.h"

#include <protozero/pbf_writer.hpp>

#include <chrono>

namespace traceway::test {

namespace {

using protozero::pbf_writer;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

// --- protobuf: field numbers of ingest 4.3 ---

void add_text(pbf_writer& to, protozero::pbf_tag_type tag, const std::string& text) {
  to.add_string(tag, text.data(), text.size());
}

std::string value_bytes(const OtlpValue& value) {
  std::string out;
  pbf_writer writer(out);
  std::visit(Overloaded{
                 [&](const std::string& text) { add_text(writer, 1, text); },
                 [&](bool flag) { writer.add_bool(2, flag); },
                 [&](std::int64_t number) { writer.add_int64(3, number); },
                 [&](double number) { writer.add_double(4, number); },
                 [&](const std::vector<std::string>& list) {
                   std::string items;
                   pbf_writer array(items);
                   for (const std::string& one : list) array.add_message(1, value_bytes(one));
                   writer.add_message(5, items);
                 },
                 [&](const OtlpBytes& raw) { add_text(writer, 7, raw.bytes); },
             },
             value);
  return out;
}

void add_attributes(pbf_writer& to, protozero::pbf_tag_type tag, const OtlpAttributes& attributes) {
  for (const auto& [key, value] : attributes) {
    std::string pair;
    pbf_writer writer(pair);
    add_text(writer, 1, key);
    writer.add_message(2, value_bytes(value));
    to.add_message(tag, pair);
  }
}

std::string event_bytes(const OtlpEvent& event) {
  std::string out;
  pbf_writer writer(out);
  writer.add_fixed64(1, event.time_ns);
  add_text(writer, 2, event.name);
  add_attributes(writer, 3, event.attributes);
  return out;
}

std::string link_bytes(const OtlpLink& link) {
  std::string out;
  pbf_writer writer(out);
  add_text(writer, 1, link.trace_id);
  add_text(writer, 2, link.span_id);
  add_attributes(writer, 4, link.attributes);
  return out;
}

std::string span_bytes(const OtlpSpan& span) {
  std::string out;
  pbf_writer writer(out);
  add_text(writer, 1, span.trace_id);
  add_text(writer, 2, span.span_id);
  if (!span.parent_id.empty()) add_text(writer, 4, span.parent_id);
  add_text(writer, 5, span.name);
  writer.add_enum(6, static_cast<std::int32_t>(span.kind));
  writer.add_fixed64(7, span.start_ns);
  writer.add_fixed64(8, span.end_ns);
  add_attributes(writer, 9, span.attributes);
  for (const OtlpEvent& event : span.events) writer.add_message(11, event_bytes(event));
  for (const OtlpLink& link : span.links) writer.add_message(13, link_bytes(link));
  if (span.status_code != 0) {
    std::string status;
    pbf_writer status_writer(status);
    if (!span.status_message.empty()) add_text(status_writer, 2, span.status_message);
    status_writer.add_enum(3, span.status_code);
    writer.add_message(15, status);
  }
  if (span.flags != 0) writer.add_fixed32(16, span.flags);
  return out;
}

// --- JSON ---

void write_value(json::Writer& out, const OtlpValue& value) {
  out.begin_object();
  std::visit(
      Overloaded{
          [&](const std::string& text) { out.key("stringValue").value(text); },
          [&](bool flag) { out.key("boolValue").value(flag); },
          [&](std::int64_t number) { out.key("intValue").value(std::to_string(number)); },
          [&](double number) { out.key("doubleValue").value(number); },
          [&](const std::vector<std::string>& list) {
            out.key("arrayValue").begin_object().key("values").begin_array();
            for (const std::string& one : list) write_value(out, one);
            out.end_array().end_object();
          },
          [&](const OtlpBytes& raw) { out.key("bytesValue").value(text::to_base64(raw.bytes)); },
      },
      value);
  out.end_object();
}

void write_attributes(json::Writer& out, const OtlpAttributes& attributes) {
  out.key("attributes").begin_array();
  for (const auto& [key, value] : attributes) {
    out.begin_object().key("key").value(key).key("value");
    write_value(out, value);
    out.end_object();
  }
  out.end_array();
}

std::string log_bytes(const OtlpLog& log) {
  std::string out;
  pbf_writer writer(out);
  writer.add_fixed64(1, log.time_ns);
  writer.add_enum(2, log.severity);
  if (!log.severity_text.empty()) add_text(writer, 3, log.severity_text);
  writer.add_message(5, value_bytes(log.body));
  add_attributes(writer, 6, log.attributes);
  if (!log.trace_id.empty()) add_text(writer, 9, log.trace_id);
  if (!log.span_id.empty()) add_text(writer, 10, log.span_id);
  return out;
}

void write_log(json::Writer& out, const OtlpLog& log) {
  out.begin_object();
  out.key("timeUnixNano").value(std::to_string(log.time_ns));
  out.key("severityNumber").value(log.severity);
  out.key("severityText").value(log.severity_text);
  out.key("body");
  write_value(out, log.body);
  write_attributes(out, log.attributes);
  out.key("traceId").value(text::to_hex(log.trace_id));
  out.key("spanId").value(text::to_hex(log.span_id));
  out.end_object();
}

void write_span(json::Writer& out, const OtlpSpan& span) {
  out.begin_object();
  out.key("traceId").value(text::to_hex(span.trace_id));
  out.key("spanId").value(text::to_hex(span.span_id));
  if (!span.parent_id.empty()) out.key("parentSpanId").value(text::to_hex(span.parent_id));
  out.key("name").value(span.name);
  out.key("kind").value(static_cast<int>(span.kind));
  out.key("startTimeUnixNano").value(std::to_string(span.start_ns));
  out.key("endTimeUnixNano").value(std::to_string(span.end_ns));
  write_attributes(out, span.attributes);
  out.key("events").begin_array();
  for (const OtlpEvent& event : span.events) {
    out.begin_object();
    out.key("timeUnixNano").value(std::to_string(event.time_ns));
    out.key("name").value(event.name);
    write_attributes(out, event.attributes);
    out.end_object();
  }
  out.end_array().key("links").begin_array();
  for (const OtlpLink& link : span.links) {
    out.begin_object();
    out.key("traceId").value(text::to_hex(link.trace_id));
    out.key("spanId").value(text::to_hex(link.span_id));
    write_attributes(out, link.attributes);
    out.end_object();
  }
  out.end_array();
  if (span.status_code != 0) {
    out.key("status").begin_object();
    out.key("code").value(span.status_code).key("message").value(span.status_message);
    out.end_object();
  }
  if (span.flags != 0) out.key("flags").value(span.flags);
  out.end_object();
}

/// What the three lists of a signal are called.
struct Lists {
  const char* resources;
  const char* scopes;
  const char* items;
};

template <class WriteItems>
std::string export_json(const Lists& lists, const OtlpAttributes& resource, const OtlpScope& scope,
                        WriteItems&& write_items) {
  json::Writer out;
  out.begin_object().key(lists.resources).begin_array().begin_object();
  out.key("resource").begin_object();
  write_attributes(out, resource);
  out.end_object();
  out.key(lists.scopes).begin_array().begin_object();
  out.key("scope").begin_object();
  out.key("name").value(scope.name);
  if (!scope.version.empty()) out.key("version").value(scope.version);
  write_attributes(out, scope.attributes);
  out.end_object();
  out.key(lists.items).begin_array();
  write_items(out);
  out.end_array().end_object().end_array();
  out.end_object().end_array().end_object();
  return out.take();
}

}  // namespace

std::string attribute_fields(std::uint32_t number, const OtlpAttributes& attributes) {
  std::string out;
  pbf_writer writer(out);
  add_attributes(writer, number, attributes);
  return out;
}

std::string export_request(const OtlpAttributes& resource, const OtlpScope& scope,
                           const std::vector<std::string>& items) {
  std::string head;
  pbf_writer head_writer(head);
  add_text(head_writer, 1, scope.name);
  add_text(head_writer, 2, scope.version);
  add_attributes(head_writer, 3, scope.attributes);
  std::string of_scope;
  pbf_writer scope_writer(of_scope);
  scope_writer.add_message(1, head);
  for (const std::string& item : items) scope_writer.add_message(2, item);
  std::string of_resource;
  pbf_writer resource_writer(of_resource);
  resource_writer.add_message(1, attribute_fields(1, resource));
  resource_writer.add_message(2, of_scope);
  std::string out;
  pbf_writer(out).add_message(1, of_resource);
  return out;
}

std::string to_protobuf(const OtlpExport& wanted) {
  std::vector<std::string> items;
  for (const OtlpSpan& span : wanted.spans) items.push_back(span_bytes(span));
  return export_request(wanted.resource, {wanted.scope_name, wanted.scope_version}, items);
}

std::string to_json(const OtlpExport& wanted) {
  return export_json({"resourceSpans", "scopeSpans", "spans"}, wanted.resource,
                     {wanted.scope_name, wanted.scope_version}, [&](json::Writer& out) {
                       for (const OtlpSpan& span : wanted.spans) write_span(out, span);
                     });
}

std::string to_protobuf(const OtlpLogExport& wanted) {
  std::vector<std::string> items;
  for (const OtlpLog& log : wanted.logs) items.push_back(log_bytes(log));
  return export_request(wanted.resource, {wanted.scope_name, {}, wanted.scope}, items);
}

std::string to_json(const OtlpLogExport& wanted) {
  return export_json({"resourceLogs", "scopeLogs", "logRecords"}, wanted.resource,
                     {wanted.scope_name, {}, wanted.scope}, [&](json::Writer& out) {
                       for (const OtlpLog& log : wanted.logs) write_log(out, log);
                     });
}

std::string random_bytes(std::mt19937_64& random, std::size_t count) {
  std::string out(count, '\0');
  for (char& byte : out) byte = static_cast<char>(random() % 255 + 1);  // an id is never all zero
  return out;
}

std::uint64_t unix_now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

OtlpSpan request_span(std::mt19937_64& random) {
  OtlpSpan span;
  span.trace_id = random_bytes(random, 16);
  span.span_id = random_bytes(random, 8);
  span.name = "GET /api/orders/:id";
  span.kind = OtlpKind::kServer;
  span.end_ns = unix_now_ns();
  span.start_ns = span.end_ns - 25'000'000;
  span.attributes = {{"http.request.method", std::string("GET")},
                     {"http.route", std::string("/api/orders/:id")},
                     {"url.path", std::string("/api/orders/42")},
                     {"http.response.status_code", std::int64_t{200}},
                     {"http.response.body.size", std::int64_t{1234}},
                     {"client.address", std::string("203.0.113.9")}};
  return span;
}

OtlpSpan child_of(const OtlpSpan& parent, std::string name, std::mt19937_64& random) {
  OtlpSpan span;
  span.trace_id = parent.trace_id;
  span.span_id = random_bytes(random, 8);
  span.parent_id = parent.span_id;
  span.name = std::move(name);
  span.start_ns = parent.start_ns + 1'000'000;
  span.end_ns = span.start_ns + 5'000'000;
  return span;
}

}  // namespace traceway::test
