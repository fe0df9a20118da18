#include "ingest/log_builder.h"

#include "base/text.h"
#include "ingest/exceptions.h"
#include "ingest/grouping.h"

#include <algorithm>
#include <array>

namespace traceway::ingest {

namespace {

constexpr std::size_t kUsualAttributes = 4;  ///< of one record, to reserve for
constexpr std::string_view kStacktraceKey = "exception.stacktrace";
constexpr std::string_view kEventNameKey = "event.name";
constexpr std::uint64_t kMaxSeverity = 24;

struct NamedSeverity {
  std::string_view name;
  std::uint8_t number;
};

constexpr auto kNamedSeverities = std::to_array<NamedSeverity>({{"TRACE", 1},
                                                                {"VERBOSE", 1},
                                                                {"DEBUG", 5},
                                                                {"INFO", 9},
                                                                {"INFORMATION", 9},
                                                                {"NOTICE", 9},
                                                                {"LOG", 9},
                                                                {"WARN", 13},
                                                                {"WARNING", 13},
                                                                {"ERROR", 17},
                                                                {"ERR", 17},
                                                                {"SEVERE", 17},
                                                                {"FATAL", 21},
                                                                {"CRITICAL", 21},
                                                                {"CRIT", 21},
                                                                {"ALERT", 21},
                                                                {"EMERG", 21},
                                                                {"EMERGENCY", 21},
                                                                {"PANIC", 21}});

/// By (number + 3) / 4.
constexpr std::array<std::string_view, 7> kClasses = {"",     "TRACE", "DEBUG", "INFO",
                                                      "WARN", "ERROR", "FATAL"};

std::string_view to_upper(std::string_view text, Arena& arena) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  if (std::ranges::none_of(text, is_lower)) return text;
  char* const out = arena.allocate(text.size());
  std::ranges::transform(
      text, out, [&](char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; });
  return {out, text.size()};
}

/// An enum on the wire is a signed number; a negative one is as good as none.
std::uint8_t stored_number(std::uint64_t number) {
  if (number > INT32_MAX) return 0;
  return static_cast<std::uint8_t>(std::min(number, kMaxSeverity));
}

}  // namespace

Severity severity_of(std::uint64_t number, std::string_view text, Arena& arena) {
  Severity out;
  out.number = stored_number(number);
  out.text = to_upper(stored_text(text::trim(text), kMaxLabelBytes, arena), arena);
  if (out.text.empty()) {
    out.text = kClasses[(out.number + 3U) / 4U];
  } else if (out.number == 0) {
    const auto known = std::ranges::find(kNamedSeverities, out.text, &NamedSeverity::name);
    if (known != kNamedSeverities.end()) out.number = known->number;
  }
  return out;
}

void LogBuilder::begin_resource(const WireResource& resource) {
  Arena& arena = batch_.arena;
  next_ = {};
  next_.service_name =
      stored_text(text_of(resource.attributes, "service.name"), kMaxLabelBytes, arena);
  next_.resource_schema_url = stored_text(resource.schema_url, kMaxNameBytes, arena);
  next_.resource_attributes = append_map(batch_, unique_.of(resource.attributes, arena), {});
  is_javascript_resource_ =
      is_javascript_language(text_of(resource.attributes, "telemetry.sdk.language"));
}

void LogBuilder::begin_scope(const WireScope& scope, std::size_t records) {
  Arena& arena = batch_.arena;
  const std::size_t wanted = batch_.logs.size() + std::min(records, kMaxElements);
  if (wanted > batch_.logs.capacity()) {  // at least doubling: there may be many small scopes
    const std::size_t room = std::max(wanted, 2 * batch_.logs.capacity());
    batch_.logs.reserve(room);
    batch_.attributes.reserve(room * kUsualAttributes);
  }
  next_.scope_name = stored_text(scope.name, kMaxLabelBytes, arena);
  next_.scope_version = stored_text(scope.version, kMaxLabelBytes, arena);
  next_.scope_schema_url = stored_text(scope.schema_url, kMaxNameBytes, arena);
  next_.scope_attributes = append_map(batch_, unique_.of(scope.attributes, arena), {});
  is_javascript_ = is_javascript_resource_ || is_javascript_scope(next_.scope_name);
}

bool LogBuilder::add(const WireLog& wire) {
  is_too_large_ = is_too_large_ || batch_.logs.size() >= kMaxElements ||
                  batch_.attributes.size() > kMaxStoredAttributes;
  if (is_too_large_) return false;
  const std::uint64_t time_ns = wire.time_ns != 0 ? wire.time_ns : wire.observed_ns;
  const Severity severity = severity_of(wire.severity_number, wire.severity_text, batch_.arena);
  LogRecord& row = batch_.logs.emplace_back(next_);
  row.timestamp_ns = repaired_time(time_ns, context_.received_ns);
  if (wire.observed_ns != 0)
    row.observed_ns = repaired_time(wire.observed_ns, context_.received_ns);
  row.trace = uuid_from_bytes(wire.trace_id);
  if (wire.span_id.size() == 8) row.span = span_id_from_bytes(wire.span_id);
  row.trace_flags = static_cast<std::uint8_t>(wire.flags);
  row.severity_number = severity.number;
  row.severity_text = severity.text;
  row.body = body_text(wire.body);
  row.attributes = log_attributes(wire);
  return true;
}

std::string_view LogBuilder::body_text(const AttributeValue& body) {
  const bool is_text = body.type == ValueType::kString || body.type == ValueType::kJson ||
                       (body.type == ValueType::kBytes && text::is_clean_utf8(body.text));
  if (is_text) return stored_text(body.text, kMaxBodyBytes, batch_.arena);
  if (body.type != ValueType::kBytes) return to_text(body, batch_.arena);
  return text::truncate_utf8(batch_.arena.copy(text::to_base64(body.text)), kMaxBodyBytes);
}

AttributeRange LogBuilder::log_attributes(const WireLog& wire) {
  AttributeRange range = append_map(batch_, unique_.of(wire.attributes, batch_.arena), {});
  bool has_event_name = wire.event_name.empty();
  for (std::uint32_t i = range.first; i < range.first + range.count; ++i) {
    Attribute& attribute = batch_.attributes[i];
    has_event_name = has_event_name || attribute.key == kEventNameKey;
    if (!is_javascript_ || attribute.key != kStacktraceKey) continue;
    const std::string stack = canonical_javascript_stack(attribute.value);
    attribute.value = stored_text(batch_.arena.copy(stack), kMaxValueBytes, batch_.arena);
  }
  if (!has_event_name && range.count < kMaxAttributes) {
    batch_.attributes.push_back(
        {kEventNameKey, stored_text(wire.event_name, kMaxValueBytes, batch_.arena)});
    ++range.count;
  }
  return range;
}

Result<void> LogBuilder::finish() const {
  if (is_too_large_ || batch_.attributes.size() > kMaxStoredAttributes)
    return fail(ErrorCode::kTooLarge, "too many elements in one request");
  return {};
}

}  // namespace traceway::ingest
