#include "ingest/entities.h"

#include "base/text.h"

#include <algorithm>

namespace traceway::ingest {

namespace {

/// What type a rule can use; other types do not hide a later, usable occurrence.
enum class Want : std::uint8_t { kText, kInteger, kFlag, kList, kTextOrList, kAny };

struct KnownName {
  std::string_view key;
  Known known;
  Want want;
  bool is_http = false;
};

constexpr std::size_t kLongestName = 64;

constexpr auto kNames = [] {
  auto names = std::to_array<KnownName>({
      {"http.request.method", Known::kHttpRequestMethod, Want::kText, true},
      {"http.method", Known::kHttpMethod, Want::kText, true},
      {"http.route", Known::kHttpRoute, Want::kText, true},
      {"url.path", Known::kUrlPath, Want::kText, true},
      {"http.target", Known::kHttpTarget, Want::kText},
      {"url.full", Known::kUrlFull, Want::kText},
      {"http.url", Known::kHttpUrl, Want::kText},
      {"http.response.status_code", Known::kHttpResponseStatusCode, Want::kInteger},
      {"http.status_code", Known::kHttpStatusCode, Want::kInteger},
      {"http.response.body.size", Known::kHttpResponseBodySize, Want::kInteger},
      {"http.response_content_length", Known::kHttpResponseContentLength, Want::kInteger},
      {"http.response.header.content-type", Known::kHttpResponseContentType, Want::kTextOrList},
      {"client.address", Known::kClientAddress, Want::kText},
      {"net.peer.ip", Known::kNetPeerIp, Want::kText},
      {"http.client_ip", Known::kHttpClientIp, Want::kText},
      {"traceway.is_stream", Known::kIsStream, Want::kFlag},
      {"traceway.distributed_trace_id", Known::kDistributedTraceId, Want::kText},
      {"console.command", Known::kConsoleCommand, Want::kText},
      {"faas.trigger", Known::kFaasTrigger, Want::kText},
      {"faas.cron", Known::kFaasCron, Want::kAny},
      {"trace.name", Known::kTraceName, Want::kText},
      {"session.id", Known::kSessionId, Want::kText},
      {"exception.type", Known::kExceptionType, Want::kText},
      {"exception.message", Known::kExceptionMessage, Want::kText},
      {"exception.stacktrace", Known::kExceptionStacktrace, Want::kText},
      {"exception.structured_stacktrace.urls", Known::kFrameUrls, Want::kList},
      {"exception.structured_stacktrace.functions", Known::kFrameFunctions, Want::kList},
      {"exception.structured_stacktrace.lines", Known::kFrameLines, Want::kList},
      {"exception.structured_stacktrace.columns", Known::kFrameColumns, Want::kList},
      {"exception.structured_stacktrace.classes", Known::kFrameClasses, Want::kList},
      {"exception.structured_stacktrace.methods", Known::kFrameMethods, Want::kList},
      {"exception.structured_stacktrace.source_files", Known::kFrameSourceFiles, Want::kList},
  });
  std::sort(names.begin(), names.end(),
            [](const KnownName& a, const KnownName& b) { return a.key.size() < b.key.size(); });
  return names;
}();

/// First entry of kNames per key length: nearly every attribute is decided by its length alone.
constexpr auto kFirstOfLength = [] {
  std::array<std::uint8_t, kLongestName + 2> first{};
  for (std::size_t length = 0; length < first.size(); ++length) {
    std::size_t at = 0;
    while (at < kNames.size() && kNames[at].key.size() < length) ++at;
    first[length] = static_cast<std::uint8_t>(at);
  }
  return first;
}();

const KnownName* known_name(std::string_view key) {
  if (key.size() > kLongestName) return nullptr;
  for (std::size_t at = kFirstOfLength[key.size()]; at < kFirstOfLength[key.size() + 1]; ++at) {
    if (kNames[at].key == key) return &kNames[at];
  }
  return nullptr;
}

bool is_usable(const AttributeValue& value, Want want) {
  switch (want) {
    case Want::kText:
      return value.type == ValueType::kString;
    case Want::kInteger:
      return as_integer(value).has_value();
    case Want::kFlag:
      return value.type == ValueType::kBool || value.type == ValueType::kString;
    case Want::kList:
      return value.type == ValueType::kJson;
    case Want::kTextOrList:
      return value.type == ValueType::kString || value.type == ValueType::kJson;
    case Want::kAny:
      return value.type != ValueType::kAbsent;
  }
  return false;
}

/// The path of a request target or URL, without query and fragment.
std::string_view path_of(std::string_view target) {
  if (const auto scheme = target.find("://"); scheme != std::string_view::npos) {
    const auto path = target.find_first_of("/?#", scheme + 3);
    target = path == std::string_view::npos ? "/" : target.substr(path);
    if (target.front() != '/') target = "/";
  }
  return target.substr(0, target.find_first_of("?#"));
}

std::string_view first_text(const KnownAttributes& known, std::initializer_list<Known> names) {
  for (const Known name : names) {
    if (const auto text = known.text(name); !text.empty()) return text;
  }
  return {};
}

std::string_view route_of(const KnownAttributes& known) {
  if (const auto route = known.text(Known::kHttpRoute); route.starts_with('/')) return route;
  if (const auto path = known.text(Known::kUrlPath); !path.empty()) return path;
  for (const Known name : {Known::kHttpTarget, Known::kUrlFull, Known::kHttpUrl}) {
    if (const auto path = path_of(known.text(name)); !path.empty()) return path;
  }
  return {};
}

std::string_view joined(std::string_view a, std::string_view b, Arena& arena) {
  const std::size_t size = a.size() + 1 + b.size();
  char* out = arena.allocate(size);
  std::copy(a.begin(), a.end(), out);
  out[a.size()] = ' ';
  std::copy(b.begin(), b.end(), out + a.size() + 1);
  return {out, size};
}

/// A route that says nothing about what was asked for: missing, relative, or only `/` and `*`.
bool is_catch_all(std::string_view route) {
  return !route.starts_with('/') || route.find_first_not_of("/*") == std::string_view::npos;
}

std::string_view endpoint_name(const Span& span, const KnownAttributes& known, Arena& arena) {
  if (span.http_status == 404 && is_catch_all(known.text(Known::kHttpRoute))) return "UNMATCHED";
  const std::string_view method =
      first_text(known, {Known::kHttpRequestMethod, Known::kHttpMethod});
  if (method.empty()) return span.name;
  std::string_view tail = route_of(known);
  if (tail.empty()) {
    if (span.name == method ||
        (span.name.starts_with(method) && span.name.substr(method.size()).starts_with(' '))) {
      return span.name;
    }
    tail = span.name;
  }
  return joined(method, tail, arena);
}

std::uint16_t http_status_of(const KnownAttributes& known) {
  const auto status = known.integer(Known::kHttpResponseStatusCode)
                          .value_or(known.integer(Known::kHttpStatusCode).value_or(0));
  return status < 0 || status > UINT16_MAX ? std::uint16_t{0} : static_cast<std::uint16_t>(status);
}

bool is_event_stream(std::string_view content_type) {
  constexpr std::string_view kEventStream = "text/event-stream";
  const std::string_view trimmed = text::trim(content_type);
  return text::equals_ignore_case(trimmed.substr(0, kEventStream.size()), kEventStream);
}

bool is_stream(const Span& span, const KnownAttributes& known) {
  if (span.http_status == 101) return true;
  if (const auto* flag = known.find(Known::kIsStream); flag != nullptr && is_true(*flag)) {
    return true;
  }
  const AttributeValue* type = known.find(Known::kHttpResponseContentType);
  if (type == nullptr) return false;
  if (type->type == ValueType::kString) return is_event_stream(type->text);
  return std::ranges::any_of(string_items(*type), is_event_stream);
}

}  // namespace

void KnownAttributes::read(std::span<const WireAttribute> attributes) {
  values_.fill(nullptr);
  has_http_ = has_gen_ai_ = false;
  for (const WireAttribute& attribute : attributes) {
    if (attribute.key.starts_with("gen_ai.")) has_gen_ai_ = true;
    const KnownName* name = known_name(attribute.key);
    if (name == nullptr) continue;
    if (name->is_http && attribute.value.type != ValueType::kAbsent) has_http_ = true;
    const AttributeValue*& value = values_[static_cast<std::size_t>(name->known)];
    if (value == nullptr && is_usable(attribute.value, name->want)) value = &attribute.value;
  }
}

Promotion promotion_of(const Span& span, const KnownAttributes& known,
                       const DecodeContext& context) {
  if (context.is_browser_project) return {};
  const bool is_internal = span.kind == SpanKind::kInternal;
  const bool is_root = span.parent.is_empty();
  if (is_internal && known.has_exception()) return {};
  const EntityKind ai = known.has_gen_ai() ? EntityKind::kAiTrace : EntityKind::kNone;
  const bool is_timer =
      known.text(Known::kFaasTrigger) == "timer" || known.find(Known::kFaasCron) != nullptr;
  const bool is_timed_root = is_root && is_timer && (is_internal || span.kind == SpanKind::kServer);
  if (span.kind == SpanKind::kServer && known.has_http()) {
    const bool is_certain = is_root || (span.flags & 0x300U) == 0x300U;
    return {EntityKind::kEndpoint, !is_certain, ai};
  }
  if (is_internal && is_root && known.has_http()) return {EntityKind::kEndpoint};
  if (span.kind == SpanKind::kConsumer) return {EntityKind::kTask};
  if (is_internal && is_root && !known.text(Known::kConsoleCommand).empty()) {
    return {EntityKind::kTask};
  }
  if (is_timed_root) return {EntityKind::kTask};
  return {ai};
}

void promote(Span& span, EntityKind kind, const KnownAttributes& known, const Uuid& project,
             Arena& arena) {
  span.entity = kind;
  if (kind == EntityKind::kNone) return;
  span.entity_id = derived_entity_id(project, span.trace, span.id);
  span.linked_trace = linked_trace_of(known, span.trace);
  span.entity_name = span.name;
  if (kind == EntityKind::kAiTrace) {
    if (const auto name = known.text(Known::kTraceName); !name.empty()) {
      span.entity_name = stored_text(name, kMaxNameBytes, arena);
    }
    return;
  }
  if (kind != EntityKind::kEndpoint) return;
  span.http_status = http_status_of(known);
  span.entity_name = stored_text(endpoint_name(span, known, arena), kMaxNameBytes, arena);
  const std::int64_t size =
      known.integer(Known::kHttpResponseBodySize)
          .value_or(known.integer(Known::kHttpResponseContentLength).value_or(0));
  span.body_size = std::max<std::int64_t>(size, 0);
  span.client_ip = stored_text(
      first_text(known, {Known::kClientAddress, Known::kNetPeerIp, Known::kHttpClientIp}),
      kMaxLabelBytes, arena);
  span.is_stream = is_stream(span, known);
}

void demote(Span& span, EntityKind to) {
  span.entity = to;
  span.entity_name = to == EntityKind::kNone ? std::string_view{} : span.name;
  span.http_status = 0;
  span.body_size = 0;
  span.client_ip = {};
  span.is_stream = false;
  if (to == EntityKind::kNone) {
    span.entity_id = {};
    span.linked_trace = {};
  }
}

TraceId linked_trace_of(const KnownAttributes& known, const TraceId& own) {
  const std::string_view text = known.text(Known::kDistributedTraceId);
  if (text.empty()) return {};
  std::string hex;
  for (const char c : text) {
    if (c != '-') hex += c;
    if (hex.size() > 32) return {};
  }
  const auto bytes = text::from_hex(hex);
  if (!bytes || bytes->size() != 16) return {};
  const TraceId linked = uuid_from_bytes(*bytes);
  return linked == own ? TraceId{} : linked;
}

}  // namespace traceway::ingest
