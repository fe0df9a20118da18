#include "ingest/attribute_value.h"

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"

#include <charconv>
#include <cmath>

namespace traceway::ingest {

namespace {

std::string_view integer_text(std::int64_t value, Arena& arena) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  return arena.copy({digits, static_cast<std::size_t>(end - digits)});
}

void append_integer(std::string& out, std::int64_t value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

bool is_decimal(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

}  // namespace

std::string_view stored_text(std::string_view text, std::size_t max_bytes, Arena& arena) {
  return text::truncate_utf8(text::clean_utf8(text, arena), max_bytes);
}

std::string_view to_text(const AttributeValue& value, Arena& arena) {
  switch (value.type) {
    case ValueType::kString:
    case ValueType::kJson:
      return stored_text(value.text, kMaxValueBytes, arena);
    case ValueType::kBool:
      return value.integer != 0 ? "true" : "false";
    case ValueType::kInt:
      return integer_text(value.integer, arena);
    case ValueType::kDouble:
      return arena.copy(text::number_to_text(value.number));
    case ValueType::kBytes:
      return text::truncate_utf8(arena.copy(text::to_base64(value.text)), kMaxValueBytes);
    case ValueType::kAbsent:
      break;
  }
  return {};
}

void append_typed(std::string& out, const AttributeValue& value, Arena& arena) {
  switch (value.type) {
    case ValueType::kString:
    case ValueType::kBytes:
      text::append_json_string(out, to_text(value, arena));
      return;
    case ValueType::kJson:  // never cut: half a document would be no JSON
      out += value.text;
      return;
    case ValueType::kBool:
      out += value.integer != 0 ? "true" : "false";
      return;
    case ValueType::kInt:
      append_integer(out, value.integer);
      return;
    case ValueType::kDouble: {
      const std::string number = text::number_to_text(value.number);
      if (std::isfinite(value.number)) {
        out += number;
      } else {
        text::append_json_string(out, number);
      }
      return;
    }
    case ValueType::kAbsent:
      out += "null";
      return;
  }
}

std::string_view text_of(std::span<const WireAttribute> attributes, std::string_view key) {
  for (const WireAttribute& attribute : attributes) {
    if (attribute.key == key && attribute.value.type == ValueType::kString) {
      return attribute.value.text;
    }
  }
  return {};
}

std::optional<std::int64_t> as_integer(const AttributeValue& value) {
  switch (value.type) {
    case ValueType::kInt:
      return value.integer;
    case ValueType::kDouble:
      if (value.number != std::trunc(value.number) || std::abs(value.number) >= 9.2e18) {
        return std::nullopt;
      }
      return static_cast<std::int64_t>(value.number);
    case ValueType::kString:
      return is_decimal(value.text) ? text::parse_int(value.text) : std::nullopt;
    default:
      return std::nullopt;
  }
}

bool is_true(const AttributeValue& value) {
  return (value.type == ValueType::kBool && value.integer != 0) ||
         (value.type == ValueType::kString && value.text == "true");
}

std::vector<std::string> string_items(const AttributeValue& value) {
  if (value.type != ValueType::kJson) return {};
  const auto list = json::Value::parse(value.text);
  std::vector<std::string> out;
  if (!list) return out;
  for (const json::Value& item : list->items()) {
    auto text = item.as_string();
    if (!text) return {};
    out.push_back(std::move(*text));
  }
  return out;
}

std::vector<std::int64_t> integer_items(const AttributeValue& value) {
  if (value.type != ValueType::kJson) return {};
  const auto list = json::Value::parse(value.text);
  std::vector<std::int64_t> out;
  if (!list) return out;
  for (const json::Value& item : list->items()) {
    auto number = item.as_int();
    if (const auto text = item.as_string(); !number && text) number = text::parse_int(*text);
    out.push_back(number.value_or(0));
  }
  return out;
}

UniqueAttributes::Entry* UniqueAttributes::find_linear(std::string_view key) {
  const std::uint64_t mixed = key.size() * 7 +
                              static_cast<unsigned char>(key.empty() ? '\0' : key.back()) * 13ULL +
                              static_cast<unsigned char>(key.empty() ? '\0' : key[key.size() / 2]);
  const std::uint64_t bit = 1ULL << (mixed & 63U);
  if ((seen_ & bit) == 0) {
    seen_ |= bit;
    return nullptr;
  }
  for (Entry& entry : entries_) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

UniqueAttributes::Entry* UniqueAttributes::find_or_claim(std::string_view key) {
  for (std::uint64_t at = hash64(key);; ++at) {
    Slot& slot = slots_[at % kSlots];
    if (slot.round != round_) {
      slot = {round_, static_cast<std::uint32_t>(entries_.size())};
      return nullptr;
    }
    if (entries_[slot.entry].key == key) return &entries_[slot.entry];
  }
}

std::span<const UniqueAttributes::Entry> UniqueAttributes::of(
    std::span<const WireAttribute> attributes, Arena& arena) {
  constexpr std::size_t kFewAttributes = 24;  // below, comparing beats hashing
  entries_.clear();
  seen_ = 0;
  const bool is_small = attributes.size() <= kFewAttributes;
  if (!is_small) {
    if (slots_.empty()) slots_.resize(kSlots);
    ++round_;
  }
  std::size_t taken = 0;
  for (const WireAttribute& attribute : attributes) {
    if (attribute.value.type == ValueType::kAbsent || attribute.key.size() > kMaxKeyBytes) continue;
    const std::string_view key = text::clean_utf8(attribute.key, arena);
    if (key.size() > kMaxKeyBytes) continue;  // repair can make it longer
    if (++taken > kMaxAttributes) break;
    Entry* const known = is_small ? find_linear(key) : find_or_claim(key);
    if (known != nullptr) {
      known->value = &attribute.value;
    } else {
      entries_.push_back({key, &attribute.value});
    }
  }
  return entries_;
}

AttributeRange append_map(TelemetryBatch& batch, std::span<const UniqueAttributes::Entry> entries,
                          std::string_view without) {
  AttributeRange range{static_cast<std::uint32_t>(batch.attributes.size()), 0};
  for (const auto& entry : entries) {
    if (!without.empty() && entry.key == without) continue;
    batch.attributes.push_back({entry.key, to_text(*entry.value, batch.arena)});
    ++range.count;
  }
  return range;
}

void append_typed_map(std::string& out, std::span<const UniqueAttributes::Entry> entries,
                      Arena& arena) {
  out += '{';
  bool needs_comma = false;
  for (const auto& entry : entries) {
    if (needs_comma) out += ',';
    needs_comma = true;
    text::append_json_string(out, entry.key);
    out += ':';
    append_typed(out, *entry.value, arena);
  }
  out += '}';
}

}  // namespace traceway::ingest
