#include "ingest/otlp_json_reader.h"

#include "base/text.h"
#include "ingest/attribute_value.h"

namespace traceway::ingest {

namespace {

using json_scalars::read_base64;
using json_scalars::read_double;
using json_scalars::read_integer;
using json_scalars::read_text;
using json_scalars::read_unsigned;

constexpr JsonName kString{"stringValue", "string_value"};
constexpr JsonName kInt{"intValue", "int_value"};
constexpr JsonName kBool{"boolValue", "bool_value"};
constexpr JsonName kDouble{"doubleValue", "double_value"};
constexpr JsonName kBytes{"bytesValue", "bytes_value"};
constexpr JsonName kMap{"kvlistValue", "kvlist_value"};
constexpr JsonName kArray{"arrayValue", "array_value"};

}  // namespace

bool JsonReader::read_resource(const Element& from) {
  return for_each_member(from, [&](std::string_view key, const Element& value) {
    if (key == "attributes") return read_attributes(value, resource_.attributes);
    if (kDroppedAttributes == key) {
      return read_unsigned(value, resource_.dropped_attributes);
    }
    return true;
  });
}

bool JsonReader::read_scope(const Element& from) {
  return for_each_member(from, [&](std::string_view key, const Element& value) {
    if (key == "name") return read_text(value, scope_.name, arena_);
    if (key == "version") return read_text(value, scope_.version, arena_);
    if (key == "attributes") return read_attributes(value, scope_.attributes);
    if (kDroppedAttributes == key) {
      return read_unsigned(value, scope_.dropped_attributes);
    }
    return true;
  });
}

bool JsonReader::read_attributes(const Element& from, WireAttributes& into) {
  return for_each_item(from, [&](const Element& item) {
    WireAttribute& attribute = into.emplace_back();
    return for_each_member(item, [&](std::string_view key, const Element& value) {
      if (key == "key") return read_text(value, attribute.key, arena_);
      if (key == "value") return read_value(value, attribute.value);
      return true;
    });
  });
}

bool JsonReader::read_scalar(std::string_view key, const Element& from, AttributeValue& value,
                             bool& is_known) {
  is_known = true;
  if (kString == key) {
    value.type = ValueType::kString;
    return read_text(from, value.text, arena_);
  }
  if (kInt == key) {
    value.type = ValueType::kInt;
    return read_integer(from, value.integer);
  }
  if (kBool == key) {
    bool flag = false;
    value.type = ValueType::kBool;
    if (from.get(flag) != simdjson::SUCCESS) return false;
    value.integer = flag ? 1 : 0;
    return true;
  }
  if (kDouble == key) {
    value.type = ValueType::kDouble;
    return read_double(from, value.number);
  }
  if (kBytes == key) {
    value.type = ValueType::kBytes;
    return read_base64(from, value.text, arena_);
  }
  is_known = false;
  return true;
}

bool JsonReader::read_value(const Element& from, AttributeValue& value) {
  return for_each_member(from, [&](std::string_view key, const Element& member) {
    bool is_known = false;
    AttributeValue scalar;
    if (!read_scalar(key, member, scalar, is_known)) return false;
    if (is_known) {
      value = scalar;
      return true;
    }
    const bool is_map = kMap == key;
    if (!is_map && kArray != key) return true;
    json_.clear();
    if (!append_items(member, 2, is_map)) return false;
    value = {.type = ValueType::kJson, .text = arena_.copy(json_)};
    return true;
  });
}

bool JsonReader::append_items(const Element& from, int depth, bool is_map) {
  json_ += is_map ? '{' : '[';
  bool needs_comma = false;
  const bool is_read = for_each_member(from, [&](std::string_view name, const Element& values) {
    if (name != "values") return true;
    return for_each_item(values, [&](const Element& item) {
      if (needs_comma) json_ += ',';
      needs_comma = true;
      if (!is_map) return append_nested(item, depth);
      std::string_view key;
      Element value;
      bool has_value = false;
      const bool is_entry = for_each_member(item, [&](std::string_view member, const Element& e) {
        if (member == "value") {
          value = e;
          has_value = true;
        }
        return member == "key" ? e.get(key) == simdjson::SUCCESS : true;
      });
      text::append_json_string(json_, text::clean_utf8(key, arena_));
      json_ += ':';
      if (has_value) return is_entry && append_nested(value, depth);
      json_ += "null";
      return is_entry;
    });
  });
  json_ += is_map ? '}' : ']';
  return is_read;
}

bool JsonReader::append_nested(const Element& from, int depth) {
  const std::size_t before = json_.size();
  bool is_read = true;
  if (depth <= kMaxValueDepth && !from.is_null()) {
    is_read = for_each_member(from, [&](std::string_view key, const Element& member) {
      bool is_known = false;
      AttributeValue scalar;
      if (!read_scalar(key, member, scalar, is_known)) return false;
      if (is_known) {
        json_.resize(before);  // the last member of a oneof counts
        append_typed(json_, scalar, arena_);
        return true;
      }
      const bool is_map = kMap == key;
      if (!is_map && kArray != key) return true;
      json_.resize(before);
      return append_items(member, depth + 1, is_map);
    });
  }
  if (json_.size() == before) json_ += "null";
  return is_read;
}

}  // namespace traceway::ingest
