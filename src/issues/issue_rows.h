// What the pages of one issue ask of its rows: which ones, and which values they have.
#pragma once

#include "api/exception_groups.h"
#include "api/list_request.h"
#include "base/result.h"
#include "issues/issue_filter.h"
#include "storage/telemetry_db.h"

#include <string>
#include <vector>

namespace traceway::issues {

/// Occurrences of one issue.
struct IssueRows {
  Uuid project;
  std::string hash;
  TimeRange range;
  OccurrenceFilter filter;

  [[nodiscard]] Params params() const;
};

/// Groups with counts, times and users of the rows that match: what was searched for, or filtered,
/// is no property of a whole group. `search`: substring of the stack text, ASCII case folded. Not
/// completed, unordered, at most 100,000. Errors: kUnavailable past the deadline of a read.
[[nodiscard]] Result<std::vector<api::GroupFigures>> matching_groups(
    TelemetryDb& telemetry, const api::GroupFilter& filter, const OccurrenceFilter& rows_wanted,
    std::string_view search);

/// The group over all time. Errors: kNotFound "Exception not found".
[[nodiscard]] Result<api::GroupFigures> find_issue(TelemetryDb& telemetry, const Uuid& project,
                                                   std::string_view hash);

/// Row ids of one page, newest first or oldest first.
[[nodiscard]] Result<std::vector<std::int64_t>> newest_rows(TelemetryDb& telemetry,
                                                            const IssueRows& of,
                                                            const api::Pagination& page,
                                                            bool is_oldest_first = false);

/// How often a value occurred, and when last.
struct TagValue {
  std::string value;
  std::int64_t count = 0;
  Timestamp last_seen;
};

/// One attribute key, or `version`, `server`, `route`.
struct Tag {
  std::string key;
  std::int64_t distinct = 0;
  std::vector<TagValue> values;  ///< the ten most frequent ones
  double share = 0;              ///< of the rows that have the key, 0…1
};

/// The tags of chosen rows, by key.
[[nodiscard]] Result<std::vector<Tag>> tags_of_rows(TelemetryDb& telemetry, const Uuid& project,
                                                    const std::vector<std::int64_t>& rows);

/// What tells an issue apart first: the keys whose values differ most from those of `usual` rows,
/// then those with the clearest favourite; keys that differ in every row last. Pure. At most
/// `most`.
[[nodiscard]] std::vector<Tag> most_telling(std::vector<Tag> tags, const std::vector<Tag>& usual,
                                            std::size_t most);

}  // namespace traceway::issues

namespace traceway {

template <>
inline constexpr auto fields<issues::TagValue> =
    std::tuple{field("value", &issues::TagValue::value), field("count", &issues::TagValue::count),
               field("last_seen", &issues::TagValue::last_seen)};

template <>
inline constexpr auto fields<issues::Tag> =
    std::tuple{field("key", &issues::Tag::key), field("distinct", &issues::Tag::distinct),
               field("values", &issues::Tag::values), field("share", &issues::Tag::share)};

}  // namespace traceway
