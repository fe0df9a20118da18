// For tests: a log request described once, as protobuf and as JSON, and its rows as text.
#pragma once

#include "ingest/test_support.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace traceway::ingest::test {

struct TestLog {
  Value body = {};
  std::uint64_t time_ns = kStartNs;
  std::uint64_t observed_ns = 0;
  int severity = 9;
  std::string severity_text = {};
  Attributes attributes = {};
  std::string trace = {};  ///< hex
  std::string span = {};   ///< hex
  std::uint32_t flags = 0;
  std::string event_name = {};
};

struct LogExport {
  std::vector<TestLog> logs;
  Attributes resource = {};
  Attributes scope = {};
  std::string scope_name = {};
  std::string scope_version = {};
  std::string resource_schema_url = {};
  std::string scope_schema_url = {};
};

inline std::string protobuf_of(const TestLog& log) {
  std::string out;
  protozero::pbf_writer writer(out);
  writer.add_fixed64(1, log.time_ns);
  writer.add_enum(2, log.severity);
  writer.add_string(3, log.severity_text);
  writer.add_message(5, protobuf_of(log.body));
  add_attributes(writer, 6, log.attributes);
  writer.add_uint32(7, 3);
  writer.add_fixed32(8, log.flags);
  writer.add_bytes(9, raw_of(log.trace));
  writer.add_bytes(10, raw_of(log.span));
  writer.add_fixed64(11, log.observed_ns);
  writer.add_string(12, log.event_name);
  return out;
}

inline std::string to_protobuf(const LogExport& wanted) {
  std::string out;
  protozero::pbf_writer writer(out);
  protozero::pbf_writer group(writer, 1);
  {
    protozero::pbf_writer scope_logs(group, 2);
    for (const TestLog& log : wanted.logs) scope_logs.add_message(2, protobuf_of(log));
    protozero::pbf_writer head(scope_logs, 1);  // after its records: the order is free
    head.add_string(1, wanted.scope_name);
    head.add_string(2, wanted.scope_version);
    add_attributes(head, 3, wanted.scope);
    head.commit();
    scope_logs.add_string(3, wanted.scope_schema_url);
  }
  {
    protozero::pbf_writer head(group, 1);
    add_attributes(head, 1, wanted.resource);
  }
  group.add_string(3, wanted.resource_schema_url);
  group.commit();
  return out;
}

inline std::string json_of(const TestLog& log) {
  return object(
      member("timeUnixNano", json_string(std::to_string(log.time_ns))) +
      member("observedTimeUnixNano", log.observed_ns) +
      member("severityNumber", std::to_string(log.severity)) +
      member("severityText", json_string(log.severity_text)) + member("body", json_of(log.body)) +
      member("attributes", json_of(log.attributes)) + member("droppedAttributesCount", 3) +
      member("flags", log.flags) + member("traceId", json_string(log.trace)) +
      member("spanId", json_string(log.span)) + member("eventName", json_string(log.event_name)));
}

inline std::string to_json(const LogExport& wanted) {
  const std::string scope_logs =
      object(member("logRecords", array(wanted.logs, [](const TestLog& l) { return json_of(l); })) +
             member("scope", object(member("name", json_string(wanted.scope_name)) +
                                    member("version", json_string(wanted.scope_version)) +
                                    member("attributes", json_of(wanted.scope)))) +
             member("schemaUrl", json_string(wanted.scope_schema_url)));
  return object(
      member("resourceLogs",
             "[" +
                 object(member("scopeLogs", "[" + scope_logs + "]") +
                        member("resource", object(member("attributes", json_of(wanted.resource)))) +
                        member("schemaUrl", json_string(wanted.resource_schema_url))) +
                 "]"));
}

/// Every stored member of every record, one line a record.
inline std::string log_rows_of(const TelemetryBatch& batch) {
  std::string out;
  const auto add = [&](std::string_view text) { out.append(text).append("|"); };
  for (const LogRecord& log : batch.logs) {
    for (const auto number : {log.timestamp_ns, log.observed_ns, std::int64_t{log.trace_flags},
                              std::int64_t{log.severity_number}})
      add(std::to_string(number));
    add(to_hex(log.trace)), add(to_hex(log.span));
    for (const auto text : {log.severity_text, log.service_name, log.body, log.scope_name,
                            log.scope_version, log.resource_schema_url, log.scope_schema_url})
      add(text);
    for (const AttributeRange& map :
         {log.resource_attributes, log.scope_attributes, log.attributes})
      add(map_of(batch, map));
    out += '\n';
  }
  return out;
}

/// Decodes both encodings, checks that they give equal rows, and returns the protobuf one.
inline TelemetryBatch decode(const LogExport& wanted) {
  auto from_protobuf = decode_logs_protobuf(bytes_of(to_protobuf(wanted)), context());
  auto from_json = decode_logs_json(bytes_of(to_json(wanted)), context());
  REQUIRE(from_protobuf);
  REQUIRE(from_json);
  CHECK(log_rows_of(*from_protobuf) == log_rows_of(*from_json));
  CHECK(from_protobuf->logs.size() == wanted.logs.size());
  return std::move(*from_protobuf);
}

}  // namespace traceway::ingest::test
