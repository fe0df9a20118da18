// What the OTLP protobuf messages of all signals share: the walk over resources and scopes,
// attributes, values. Field numbers: ingest 4.3.
#pragma once

#include "base/bytes.h"
#include "ingest/field_reader.h"
#include "ingest/wire_span.h"

#include <string>
#include <string_view>

namespace traceway::ingest {

/// One request's reading. Strings and byte fields become views into the body; only lists are
/// written anew, as JSON in the arena. Throws protozero::exception on broken wire data.
class ProtobufReader {
 public:
  explicit ProtobufReader(Arena& arena) : arena_(arena) {}

  /// Walks Export*ServiceRequest. `builder` is told begin_resource(), begin_scope() and
  /// end_resource(); `read_item` gets each span, metric or log record and says false to stop.
  template <class Builder, class ReadItem>
  void walk(std::string_view request, Builder& builder, ReadItem&& read_item);

  void read_attribute(std::string_view message, WireAttributes& into);
  void read_value(std::string_view message, AttributeValue& value);

 private:
  template <class Builder, class ReadItem>
  bool walk_resource(std::string_view message, Builder& builder, ReadItem& read_item);
  template <class Builder, class ReadItem>
  bool walk_scope(std::string_view message, Builder& builder, ReadItem& read_item);
  void read_resource(std::string_view message);
  void read_scope(std::string_view message);
  void append_list(std::string_view message, int depth);
  void append_map(std::string_view message, int depth);
  void append_nested(std::string_view message, int depth);

  Arena& arena_;
  WireResource resource_;
  WireScope scope_;
  std::string json_;  ///< the list value being written
};

template <class Builder, class ReadItem>
void ProtobufReader::walk(std::string_view request, Builder& builder, ReadItem&& read_item) {
  FieldReader fields(request);
  while (fields.next()) {
    if (fields.key() == bytes_field(1) && !walk_resource(fields.bytes(), builder, read_item))
      return;
  }
}

template <class Builder, class ReadItem>
bool ProtobufReader::walk_resource(std::string_view message, Builder& builder,
                                   ReadItem& read_item) {
  resource_.attributes.clear();
  resource_.dropped_attributes = 0;
  resource_.schema_url = {};
  FieldReader head(message);  // fields come in any order: items need their resource first
  while (head.next()) {
    if (head.key() == bytes_field(1)) read_resource(head.bytes());
    if (head.key() == bytes_field(3)) resource_.schema_url = head.bytes();
  }
  builder.begin_resource(resource_);
  FieldReader fields(message);
  bool is_wanted = true;
  while (is_wanted && fields.next()) {
    if (fields.key() == bytes_field(2)) is_wanted = walk_scope(fields.bytes(), builder, read_item);
  }
  builder.end_resource();
  return is_wanted;
}

template <class Builder, class ReadItem>
bool ProtobufReader::walk_scope(std::string_view message, Builder& builder, ReadItem& read_item) {
  scope_.name = scope_.version = scope_.schema_url = {};
  scope_.attributes.clear();
  scope_.dropped_attributes = 0;
  std::size_t items = 0;
  FieldReader head(message);
  while (head.next()) {
    if (head.key() == bytes_field(1)) read_scope(head.bytes());
    if (head.key() == bytes_field(2)) ++items;
    if (head.key() == bytes_field(3)) scope_.schema_url = head.bytes();
  }
  builder.begin_scope(scope_, items);
  FieldReader fields(message);
  while (fields.next()) {
    if (fields.key() == bytes_field(2) && !read_item(fields.bytes())) return false;
  }
  return true;
}

}  // namespace traceway::ingest
