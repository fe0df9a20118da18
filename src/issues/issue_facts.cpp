#include "issues/issue_facts.h"

#include "api/buckets.h"
#include "api/exception_groups.h"
#include "app/services.h"
#include "issues/issue_rows.h"
#include "issues/occurrence.h"

#include <algorithm>

namespace traceway::issues {

namespace {

constexpr std::int64_t kTagRows = 10'000;
constexpr std::int64_t kUsualRows = 2'000;
constexpr std::int64_t kDifferenceRows = 2'000;
constexpr std::size_t kMaxTags = 20;

struct RangeRequest {
  std::optional<Timestamp> from_date;
  std::optional<Timestamp> to_date;
};

struct Activity {
  Timestamp at;
  std::string kind;  ///< first_seen, archived, unarchived, regressed
  std::optional<std::string> by;
  std::optional<std::string> version;
  std::optional<std::string> until;
};

struct Facts {
  std::int64_t events = 0;
  std::int64_t users = 0;
  Timestamp first_seen;
  Timestamp last_seen;
  std::string first_version;
  std::string last_version;
  std::string state;
  std::optional<Timestamp> archived_at;
  std::vector<api::TrendPoint> trend;
  int trend_bucket_minutes = 0;
  std::vector<Tag> tags;
  std::vector<Activity> activity;
};

struct EventFilters {
  std::vector<FieldFilter> filters;
};

/// A key whose value is not the same in all events.
struct Difference {
  std::string key;
  std::int64_t distinct = 0;
};

}  // namespace

}  // namespace traceway::issues

