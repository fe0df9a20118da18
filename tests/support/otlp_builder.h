// Trace and log exports for tests: one description, as OTLP protobuf and as OTLP/JSON.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace traceway::test {

/// Raw bytes as an attribute value; base64 in JSON.
struct OtlpBytes {
  std::string bytes;
};

using OtlpValue =
    std::variant<std::string, bool, std::int64_t, double, std::vector<std::string>, OtlpBytes>;
using OtlpAttributes = std::vector<std::pair<std::string, OtlpValue>>;

struct OtlpEvent {
  std::uint64_t time_ns = 0;
  std::string name;
  OtlpAttributes attributes = {};
};

struct OtlpLink {
  std::string trace_id;  ///< 16 bytes
  std::string span_id;   ///< 8 bytes
  OtlpAttributes attributes = {};
};

enum class OtlpKind : std::uint8_t {
  kUnspecified,
  kInternal,
  kServer,
  kClient,
  kProducer,
  kConsumer
};

/// Ids are raw bytes, so that invalid ones can be sent too.
struct OtlpSpan {
  std::string trace_id;
  std::string span_id;
  std::string parent_id = {};
  std::string name = {};
  OtlpKind kind = OtlpKind::kInternal;
  std::uint64_t start_ns = 0;
  std::uint64_t end_ns = 0;
  OtlpAttributes attributes = {};
  std::vector<OtlpEvent> events = {};
  std::vector<OtlpLink> links = {};
  int status_code = 0;  ///< 0 unset, 1 ok, 2 error
  std::string status_message = {};
  std::uint32_t flags = 0;  ///< 0x100: whether the parent is remote is known; 0x200: it is
};

/// One ResourceSpans with one ScopeSpans.
struct OtlpExport {
  OtlpAttributes resource = {{"service.name", std::string("shop")}};
  std::string scope_name = "tests";
  std::string scope_version = "1.0";
  std::vector<OtlpSpan> spans = {};
};

/// The scope of an export.
struct OtlpScope {
  std::string name = {};
  std::string version = {};
  OtlpAttributes attributes = {};
};

/// The request of any signal: a resource with one scope, whose items are encoded messages. The
/// messages of all signals have the same shape and field numbers.
[[nodiscard]] std::string export_request(const OtlpAttributes& resource, const OtlpScope& scope,
                                         const std::vector<std::string>& items);

/// The attributes as a repeated KeyValue field of that number, to be appended to a message.
[[nodiscard]] std::string attribute_fields(std::uint32_t number, const OtlpAttributes& attributes);

/// ExportTraceServiceRequest.
[[nodiscard]] std::string to_protobuf(const OtlpExport& wanted);
/// The same as OTLP/JSON: hex ids, 64-bit numbers as text.
[[nodiscard]] std::string to_json(const OtlpExport& wanted);

struct OtlpLog {
  std::uint64_t time_ns = 0;
  int severity = 9;
  std::string severity_text = {};
  OtlpValue body = std::string();
  OtlpAttributes attributes = {};
  std::string trace_id = {};  ///< 16 bytes, or none
  std::string span_id = {};   ///< 8 bytes, or none
};

/// One ResourceLogs with one ScopeLogs.
struct OtlpLogExport {
  OtlpAttributes resource = {{"service.name", std::string("shop")}};
  std::string scope_name = "tests";
  OtlpAttributes scope = {};
  std::vector<OtlpLog> logs = {};
};

/// ExportLogsServiceRequest.
[[nodiscard]] std::string to_protobuf(const OtlpLogExport& wanted);
[[nodiscard]] std::string to_json(const OtlpLogExport& wanted);

[[nodiscard]] std::string random_bytes(std::mt19937_64& random, std::size_t count);
/// A finished SERVER span `GET /api/orders/:id` of 25 ms that ended now, with the attributes of a
/// web framework.
[[nodiscard]] OtlpSpan request_span(std::mt19937_64& random);
/// An INTERNAL span of 5 ms below it.
[[nodiscard]] OtlpSpan child_of(const OtlpSpan& parent, std::string name, std::mt19937_64& random);
[[nodiscard]] std::uint64_t unix_now_ns();

}  // namespace traceway::test
