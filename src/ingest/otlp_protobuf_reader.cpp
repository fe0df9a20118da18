#include "ingest/otlp_protobuf_reader.h"

#include "base/text.h"
#include "ingest/attribute_value.h"

namespace traceway::ingest {

namespace {

/// A member of AnyValue that is no list; false for any other field.
bool read_scalar(const FieldReader& field, AttributeValue& value) {
  switch (field.key()) {
    case bytes_field(1):
      value = {.type = ValueType::kString, .text = field.bytes()};
      return true;
    case varint_field(2):
      value = {.type = ValueType::kBool, .text = {}, .integer = field.number() != 0 ? 1 : 0};
      return true;
    case varint_field(3):
      value = {.type = ValueType::kInt,
               .text = {},
               .integer = static_cast<std::int64_t>(field.number())};
      return true;
    case fixed64_field(4):
      value = {.type = ValueType::kDouble, .text = {}, .integer = 0, .number = field.as_double()};
      return true;
    case bytes_field(7):
      value = {.type = ValueType::kBytes, .text = field.bytes()};
      return true;
    default:
      return false;
  }
}

}  // namespace

void ProtobufReader::read_resource(std::string_view message) {
  FieldReader fields(message);
  while (fields.next()) {
    if (fields.key() == bytes_field(1)) read_attribute(fields.bytes(), resource_.attributes);
    if (fields.key() == varint_field(2)) resource_.dropped_attributes = fields.number32();
  }
}

void ProtobufReader::read_scope(std::string_view message) {
  FieldReader fields(message);
  while (fields.next()) {
    switch (fields.key()) {
      case bytes_field(1):
        scope_.name = fields.bytes();
        break;
      case bytes_field(2):
        scope_.version = fields.bytes();
        break;
      case bytes_field(3):
        read_attribute(fields.bytes(), scope_.attributes);
        break;
      case varint_field(4):
        scope_.dropped_attributes = fields.number32();
        break;
      default:
        break;
    }
  }
}

void ProtobufReader::read_attribute(std::string_view message, WireAttributes& into) {
  WireAttribute& attribute = into.emplace_back();
  FieldReader fields(message);
  while (fields.next()) {
    if (fields.key() == bytes_field(1)) attribute.key = fields.bytes();
    if (fields.key() == bytes_field(2)) read_value(fields.bytes(), attribute.value);
  }
}

void ProtobufReader::read_value(std::string_view message, AttributeValue& value) {
  FieldReader fields(message);
  while (fields.next()) {
    if (read_scalar(fields, value)) continue;
    const bool is_list = fields.key() == bytes_field(5);
    if (!is_list && fields.key() != bytes_field(6)) continue;
    json_.clear();
    if (is_list) {
      append_list(fields.bytes(), 2);
    } else {
      append_map(fields.bytes(), 2);
    }
    value = {.type = ValueType::kJson, .text = arena_.copy(json_)};
  }
}

void ProtobufReader::append_list(std::string_view message, int depth) {
  json_ += '[';
  bool needs_comma = false;
  FieldReader fields(message);
  while (fields.next()) {
    if (fields.key() != bytes_field(1)) continue;
    if (needs_comma) json_ += ',';
    needs_comma = true;
    append_nested(fields.bytes(), depth);
  }
  json_ += ']';
}

void ProtobufReader::append_map(std::string_view message, int depth) {
  json_ += '{';
  bool needs_comma = false;
  FieldReader fields(message);
  while (fields.next()) {
    if (fields.key() != bytes_field(1)) continue;
    std::string_view key;
    std::string_view value;
    FieldReader entry(fields.bytes());
    while (entry.next()) {
      if (entry.key() == bytes_field(1)) key = entry.bytes();
      if (entry.key() == bytes_field(2)) value = entry.bytes();
    }
    if (needs_comma) json_ += ',';
    needs_comma = true;
    text::append_json_string(json_, text::clean_utf8(key, arena_));
    json_ += ':';
    append_nested(value, depth);
  }
  json_ += '}';
}

/// Straight into the list being written: copying level by level would cost depth times size.
void ProtobufReader::append_nested(std::string_view message, int depth) {
  const std::size_t before = json_.size();
  FieldReader fields(message);
  while (depth <= kMaxValueDepth && fields.next()) {
    AttributeValue scalar;
    if (read_scalar(fields, scalar)) {
      json_.resize(before);  // the last member of a oneof counts
      append_typed(json_, scalar, arena_);
    } else if (fields.key() == bytes_field(5)) {
      json_.resize(before);
      append_list(fields.bytes(), depth + 1);
    } else if (fields.key() == bytes_field(6)) {
      json_.resize(before);
      append_map(fields.bytes(), depth + 1);
    }
  }
  if (json_.size() == before) json_ += "null";
}

}  // namespace traceway::ingest
