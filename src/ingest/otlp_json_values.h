// What every OTLP/JSON request holds, whatever its signal: attributes, resources, scopes. Source:
// ingest 4.4.
#pragma once

#include "base/bytes.h"
#include "ingest/json_scalars.h"
#include "ingest/wire_span.h"

#include <string>
#include <string_view>

namespace traceway::ingest {

/// True for either spelling of a name that the protobuf mapping allows.
[[nodiscard]] inline bool is(std::string_view key, std::string_view camel, std::string_view snake) {
  return key == camel || key == snake;
}

/// Reads elements into wire structs whose texts are copies in the arena. Every read_ returns false
/// for a wrong JSON type, which makes the request malformed. Not thread-safe.
class JsonValues {
 public:
  using Element = json_scalars::Element;

  explicit JsonValues(Arena& arena) : arena_(arena) {}

  /// All but the schema URL, which stands one object higher.
  [[nodiscard]] bool read_resource(const Element& from, WireResource& resource);
  /// All but the schema URL, which stands one object higher.
  [[nodiscard]] bool read_scope(const Element& from, WireScope& scope);
  /// Appends a list of KeyValues.
  [[nodiscard]] bool read_attributes(const Element& from, WireAttributes& into);
  [[nodiscard]] bool read_value(const Element& from, AttributeValue& value);

 private:
  /// True with `value` set for a member that is no list; empty `is_known` for any other name.
  bool read_scalar(std::string_view key, const Element& from, AttributeValue& value,
                   bool& is_known);
  bool append_items(const Element& from, int depth, bool is_map);
  bool append_nested(const Element& from, int depth);

  Arena& arena_;
  std::string json_;  ///< the list value being written
};

}  // namespace traceway::ingest
