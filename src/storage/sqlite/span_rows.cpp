#include "model/exception.h"
#include "storage/sqlite/blocks/attributes_part.h"
#include "storage/sqlite/blocks/hot_chunk.h"
#include "storage/sqlite/blocks/ids_part.h"
#include "storage/sqlite/blocks/rest_part.h"
#include "storage/sqlite/row_source.h"

namespace traceway::sqlite {

namespace {

using blocks::HotColumn;
using blocks::Part;
using blocks::RestNumber;
using blocks::RestText;

const Columns& columns_of(Family family) {
  static const Columns endpoints =
      columns({"id", "trace_id", "span_id", "parent_span_id", "linked_trace_id", "endpoint",
               "duration", "recorded_at", "status_code", "body_size", "client_ip", "attributes",
               "app_version", "server_name", "is_stream", "is_root"});
  static const Columns tasks = columns(
      {"id", "trace_id", "span_id", "parent_span_id", "linked_trace_id", "task_name", "duration",
       "recorded_at", "client_ip", "attributes", "app_version", "server_name", "is_root"});
  static const Columns spans = columns({"trace_id",
                                        "span_id",
                                        "parent_span_id",
                                        "name",
                                        "span_kind",
                                        "status_code",
                                        "status_message",
                                        "service_name",
                                        "app_version",
                                        "scope_name",
                                        "scope_version",
                                        "start_time_unix_nano",
                                        "end_time_unix_nano",
                                        "duration",
                                        "recorded_at",
                                        "trace_state",
                                        "flags",
                                        "dropped_attributes_count",
                                        "dropped_events_count",
                                        "dropped_links_count",
                                        "resource_schema_url",
                                        "scope_schema_url",
                                        "span_attributes",
                                        "resource",
                                        "scope",
                                        "events",
                                        "links",
                                        "entity_type",
                                        "entity_id",
                                        "entity_name"});
  if (family == Family::kEndpoints) return endpoints;
  return family == Family::kTasks ? tasks : spans;
}

constexpr std::uint32_t kNoEntity = UINT32_MAX;

/// JSON that was not sent reads as the empty object or array.
Value json_value(std::string_view json, std::string_view empty) {
  return std::string(json.empty() ? empty : json);
}

/// Spans, or the entities among them.
class SpanRows final : public RowSource {
 public:
  explicit SpanRows(Family family) : family_(family) {}

  [[nodiscard]] std::span<const Part> parts() const override {
    static constexpr Part kParts[] = {Part::kHot, Part::kIds, Part::kAttributes, Part::kRest};
    return std::span(kParts).first(family_ == Family::kSpans ? 4 : 3);
  }

  [[nodiscard]] bool decode(Part part, std::string_view chunk) override;
  [[nodiscard]] std::vector<Row> rows(std::span<const RowAddress> at) const override;

 private:
  void find_entities();
  [[nodiscard]] std::vector<Value> span_values(const RowAddress& at, std::string attributes) const;
  [[nodiscard]] std::vector<Value> entity_values(const RowAddress& at,
                                                 std::string attributes) const;

