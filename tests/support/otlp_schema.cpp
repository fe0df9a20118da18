#include "support/otlp_schema.h"

#include "base/json.h"
#include "base/text.h"

#include <doctest/doctest.h>
#include <protozero/pbf_writer.hpp>

#include <limits>
#include <map>
#include <vector>

namespace traceway::test {

namespace {

using protozero::pbf_writer;

enum class Kind : std::uint8_t {
  kText,
  kHex,
  kBase64,
  kBool,
  kVarint,
  kZigzag,
  kFixed64,
  kFixed32,
  kDouble,
  kMessage
};

struct Field {
  std::string_view name;
  protozero::pbf_tag_type tag;
  Kind kind;
  std::string_view message = {};  ///< of kMessage
};

using Schema = std::map<std::string_view, std::vector<Field>>;

const std::vector<Field>& fields_of(std::string_view message) {
  using enum Kind;
  static const Schema schema = {
      {"TracesRequest", {{"resourceSpans", 1, kMessage, "ResourceSpans"}}},
      {"MetricsRequest", {{"resourceMetrics", 1, kMessage, "ResourceMetrics"}}},
      {"LogsRequest", {{"resourceLogs", 1, kMessage, "ResourceLogs"}}},
      {"ResourceSpans",
       {{"resource", 1, kMessage, "Resource"},
        {"scopeSpans", 2, kMessage, "ScopeSpans"},
        {"schemaUrl", 3, kText}}},
      {"ResourceMetrics",
       {{"resource", 1, kMessage, "Resource"},
        {"scopeMetrics", 2, kMessage, "ScopeMetrics"},
        {"schemaUrl", 3, kText}}},
      {"ResourceLogs",
       {{"resource", 1, kMessage, "Resource"},
        {"scopeLogs", 2, kMessage, "ScopeLogs"},
        {"schemaUrl", 3, kText}}},
      {"Resource", {{"attributes", 1, kMessage, "KeyValue"}}},
      {"ScopeSpans",
       {{"scope", 1, kMessage, "Scope"}, {"spans", 2, kMessage, "Span"}, {"schemaUrl", 3, kText}}},
      {"ScopeMetrics",
       {{"scope", 1, kMessage, "Scope"},
        {"metrics", 2, kMessage, "Metric"},
        {"schemaUrl", 3, kText}}},
      {"ScopeLogs",
       {{"scope", 1, kMessage, "Scope"},
        {"logRecords", 2, kMessage, "LogRecord"},
        {"schemaUrl", 3, kText}}},
      {"Scope",
       {{"name", 1, kText}, {"version", 2, kText}, {"attributes", 3, kMessage, "KeyValue"}}},
      {"KeyValue", {{"key", 1, kText}, {"value", 2, kMessage, "AnyValue"}}},
      {"AnyValue",
       {{"stringValue", 1, kText},
        {"boolValue", 2, kBool},
        {"intValue", 3, kVarint},
        {"doubleValue", 4, kDouble},
        {"arrayValue", 5, kMessage, "ArrayValue"},
        {"kvlistValue", 6, kMessage, "KeyValueList"},
        {"bytesValue", 7, kBase64}}},
      {"ArrayValue", {{"values", 1, kMessage, "AnyValue"}}},
      {"KeyValueList", {{"values", 1, kMessage, "KeyValue"}}},
      {"Span",
       {{"traceId", 1, kHex},
        {"spanId", 2, kHex},
        {"parentSpanId", 4, kHex},
        {"name", 5, kText},
        {"kind", 6, kVarint},
        {"startTimeUnixNano", 7, kFixed64},
        {"endTimeUnixNano", 8, kFixed64},
        {"attributes", 9, kMessage, "KeyValue"},
        {"events", 11, kMessage, "Event"}}},
      {"Event",
       {{"timeUnixNano", 1, kFixed64},
        {"name", 2, kText},
        {"attributes", 3, kMessage, "KeyValue"}}},
      {"Metric",
       {{"name", 1, kText},
        {"description", 2, kText},
        {"unit", 3, kText},
        {"gauge", 5, kMessage, "Numbers"},
        {"sum", 7, kMessage, "Numbers"},
        {"histogram", 9, kMessage, "Histogram"},
        {"exponentialHistogram", 10, kMessage, "ExponentialHistogram"},
        {"summary", 11, kMessage, "Summary"}}},
      {"Numbers",
       {{"dataPoints", 1, kMessage, "NumberPoint"},
        {"aggregationTemporality", 2, kVarint},
        {"isMonotonic", 3, kBool}}},
      {"NumberPoint",
       {{"startTimeUnixNano", 2, kFixed64},
        {"timeUnixNano", 3, kFixed64},
        {"asDouble", 4, kDouble},
        {"asInt", 6, kFixed64},
        {"attributes", 7, kMessage, "KeyValue"},
        {"flags", 8, kVarint}}},
      {"Histogram",
       {{"dataPoints", 1, kMessage, "HistogramPoint"}, {"aggregationTemporality", 2, kVarint}}},
      {"HistogramPoint",
       {{"startTimeUnixNano", 2, kFixed64},
        {"timeUnixNano", 3, kFixed64},
        {"count", 4, kFixed64},
        {"sum", 5, kDouble},
        {"bucketCounts", 6, kFixed64},
        {"explicitBounds", 7, kDouble},
        {"attributes", 9, kMessage, "KeyValue"},
        {"flags", 10, kVarint},
        {"min", 11, kDouble},
        {"max", 12, kDouble}}},
      {"ExponentialHistogram",
       {{"dataPoints", 1, kMessage, "ExponentialPoint"}, {"aggregationTemporality", 2, kVarint}}},
      {"ExponentialPoint",
       {{"attributes", 1, kMessage, "KeyValue"},
        {"startTimeUnixNano", 2, kFixed64},
        {"timeUnixNano", 3, kFixed64},
        {"count", 4, kFixed64},
        {"sum", 5, kDouble},
        {"scale", 6, kZigzag},
        {"zeroCount", 7, kFixed64},
        {"positive", 8, kMessage, "Buckets"},
        {"negative", 9, kMessage, "Buckets"},
        {"flags", 10, kVarint},
        {"min", 12, kDouble},
        {"max", 13, kDouble}}},
      {"Buckets", {{"offset", 1, kZigzag}, {"bucketCounts", 2, kVarint}}},
      {"Summary", {{"dataPoints", 1, kMessage, "SummaryPoint"}}},
      {"SummaryPoint",
       {{"startTimeUnixNano", 2, kFixed64},
        {"timeUnixNano", 3, kFixed64},
        {"count", 4, kFixed64},
        {"sum", 5, kDouble},
        {"quantileValues", 6, kMessage, "Quantile"},
        {"attributes", 7, kMessage, "KeyValue"},
        {"flags", 8, kVarint}}},
      {"Quantile", {{"quantile", 1, kDouble}, {"value", 2, kDouble}}},
      {"LogRecord",
       {{"timeUnixNano", 1, kFixed64},
        {"severityNumber", 2, kVarint},
        {"severityText", 3, kText},
        {"body", 5, kMessage, "AnyValue"},
        {"attributes", 6, kMessage, "KeyValue"},
        {"flags", 8, kFixed32},
        {"traceId", 9, kHex},
        {"spanId", 10, kHex},
        {"observedTimeUnixNano", 11, kFixed64},
        {"eventName", 12, kText}}},
  };
  return schema.at(message);
}

/// Numbers come as numbers or as text.
std::int64_t whole(const json::Value& value) {
  if (const auto text = value.as_string()) {
    return text->starts_with('-') ? std::stoll(*text)
                                  : static_cast<std::int64_t>(std::stoull(*text));
  }
  return value.as_int().value_or(0);
}

double real(const json::Value& value) {
  const std::string text = value.as_string().value_or("");
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text.ends_with("Infinity"))
    return text.starts_with('-') ? -std::numeric_limits<double>::infinity()
                                 : std::numeric_limits<double>::infinity();
  return value.as_double().value_or(0);
}

std::string message_bytes(std::string_view message, const json::Value& value);

void add_field(pbf_writer& to, const Field& field, const json::Value& value) {
  const std::string text = value.as_string().value_or("");
  switch (field.kind) {
    case Kind::kText:
      return to.add_string(field.tag, text);
    case Kind::kHex:
      return to.add_bytes(field.tag, text::from_hex(text).value_or(std::string("\1")));
    case Kind::kBase64:
      return to.add_bytes(field.tag, text::from_base64(text).value_or(""));
    case Kind::kBool:
      return to.add_bool(field.tag, value.as_bool().value_or(false));
    case Kind::kVarint:
      return to.add_int64(field.tag, whole(value));
    case Kind::kZigzag:
      return to.add_sint32(field.tag, static_cast<std::int32_t>(whole(value)));
    case Kind::kFixed64:
      return to.add_sfixed64(field.tag, whole(value));
    case Kind::kFixed32:
      return to.add_fixed32(field.tag, static_cast<std::uint32_t>(whole(value)));
    case Kind::kDouble:
      return to.add_double(field.tag, real(value));
    case Kind::kMessage:
      return to.add_message(field.tag, message_bytes(field.message, value));
  }
}

std::string message_bytes(std::string_view message, const json::Value& value) {
  std::string out;
  pbf_writer writer(out);
  std::size_t known = 0;
  for (const Field& field : fields_of(message)) {
    const json::Value member = value.at(field.name);
    if (member.is_null()) continue;
    ++known;
    if (!member.is_array()) {
      add_field(writer, field, member);
    } else {
      for (const json::Value& item : member.items()) add_field(writer, field, item);
    }
  }
  CHECK_MESSAGE(known == value.keys().size(), message,
                " has more members than the schema: ", value.dump());
  return out;
}

}  // namespace

std::string protobuf_of(Signal signal, std::string_view json) {
  const auto value = json::Value::parse(json);
  REQUIRE_MESSAGE(value, "no JSON: ", json.substr(0, 300));
  if (signal == Signal::kMetrics) return message_bytes("MetricsRequest", *value);
  return message_bytes(signal == Signal::kLogs ? "LogsRequest" : "TracesRequest", *value);
}

}  // namespace traceway::test
