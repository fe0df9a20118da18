// What the OTLP/JSON messages of all signals share: the walk over resources and scopes, attributes,
// values. simdjson's DOM rather than on-demand reading: members come in any order, and a body must
// be refused for a syntax error even where nothing of it is used. Source: ingest 4.4.
#pragma once

#include "base/bytes.h"
#include "ingest/json_scalars.h"
#include "ingest/json_walk.h"
#include "ingest/wire_span.h"

#include <simdjson.h>

#include <string>
#include <string_view>

namespace traceway::ingest {

/// A member's name as the protobuf JSON mapping spells it, and as the field is called.
struct JsonName {
  std::string_view camel;
  std::string_view snake;

  [[nodiscard]] bool operator==(std::string_view key) const { return key == camel || key == snake; }
};

/// What the three lists of a signal are called.
struct JsonLists {
  JsonName resources;
  JsonName scopes;
  JsonName items;
};

/// One request's reading: every text is copied into the arena. Every read_ returns false for a
/// wrong JSON type, which makes the request malformed.
class JsonReader {
 public:
  using Element = json_scalars::Element;

  JsonReader(Arena& arena, const JsonLists& lists) : arena_(arena), lists_(lists) {}

  /// `builder` is told begin_resource(), begin_scope() and end_resource(); `read_item` gets each
  /// span, metric or log record and says false to stop.
  template <class Builder, class ReadItem>
  [[nodiscard]] bool walk(const Element& request, Builder& builder, ReadItem&& read_item);

  [[nodiscard]] bool read_attributes(const Element& from, WireAttributes& into);
  [[nodiscard]] bool read_value(const Element& from, AttributeValue& value);

 private:
  template <class Builder, class ReadItem>
  bool walk_resource(const Element& from, Builder& builder, ReadItem& read_item);
  template <class Builder, class ReadItem>
  bool walk_scope(const Element& from, Builder& builder, ReadItem& read_item);
  bool read_resource(const Element& from);
  bool read_scope(const Element& from);
  /// True with `value` set for a member that is no list; empty `is_known` for any other name.
  bool read_scalar(std::string_view key, const Element& from, AttributeValue& value,
                   bool& is_known);
  bool append_items(const Element& from, int depth, bool is_map);
  bool append_nested(const Element& from, int depth);

  Arena& arena_;
  const JsonLists& lists_;
  WireResource resource_;
  WireScope scope_;
  std::string json_;  ///< the list value being written
};

inline constexpr JsonName kSchemaUrl{"schemaUrl", "schema_url"};
inline constexpr JsonName kTraceId{"traceId", "trace_id"};
inline constexpr JsonName kSpanId{"spanId", "span_id"};
inline constexpr JsonName kTime{"timeUnixNano", "time_unix_nano"};
inline constexpr JsonName kDroppedAttributes{"droppedAttributesCount", "dropped_attributes_count"};

template <class Builder, class ReadItem>
bool JsonReader::walk(const Element& request, Builder& builder, ReadItem&& read_item) {
  return for_each_member(request, [&](std::string_view key, const Element& value) {
    if (lists_.resources != key) return true;
    return for_each_item(
        value, [&](const Element& item) { return walk_resource(item, builder, read_item); });
  });
}

template <class Builder, class ReadItem>
bool JsonReader::walk_resource(const Element& from, Builder& builder, ReadItem& read_item) {
  resource_ = {};
  const bool has_head = for_each_member(from, [&](std::string_view key, const Element& value) {
    if (key == "resource") return read_resource(value);
    if (kSchemaUrl == key) return json_scalars::read_text(value, resource_.schema_url, arena_);
    return true;
  });
  if (!has_head) return false;
  builder.begin_resource(resource_);
  const bool is_read = for_each_member(from, [&](std::string_view key, const Element& value) {
    if (lists_.scopes != key) return true;
    return for_each_item(value,
                         [&](const Element& item) { return walk_scope(item, builder, read_item); });
  });
  builder.end_resource();
  return is_read;
}

template <class Builder, class ReadItem>
bool JsonReader::walk_scope(const Element& from, Builder& builder, ReadItem& read_item) {
  scope_ = {};
  std::size_t items = 0;
  const bool has_head = for_each_member(from, [&](std::string_view key, const Element& value) {
    if (key == "scope") return read_scope(value);
    simdjson::dom::array list;
    if (lists_.items == key && value.get(list) == simdjson::SUCCESS) items = list.size();
    if (kSchemaUrl == key) return json_scalars::read_text(value, scope_.schema_url, arena_);
    return true;
  });
  if (!has_head) return false;
  builder.begin_scope(scope_, items);
  return for_each_member(from, [&](std::string_view key, const Element& value) {
    return lists_.items != key || for_each_item(value, read_item);
  });
}

}  // namespace traceway::ingest
