#include "sessions/session_rows.h"

#include "api/runs.h"
#include "sessions/session_end.h"

#include <algorithm>

namespace traceway::sessions {

namespace {

/// Where a session stands in a list.
struct Place {
  std::int64_t row_id = 0;
  std::int64_t duration_ns = 0;
};

std::optional<std::int64_t> time_of(const Row& row, std::string_view column) {
  if (row.is_null(column)) return std::nullopt;
  return row.integer(column);
}

SessionEnd end_of_row(const Row& row, std::int64_t now_ns) {
  return end_of({row.integer("started_at"), time_of(row, "ended_at"),
                 time_of(row, "last_segment_end"), row.integer("heard_at")},
                now_ns);
}

Session to_session(const Row& row, const Uuid& project, std::int64_t now_ns) {
  const SessionEnd end = end_of_row(row, now_ns);
  Session out;
  out.id = row.uuid("id");
  out.project_id = project;
  out.started_at.ns = row.integer("started_at");
  if (!end.is_open) out.ended_at.text = '"' + to_rfc3339(end.end_ns) + '"';
  out.duration = end.end_ns - out.started_at.ns;
  out.is_open = end.is_open;
  out.client_ip = row.text("client_ip");
  out.attributes = api::map_or_null(row.text("attributes"));
  out.app_version = row.text("app_version");
  out.server_name = row.text("server_name");
  if (const Uuid trace = row.uuid("trace_id"); !trace.is_zero()) out.distributed_trace_id = trace;
  out.segments = row.integer("segments");
  out.recording_bytes = row.integer("recording_bytes");
  out.exceptions = row.integer("exceptions");
  out.messages = row.integer("messages");
  return out;
}

Value flag_or_null(const std::optional<bool>& flag) {
  return flag ? Value(std::int64_t{*flag}) : Value(std::monostate{});
}

/// The filters as parameters. Of a column only one value can be asked for: the last one counts, and
/// two different ones match nothing.
Result<void> add_filters(const std::vector<api::FieldFilter>& filters, Params& params) {
  if (filters.size() > api::kMaxFilters) {
    return fail(ErrorCode::kInvalid, "At most 10 filters can be combined");
  }
  std::vector<api::FieldFilter> columns;
  std::vector<api::FieldFilter> attributes;
  for (const api::FieldFilter& filter : filters) {
    if (filter.key.empty()) return fail(ErrorCode::kInvalid, "A filter needs a key");
    const bool is_column = filter.key == "version" || filter.key == "server" || filter.key == "ip";
    (is_column ? columns : attributes).push_back(filter);
  }
  params.emplace_back("columns", to_json(columns));
  params.emplace_back("attributes", to_json(attributes));
  return {};
}

Result<std::vector<Session>> sessions_of_rows(TelemetryDb& telemetry, const Uuid& project,
                                              const std::vector<std::int64_t>& row_ids,
                                              std::int64_t now_ns) {
  auto rows = telemetry.run("sessions.rows",
                            {{"project_id", to_value(project)}, {"rows", to_json(row_ids)}});
  if (!rows) return fail(rows);
  std::vector<Session> out;
  for (const Row& row : *rows) out.push_back(to_session(row, project, now_ns));
  return out;
}

}  // namespace

Result<SessionPage> find_sessions(TelemetryDb& telemetry, const Uuid& project,
                                  const api::ListRequest& asked, const Choice& choice,
                                  std::int64_t now_ns) {
  const TimeRange range = api::range_of(asked, now_ns);
  Params params = {{"project_id", to_value(project)},
                   {"from_time", range.from_ns},
                   {"to_time", range.to_ns},
                   {"search", asked.search},
                   {"has_recording", flag_or_null(choice.has_recording)},
                   {"has_exception", flag_or_null(choice.has_exception)}};
  if (auto ok = add_filters(choice.filters, params); !ok) return fail(ok);
  auto rows = telemetry.run("sessions.matching", params);
  if (!rows) return fail(rows);
  std::vector<Place> places;
  places.reserve(rows->size());
  for (const Row& row : *rows) {
    const std::int64_t duration_ns = end_of_row(row, now_ns).end_ns - row.integer("started_at");
    places.push_back({row.integer("row_id"), duration_ns});
  }
  if (asked.order_by == "duration")
    std::ranges::stable_sort(places, std::greater{}, &Place::duration_ns);
  if (asked.is_ascending()) std::ranges::reverse(places);
  SessionPage out;
  out.total = static_cast<std::int64_t>(places.size());
  api::keep_page(places, *asked.pagination);
  std::vector<std::int64_t> row_ids;
  row_ids.reserve(places.size());
  for (const Place& place : places) row_ids.push_back(place.row_id);
  auto page = sessions_of_rows(telemetry, project, row_ids, now_ns);
  if (!page) return fail(page);
  out.sessions = std::move(*page);
  return out;
}

Result<std::optional<Session>> find_session(TelemetryDb& telemetry, const Uuid& project,
                                            const Uuid& id, std::int64_t now_ns) {
  auto row =
      telemetry.run("sessions.row_of", {{"project_id", to_value(project)}, {"id", to_value(id)}});
  if (!row) return fail(row);
  if (row->empty()) return std::optional<Session>{};
  auto found = sessions_of_rows(telemetry, project, {row->front().integer("row_id")}, now_ns);
  if (!found) return fail(found);
  if (found->empty()) return std::optional<Session>{};
  return std::optional(std::move(found->front()));
}

}  // namespace traceway::sessions
