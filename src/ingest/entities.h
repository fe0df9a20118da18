// Which spans become endpoints, tasks or AI traces, and what they are called. Source: ingest 4.7,
// 4.8.
#pragma once

#include "ingest/attribute_value.h"
#include "ingest/otlp.h"
#include "ingest/wire_span.h"
#include "model/span.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace traceway::ingest {

/// The attributes some rule asks for by name.
enum class Known : std::uint8_t {
  kHttpRequestMethod,
  kHttpMethod,
  kHttpRoute,
  kUrlPath,
  kHttpTarget,
  kUrlFull,
  kHttpUrl,
  kHttpResponseStatusCode,
  kHttpStatusCode,
  kHttpResponseBodySize,
  kHttpResponseContentLength,
  kHttpResponseContentType,
  kClientAddress,
  kNetPeerIp,
  kHttpClientIp,
  kIsStream,
  kDistributedTraceId,
  kConsoleCommand,
  kFaasTrigger,
  kFaasCron,
  kTraceName,
  kSessionId,
  kExceptionType,
  kExceptionMessage,
  kExceptionStacktrace,
  kFrameUrls,
  kFrameFunctions,
  kFrameLines,
  kFrameColumns,
  kFrameClasses,
  kFrameMethods,
  kFrameSourceFiles,
  kCount
};

/// One pass over a map that remembers, per known name, the first value of a usable type. Views into
/// the attributes.
class KnownAttributes {
 public:
  void read(std::span<const WireAttribute> attributes);

  /// Null when there is none of a usable type.
  [[nodiscard]] const AttributeValue* find(Known name) const {
    return values_[static_cast<std::size_t>(name)];
  }

  /// Empty when absent. As sent, not yet repaired.
  [[nodiscard]] std::string_view text(Known name) const {
    const AttributeValue* value = find(name);
    return value == nullptr ? std::string_view{} : value->text;
  }

  [[nodiscard]] std::optional<std::int64_t> integer(Known name) const {
    const AttributeValue* value = find(name);
    return value == nullptr ? std::nullopt : as_integer(*value);
  }

  [[nodiscard]] bool has_http() const { return has_http_; }

  [[nodiscard]] bool has_gen_ai() const { return has_gen_ai_; }

  /// A non-empty exception.type, exception.message or exception.stacktrace.
  [[nodiscard]] bool has_exception() const {
    return !text(Known::kExceptionType).empty() || !text(Known::kExceptionMessage).empty() ||
           !text(Known::kExceptionStacktrace).empty();
  }

 private:
  std::array<const AttributeValue*, static_cast<std::size_t>(Known::kCount)> values_{};
  bool has_http_ = false;
  bool has_gen_ai_ = false;
};

/// What the span's own data decide. An endpoint below another span of its request still needs
/// is_entry_point().
struct Promotion {
  EntityKind kind = EntityKind::kNone;
  bool needs_entry_point = false;
  /// What it is when it turns out to be no entry point.
  EntityKind otherwise = EntityKind::kNone;
};

[[nodiscard]] Promotion promotion_of(const Span& span, const KnownAttributes& known,
                                     const DecodeContext& context);

/// Fills the entity members of `span` for `kind`; kNone resets them.
void promote(Span& span, EntityKind kind, const KnownAttributes& known, const Uuid& project,
             Arena& arena);
/// Takes the endpoint's members away again; kAiTrace leaves id and a name.
void demote(Span& span, EntityKind to);

/// `traceway.distributed_trace_id` as an id; zero when absent, malformed, zero or `own`.
[[nodiscard]] TraceId linked_trace_of(const KnownAttributes& known, const TraceId& own);

}  // namespace traceway::ingest