  Family family_;
  std::string attributes_buffer_;
  std::string rest_buffer_;
  blocks::HotChunk hot_;
  std::vector<std::uint32_t> entity_of_row_;  ///< of spans; kNoEntity where there is none
  blocks::ChunkIds ids_;
  blocks::ChunkAttributes attributes_;
  blocks::ChunkRest rest_;
};

bool SpanRows::decode(Part part, std::string_view chunk) {
  switch (part) {
    case Part::kHot:
      if (!hot_.read(chunk, blocks::BlockFamily::kSpans)) return false;
      if (family_ == Family::kSpans) find_entities();
      return true;
    case Part::kIds:
      return ids_.read(chunk, hot_.rows);
    case Part::kAttributes: {
      const auto raw = blocks::decompress(chunk, attributes_buffer_);
      return raw && attributes_.read(*raw, hot_.rows, hot_.entities);
    }
    case Part::kRest: {
      const auto raw = blocks::decompress(chunk, rest_buffer_);
      return raw && rest_.read(*raw, hot_.rows);
    }
    case Part::kTokens:
      break;
  }
  return false;
}

void SpanRows::find_entities() {
  entity_of_row_.assign(hot_.rows, kNoEntity);
  for (std::uint32_t entity = 0; entity < hot_.entities; ++entity) {
    const auto row = static_cast<std::size_t>(hot_.at(HotColumn::kEntityRow, entity));
    if (row < entity_of_row_.size()) entity_of_row_[row] = entity;
  }
}

std::vector<Row> SpanRows::rows(std::span<const RowAddress> at) const {
  std::vector<std::uint32_t> wanted;
  wanted.reserve(at.size());
  for (const RowAddress& one : at) wanted.push_back(one.row);
  std::vector<std::string> maps = attributes_.maps(wanted);
  std::vector<Row> out;
  out.reserve(maps.size());
  for (std::size_t i = 0; i < maps.size(); ++i) {
    out.emplace_back(columns_of(family_), family_ == Family::kSpans
                                              ? span_values(at[i], std::move(maps[i]))
                                              : entity_values(at[i], std::move(maps[i])));
  }
  return out;
}

std::vector<Value> SpanRows::entity_values(const RowAddress& at, std::string attributes) const {
  std::vector<Value> out;
  out.emplace_back(id_value(hot_.entity_id(at.entity)));
  out.emplace_back(id_value(ids_.traces[ids_.trace[at.row]]));
  out.emplace_back(id_value(ids_.span[at.row]));
  out.emplace_back(id_value(ids_.parent[at.row]));
  out.emplace_back(id_value(ids_.linked_trace(at.row)));
  out.emplace_back(text_value(hot_.text(HotColumn::kEntityName, at.entity)));
  out.emplace_back(hot_.at(HotColumn::kDuration, at.row));
  out.emplace_back(hot_.at(HotColumn::kStart, at.row));
  if (family_ == Family::kEndpoints) {
    out.emplace_back(hot_.at(HotColumn::kHttpStatus, at.entity));
    out.emplace_back(hot_.at(HotColumn::kBodySize, at.entity));
  }
  out.emplace_back(text_value(attributes_.client_ip(at.entity)));
  out.emplace_back(std::move(attributes));
  out.emplace_back(text_value(hot_.text(HotColumn::kVersion, at.row)));
  out.emplace_back(text_value(hot_.text(HotColumn::kService, at.row)));
  if (family_ == Family::kEndpoints) out.emplace_back(hot_.at(HotColumn::kIsStream, at.entity));
  out.emplace_back(hot_.at(HotColumn::kIsRoot, at.row));
  return out;
}

std::vector<Value> SpanRows::span_values(const RowAddress& at, std::string attributes) const {
  const std::uint32_t row = at.row;
  const auto source =
      rest_.source_times(row, hot_.at(HotColumn::kStart, row), hot_.at(HotColumn::kDuration, row));
  const auto text = [&](RestText column) { return text_value(rest_.text(column, row)); };
  std::vector<Value> out;
  out.emplace_back(id_value(ids_.traces[ids_.trace[row]]));
  out.emplace_back(id_value(ids_.span[row]));
  out.emplace_back(id_value(ids_.parent[row]));
  out.emplace_back(text_value(hot_.text(HotColumn::kName, row)));
  out.emplace_back(hot_.at(HotColumn::kKind, row));
  out.emplace_back(hot_.at(HotColumn::kSpanStatus, row));
  out.emplace_back(text(RestText::kStatusMessage));
  out.emplace_back(text_value(hot_.text(HotColumn::kService, row)));
  out.emplace_back(text_value(hot_.text(HotColumn::kVersion, row)));
  out.emplace_back(text(RestText::kScopeName));
  out.emplace_back(text(RestText::kScopeVersion));
  out.emplace_back(std::to_string(source.start_ns));
  out.emplace_back(std::to_string(source.end_ns));
  out.emplace_back(hot_.at(HotColumn::kDuration, row));
  out.emplace_back(hot_.at(HotColumn::kStart, row));
  out.emplace_back(text(RestText::kTraceState));
  for (const RestNumber column : {RestNumber::kFlags, RestNumber::kDroppedAttributes,
                                  RestNumber::kDroppedEvents, RestNumber::kDroppedLinks})
    out.emplace_back(rest_.number(column, row));
  out.emplace_back(text(RestText::kResourceSchemaUrl));
  out.emplace_back(text(RestText::kScopeSchemaUrl));
  out.emplace_back(std::move(attributes));
  out.emplace_back(json_value(rest_.text(RestText::kResource, row), "{}"));
  out.emplace_back(json_value(rest_.text(RestText::kScope, row), "{}"));
  out.emplace_back(json_value(rest_.text(RestText::kEvents, row), "[]"));
  out.emplace_back(json_value(rest_.text(RestText::kLinks, row), "[]"));
  const std::uint32_t entity = entity_of_row_[row];
  const bool is_entity = entity != kNoEntity;
  out.emplace_back(text_value(is_entity ? trace_type_name(hot_.kind_of(entity)) : ""));
  out.emplace_back(id_value(is_entity ? hot_.entity_id(entity) : Uuid{}));
  out.emplace_back(text_value(is_entity ? hot_.text(HotColumn::kEntityName, entity) : ""));
  return out;
}

}  // namespace

std::unique_ptr<RowSource> span_rows(Family family) {
  return std::make_unique<SpanRows>(family);
}

}  // namespace traceway::sqlite
