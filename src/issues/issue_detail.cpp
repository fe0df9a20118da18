#include "issues/issue_detail.h"

#include "api/buckets.h"
#include "api/exception_groups.h"
#include "api/list_request.h"
#include "api/recordings.h"
#include "app/services.h"
#include "issues/issue_rows.h"
#include "issues/occurrence.h"

namespace traceway::issues {

namespace {

struct Paging {
  std::optional<api::Pagination> pagination;
};

}  // namespace

}  // namespace traceway::issues

namespace traceway {

template <>
inline constexpr auto fields<issues::Paging> =
    std::tuple{field("pagination", &issues::Paging::pagination)};

namespace issues {

namespace {

/// Absent or invalid pagination is the first page of 20.
api::Pagination paging_of(std::string_view body) {
  const auto asked = from_json<Paging>(body);
  if (!asked || !asked->pagination) return {1, 20};
  const api::Pagination& page = *asked->pagination;
  const bool is_valid =
      page.page >= 1 && page.page <= 1'000'000'000 && page.page_size >= 1 && page.page_size <= 100;
  return is_valid ? page : api::Pagination{1, 20};
}

/// `"older":"…","newer":null,…,"position":3,"total":17`.
Result<void> write_neighbours(json::Writer& out, TelemetryDb& telemetry, const Uuid& project,
                              const Row& occurrence) {
  auto rows =
      telemetry.run("issues.neighbours", {{"project_id", to_value(project)},
                                          {"exception_hash", occurrence.text("exception_hash")},
                                          {"recorded_at", occurrence.integer("recorded_at")},
                                          {"row_id", occurrence.integer("row_id")}});
  if (!rows) return fail(rows);
  const Row& row = rows->front();
  for (const std::string_view name : {"older", "newer", "latest", "oldest"}) {
    const Uuid id = row.uuid(name);
    out.key(name);
    if (id.is_zero()) {
      out.null();
    } else {
      out.value(id);
    }
  }
  out.key("position").value(row.integer("position"));
  out.key("total").value(row.integer("total"));
  return {};
}

/// `sessionRecordingEvents`, when the exception has a recording that can be read.
Result<void> write_recording(json::Writer& out, Services& services, const Uuid& project,
                             const Uuid& exception) {
  auto events = api::events_of_exception(services.telemetry, services.blobs, project, exception);
  if (!events) return fail(events);
  if (!events->text.empty()) out.key("sessionRecordingEvents").value(*events);
  return {};
}

}  // namespace

Result<http::Response> one_issue(http::Request& request, Services& services) {
  TelemetryDb& telemetry = services.telemetry;
  const Uuid& project = request.caller.project;
  auto found = find_issue(telemetry, project, request.path_param("hash"));
  if (!found) return fail(found);
  api::GroupFilter filter{project, {found->group.first_seen.ns, found->group.last_seen.ns}};
  filter.trend_bucket_minutes = api::bucket_minutes_for(filter.range);
  if (auto done = complete_group(telemetry, filter, services.clock.now_ns(), *found); !done) {
    return fail(done);
  }
  const api::ExceptionGroup& group = found->group;
  const api::Pagination page = paging_of(request.body_text());
  auto rows = newest_rows(telemetry, {project, group.exception_hash, {}, {}}, page);
  if (!rows) return fail(rows);
  auto occurrences = occurrences_of(telemetry, project, *rows, OccurrenceParts::kAll);
  if (!occurrences) return fail(occurrences);
  json::Writer out;
  out.begin_object().key("group");
  json::write(out, group);
  out.key("occurrences");
  json::write(out, *occurrences);
  out.key("pagination");
  json::write(out, api::page_info(page, group.count));
  out.key("trendBucketMinutes").value(filter.trend_bucket_minutes);
  if (!occurrences->empty()) {
    auto done = write_recording(out, services, project, occurrences->front().id);
    if (!done) return fail(done);
  }
  out.end_object();
  return http::json_response(out.take());
}

Result<http::Response> one_occurrence(http::Request& request, Services& services) {
  const auto id = parse_uuid(request.path_param("exceptionId"));
  if (!id) return fail(ErrorCode::kMalformed, "invalid exception id");
  const Uuid& project = request.caller.project;
  auto rows = services.telemetry.run("issues.occurrence",
                                     {{"project_id", to_value(project)}, {"id", to_value(*id)}});
  if (!rows) return fail(rows);
  if (rows->empty()) return fail(ErrorCode::kNotFound, "Exception not found");
  const Row& row = rows->front();
  auto occurrence = to_occurrence(services.telemetry, project, row, OccurrenceParts::kAll);
  if (!occurrence) return fail(occurrence);
  json::Writer out;
  out.begin_object().key("exception");
  json::write(out, *occurrence);
  if (auto done = write_neighbours(out, services.telemetry, project, row); !done) return fail(done);
  if (auto done = write_recording(out, services, project, *id); !done) return fail(done);
  out.end_object();
  return http::json_response(out.take());
}

}  // namespace issues
}  // namespace traceway
