#include "ingest/report_values.h"

#include "base/clock.h"
#include "base/text.h"
#include "ingest/decode_context.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace traceway::ingest::report_values {

namespace {

/// Far more than a map keeps, so that a repeated name still finds its last value.
constexpr std::size_t kMaxMembers = 65'536;

std::int64_t rounded(double number) {
  constexpr double kLimit = 0x1p63;
  if (number >= kLimit) return INT64_MAX;
  if (number <= -kLimit) return INT64_MIN;
  return std::llround(number);
}

/// Absent as an empty optional.
std::optional<std::string_view> string_of(const Element* from) {
  std::string_view text;
  if (from == nullptr || from->get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

std::optional<double> number_of(const Element* from) {
  double number = 0;
  if (from != nullptr && from->get(number) == simdjson::SUCCESS) return number;
  const auto text = string_of(from);
  const auto parsed = text ? text::parse_double(*text) : std::nullopt;
  return parsed && std::isfinite(*parsed) ? parsed : std::nullopt;
}

AttributeValue value_of(const Element& from, Arena& arena) {
  switch (from.type()) {
    case simdjson::dom::element_type::STRING:
      return {.type = ValueType::kString, .text = arena.copy(from.get_string().value_unsafe())};
    case simdjson::dom::element_type::BOOL:
      return {
          .type = ValueType::kBool, .text = {}, .integer = from.get_bool().value_unsafe() ? 1 : 0};
    case simdjson::dom::element_type::INT64:
      return {.type = ValueType::kInt, .text = {}, .integer = from.get_int64().value_unsafe()};
    case simdjson::dom::element_type::UINT64:
      return {.type = ValueType::kString,
              .text = arena.copy(std::to_string(from.get_uint64().value_unsafe()))};
    case simdjson::dom::element_type::DOUBLE:
      return {.type = ValueType::kDouble,
              .text = {},
              .integer = 0,
              .number = from.get_double().value_unsafe()};
    case simdjson::dom::element_type::ARRAY:
    case simdjson::dom::element_type::OBJECT:
      return {.type = ValueType::kJson, .text = arena.copy(simdjson::minify(from))};
    case simdjson::dom::element_type::NULL_VALUE:
      break;
  }
  return {};
}

}  // namespace

std::string_view text(const Element* from, std::size_t max_bytes, Arena& arena) {
  const auto sent = string_of(from);
  return sent ? stored_text(arena.copy(*sent), max_bytes, arena) : std::string_view{};
}

std::optional<std::int64_t> whole(const Element* from) {
  std::int64_t integer = 0;
  if (from != nullptr && from->get(integer) == simdjson::SUCCESS) return integer;
  if (const auto text = string_of(from)) {
    if (const auto parsed = text::parse_int(*text)) return parsed;
  }
  const auto number = number_of(from);
  return number ? std::optional(rounded(*number)) : std::nullopt;
}

std::int64_t duration_ns(const Element* ns, const Element* ms) {
  constexpr double kNsPerMs = 1e6;
  if (const auto given = whole(ns)) return std::max<std::int64_t>(*given, 0);
  const auto number = number_of(ms);
  return number ? std::max<std::int64_t>(rounded(*number * kNsPerMs), 0) : 0;
}

std::int64_t time_ns(const Element* from, std::int64_t received_ns) {
  return time_if_given(from, received_ns).value_or(received_ns);
}

std::optional<std::int64_t> time_if_given(const Element* from, std::int64_t received_ns) {
  const auto text = string_of(from);
  const auto time = text ? parse_rfc3339(*text) : std::nullopt;
  if (!time || *time == INT64_MIN) return std::nullopt;  // the zero time, too, is clamped to this
  return not_from_future(*time, received_ns);
}

bool is_empty(const Element* from) {
  simdjson::dom::array items;
  simdjson::dom::object members;
  if (from == nullptr) return true;
  if (from->get(items) == simdjson::SUCCESS) return items.begin() == items.end();
  return from->get(members) == simdjson::SUCCESS && members.begin() == members.end();
}

bool flag(const Element* from) {
  bool is_set = false;
  if (from != nullptr && from->get(is_set) == simdjson::SUCCESS) return is_set;
  return string_of(from) == "true";
}

Uuid uuid(const Element* from) {
  const auto text = string_of(from);
  return text ? parse_uuid(*text).value_or(Uuid{}) : Uuid{};
}

Uuid named_id(const Element* from, const Uuid& name_space) {
  const auto text = string_of(from);
  if (!text || text->empty()) return {};
  const auto id = parse_uuid(*text);
  return id ? *id : uuid_v5(name_space, *text);
}

AttributeRange AttributeMaps::append(const Element* from, TelemetryBatch& batch) {
  wire_.clear();
  simdjson::dom::object members;
  if (from == nullptr || from->get(members) != simdjson::SUCCESS) return {};
  for (const auto& member : members) {
    if (wire_.size() == kMaxMembers) break;
    wire_.push_back({batch.arena.copy(member.key), value_of(member.value, batch.arena)});
  }
  return append_map(batch, unique_.of(wire_, batch.arena), {});
}

}  // namespace traceway::ingest::report_values
