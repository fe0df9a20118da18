#include "storage/sqlite/telemetry_rows.h"

namespace traceway::sqlite {

namespace {

using blocks::ColdSpan;
using blocks::Column;
using blocks::HotChunk;

Columns names(std::initializer_list<const char*> list) {
  return std::make_shared<const std::vector<std::string>>(list.begin(), list.end());
}

Value blob(std::string_view bytes) {
  return Blob{std::string(bytes)};
}

Value text(std::string_view value) {
  return std::string(value);
}

Value number(std::uint32_t value) {
  return static_cast<std::int64_t>(value);
}

Value linked(const ColdSpan& cold) {
  return cold.linked_trace.is_zero() ? Value(Blob{}) : blob(cold.linked_trace.view());
}

std::string_view text_at(HotChunk& hot, Column column, std::uint32_t row) {
  return hot.text({column, true}, row);
}

Row entity_row(Family family, HotChunk& hot, std::uint32_t row, const ColdSpan& cold) {
  static const Columns kEndpoint =
      names({"id", "trace_id", "span_id", "parent_span_id", "linked_trace_id", "endpoint",
             "duration", "recorded_at", "client_ip", "attributes", "app_version", "server_name",
             "is_root", "status_code", "body_size", "is_stream"});
  static const Columns kTask = names(
      {"id", "trace_id", "span_id", "parent_span_id", "linked_trace_id", "task_name", "duration",
       "recorded_at", "client_ip", "attributes", "app_version", "server_name", "is_root"});
  const std::int64_t traits = hot.column(Column::kTraits)[row];
  std::vector<Value> values = {blob(cold.entity_id.view()),
                               blob(cold.trace.view()),
                               blob(cold.id.view()),
                               blob(cold.parent.view()),
                               linked(cold),
                               text(text_at(hot, Column::kEntityName, row)),
                               hot.column(Column::kDuration)[row],
                               hot.column(Column::kRecordedAt)[row],
                               text(cold.client_ip),
                               blocks::attributes_json(cold.attributes),
                               text(cold.service_version),
                               text(text_at(hot, Column::kService, row)),
                               blocks::traits::is_root(traits)};
  if (family == Family::kTasks) return {kTask, std::move(values)};
  values.emplace_back(hot.column(Column::kHttpStatus)[row]);
  values.emplace_back(hot.column(Column::kBodySize)[row]);
  values.emplace_back(blocks::traits::is_stream(traits));
  return {kEndpoint, std::move(values)};
}

Row span_row(HotChunk& hot, std::uint32_t row, const ColdSpan& cold) {
  static const Columns kSpan = names({"trace_id",
                                      "span_id",
                                      "parent_span_id",
                                      "name",
                                      "span_kind",
                                      "status_code",
                                      "status_message",
                                      "service_name",
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
                                      "entity",
                                      "entity_id",
                                      "app_version",
                                      "linked_trace_id"});
  const std::int64_t traits = hot.column(Column::kTraits)[row];
  const EntityKind entity = blocks::traits::entity(traits);
  const auto or_list = [](std::string_view json) { return text(json.empty() ? "[]" : json); };
  return {kSpan,
          {blob(cold.trace.view()),
           blob(cold.id.view()),
           blob(cold.parent.view()),
           text(text_at(hot, Column::kName, row)),
           blocks::traits::kind(traits),
           blocks::traits::status(traits),
           text(cold.status_message),
           text(text_at(hot, Column::kService, row)),
           text(cold.scope_name),
           text(cold.scope_version),
           std::to_string(cold.source_start_ns),
           std::to_string(cold.source_end_ns),
           hot.column(Column::kDuration)[row],
           hot.column(Column::kRecordedAt)[row],
           text(cold.trace_state),
           number(cold.flags),
           number(cold.dropped_attributes),
           number(cold.dropped_events),
           number(cold.dropped_links),
           text(cold.resource_schema_url),
           text(cold.scope_schema_url),
           blocks::attributes_json(cold.attributes),
           text(cold.resource_json.empty() ? "{}" : cold.resource_json),
           text(cold.scope_json.empty() ? "{}" : cold.scope_json),
           or_list(cold.events_json),
           or_list(cold.links_json),
           text(trace_type_name(entity)),
           entity == EntityKind::kNone ? Value(Blob{}) : blob(cold.entity_id.view()),
           text(cold.service_version),
           linked(cold)}};
}

}  // namespace

Row to_row(Family family, HotChunk& hot, std::uint32_t row, const ColdSpan& cold) {
  return family == Family::kSpans ? span_row(hot, row, cold) : entity_row(family, hot, row, cold);
}

}  // namespace traceway::sqlite
