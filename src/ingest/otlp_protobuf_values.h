// What every OTLP/protobuf request holds, whatever its signal: attributes, resources, scopes. Field
// numbers: ingest 4.3.
#pragma once

#include "base/bytes.h"
#include "ingest/wire_span.h"

#include <string>
#include <string_view>

namespace traceway::ingest {

/// Reads messages into wire structs whose texts are views into the message; lists are written anew,
/// as JSON in the arena. Throws protozero::exception on broken wire data. Not thread-safe.
class ProtobufValues {
 public:
  explicit ProtobufValues(Arena& arena) : arena_(arena) {}

  /// All but the schema URL, which stands one message higher.
  void read_resource(std::string_view message, WireResource& resource);
  /// All but the schema URL, which stands one message higher.
  void read_scope(std::string_view message, WireScope& scope);
  /// Appends one KeyValue.
  void read_attribute(std::string_view message, WireAttributes& into);
  void read_value(std::string_view message, AttributeValue& value);

 private:
  void append_list(std::string_view message, int depth);
  void append_map(std::string_view message, int depth);
  void append_nested(std::string_view message, int depth);

  Arena& arena_;
  std::string json_;  ///< the list value being written
};

}  // namespace traceway::ingest