namespace traceway {

template <>
inline constexpr auto fields<issues::RangeRequest> =
    std::tuple{field("from_date", &issues::RangeRequest::from_date),
               field("to_date", &issues::RangeRequest::to_date)};

template <>
inline constexpr auto fields<issues::Activity> =
    std::tuple{field("at", &issues::Activity::at), field("kind", &issues::Activity::kind),
               field("by", &issues::Activity::by), field("version", &issues::Activity::version),
               field("until", &issues::Activity::until)};

template <>
inline constexpr auto fields<issues::Facts> =
    std::tuple{field("events", &issues::Facts::events),
               field("users", &issues::Facts::users),
               field("first_seen", &issues::Facts::first_seen),
               field("last_seen", &issues::Facts::last_seen),
               field("first_version", &issues::Facts::first_version),
               field("last_version", &issues::Facts::last_version),
               field("state", &issues::Facts::state),
               field("archived_at", &issues::Facts::archived_at),
               field("trend", &issues::Facts::trend),
               field("trend_bucket_minutes", &issues::Facts::trend_bucket_minutes),
               field("tags", &issues::Facts::tags),
               field("activity", &issues::Facts::activity)};

template <>
inline constexpr auto fields<issues::EventFilters> =
    std::tuple{field("filters", &issues::EventFilters::filters)};

template <>
inline constexpr auto fields<issues::Difference> = std::tuple{
    field("key", &issues::Difference::key), field("distinct", &issues::Difference::distinct)};

namespace issues {

namespace {

using http::Response;

std::optional<std::string> or_absent(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

Params issue_params(const IssueRows& of) {
  return {{"project_id", to_value(of.project)}, {"exception_hash", of.hash}};
}

/// An absent start is when the issue was first seen.
TimeRange drawn(TimeRange range, const api::ExceptionGroup& group) {
  if (range.from_ns == INT64_MIN) range.from_ns = std::min(group.first_seen.ns, range.to_ns);
  return range;
}

// --- POST /exception-stack-traces/:hash/facts ---

Result<void> add_counts(TelemetryDb& telemetry, const IssueRows& of, Facts& out) {
  auto counts = telemetry.run("issues.users", of.params());
  if (!counts) return fail(counts);
  out.events = counts->front().integer("events");
  out.users = counts->front().integer("users");
  out.trend_bucket_minutes = api::bucket_minutes_for(of.range);
  auto trend = api::trend_of(telemetry, of.project, of.hash, of.range, out.trend_bucket_minutes);
  if (!trend) return fail(trend);
  out.trend = std::move(*trend);
  return {};
}

/// Beside what is usual in the project at the same time.
Result<void> add_tags(TelemetryDb& telemetry, const IssueRows& of, Facts& out) {
  auto rows = newest_rows(telemetry, of, {1, kTagRows});
  if (!rows) return fail(rows);
  auto tags = tags_of_rows(telemetry, of.project, *rows);
  if (!tags) return fail(tags);
  auto others = telemetry.run("issues.newest_of_project", {{"project_id", to_value(of.project)},
                                                           {"from_time", of.range.from_ns},
                                                           {"to_time", of.range.to_ns},
                                                           {"limit", kUsualRows}});
  if (!others) return fail(others);
  std::vector<std::int64_t> usual_rows;
  for (const Row& row : *others) usual_rows.push_back(row.integer("row_id"));
  auto usual = tags_of_rows(telemetry, of.project, usual_rows);
  if (!usual) return fail(usual);
  out.tags = most_telling(std::move(*tags), *usual, kMaxTags);
  return {};
}

Result<void> add_activity(TelemetryDb& telemetry, const IssueRows& of, Facts& out) {
  auto versions = telemetry.run("issues.versions", issue_params(of));
  if (!versions) return fail(versions);
  out.first_version = versions->front().text("first_version");
  out.last_version = versions->front().text("last_version");
  auto rows = telemetry.run("issues.activity", issue_params(of));
  if (!rows) return fail(rows);
  for (const Row& row : *rows) {
    out.activity.push_back({{row.integer("at")},
                            row.text("kind"),
                            or_absent(row.text("done_by")),
                            or_absent(row.text("version")),
                            or_absent(row.text("until"))});
  }
  out.activity.push_back({out.first_seen, "first_seen", {}, or_absent(out.first_version), {}});
  std::ranges::sort(out.activity, [](const Activity& a, const Activity& b) {
    return a.at.ns != b.at.ns ? a.at.ns > b.at.ns : a.kind < b.kind;
  });
  return {};
}

// --- POST /exception-stack-traces/:hash/events ---

Result<std::vector<Difference>> differences(TelemetryDb& telemetry, const IssueRows& of) {
  auto rows = newest_rows(telemetry, of, {1, kDifferenceRows});
  if (!rows) return fail(rows);
  auto tags = tags_of_rows(telemetry, of.project, *rows);
  if (!tags) return fail(tags);
  std::vector<Difference> out;
  for (const Tag& tag : *tags) {
    // A key that some events lack tells them apart as well.
    const std::int64_t lacking = tag.share < 1 ? 1 : 0;
    if (tag.distinct + lacking > 1) out.push_back({tag.key, tag.distinct});
  }
  std::ranges::sort(out, [](const Difference& a, const Difference& b) {
    return a.distinct != b.distinct ? a.distinct < b.distinct : a.key < b.key;
  });
  return out;
}

Result<std::vector<api::TrendPoint>> density(TelemetryDb& telemetry, const IssueRows& of,
                                             int bucket_minutes) {
  Params params = of.params();
  params.emplace_back("bucket", bucket_minutes * api::kNsPerMinute);
  auto rows = telemetry.run("issues.buckets", params);
  if (!rows) return fail(rows);
  std::vector<api::TrendPoint> out;
  for (const Row& row : *rows) out.push_back({{row.integer("timestamp")}, row.integer("count")});
  return out;
}

/// The group's type and hash are the same for all of its events.
bool is_excluded(const api::ExceptionGroup& group, const OccurrenceFilter& filter) {
  return filter.is_contradiction || (filter.type && *filter.type != group.type) ||
         (filter.hash && *filter.hash != group.exception_hash);
}

Result<Response> events_page(TelemetryDb& telemetry, const IssueRows& of,
                             const api::ListRequest& asked) {
  const int bucket_minutes = api::bucket_minutes_for(of.range);
  auto points = density(telemetry, of, bucket_minutes);
  if (!points) return fail(points);
  std::int64_t total = 0;
  for (const api::TrendPoint& point : *points) total += point.count;
  auto rows = newest_rows(telemetry, of, *asked.pagination, asked.is_ascending());
  if (!rows) return fail(rows);
  auto page = occurrences_of(telemetry, of.project, *rows, OccurrenceParts::kWithoutStack);
  if (!page) return fail(page);
  auto unlike = differences(telemetry, of);
  if (!unlike) return fail(unlike);
  json::Writer out;
  out.begin_object().key("data");
  json::write(out, *page);
  out.key("pagination");
  json::write(out, api::page_info(*asked.pagination, total));
  out.key("differences");
  json::write(out, *unlike);
  out.key("density");
  json::write(out, *points);
  out.key("densityBucketMinutes").value(bucket_minutes).end_object();
  return http::json_response(out.take());
}

}  // namespace

Result<Response> facts(http::Request& request, Services& services) {
  auto asked = from_json<RangeRequest>(request.body.empty() ? "{}" : request.body_text());
  if (!asked) return fail(asked);
  auto found = find_issue(services.telemetry, request.caller.project, request.path_param("hash"));
  if (!found) return fail(found);
  const api::ExceptionGroup& group = found->group;
  const TimeRange range =
      drawn(api::range_of(asked->from_date, asked->to_date, services.clock.now_ns()), group);
  const IssueRows of{request.caller.project, group.exception_hash, range, {}};
  Facts out;
  out.first_seen = group.first_seen;
  out.last_seen = group.last_seen;
  // New is what the range has seen the beginning of.
  const bool is_new = found->state == api::IssueState::kOpen &&
                      group.first_seen.ns >= range.from_ns && asked->from_date;
  out.state = is_new ? "new" : group.state;
  out.archived_at = group.archived_at;
  for (const auto add : {add_counts, add_tags, add_activity}) {
    if (auto done = add(services.telemetry, of, out); !done) return fail(done);
  }
  return http::json_response(to_json(out));
}

Result<Response> events(http::Request& request, Services& services) {
  auto asked = api::parse_list_request(request.body_text());
  if (!asked) return fail(asked);
  auto choice = from_json<EventFilters>(request.body_text());
  if (!choice) return fail(choice);
  auto found = find_issue(services.telemetry, request.caller.project, request.path_param("hash"));
  if (!found) return fail(found);
  auto filter = occurrence_filter(services.telemetry, request.caller.project, choice->filters);
  if (!filter) return fail(filter);
  const api::ExceptionGroup& group = found->group;
  IssueRows of{request.caller.project, group.exception_hash,
               drawn(api::range_of(*asked, services.clock.now_ns()), group), std::move(*filter)};
  if (is_excluded(group, of.filter)) of.range = {1, 0};
  return events_page(services.telemetry, of, *asked);
}

}  // namespace issues
}  // namespace traceway
