#include "issues/issue_list.h"

#include "api/buckets.h"
#include "api/exception_groups.h"
#include "api/list_request.h"
#include "app/services.h"
#include "base/json.h"
#include "issues/issue_rows.h"

#include <algorithm>

namespace traceway::issues {

namespace {

/// What the list reads beside the members of every list.
struct Choice {
  std::string search_type;
  bool include_archived = false;
  std::string state;
  std::vector<FieldFilter> filters;
};

/// How many groups of a search are in each state.
struct StateCounts {
  std::int64_t open = 0;  ///< all that are not archived
  std::int64_t fresh = 0;
  std::int64_t regressed = 0;
  std::int64_t archived = 0;
};

}  // namespace

}  // namespace traceway::issues

namespace traceway {

template <>
inline constexpr auto fields<issues::Choice> =
    std::tuple{field("search_type", &issues::Choice::search_type),
               field("include_archived", &issues::Choice::include_archived),
               field("state", &issues::Choice::state), field("filters", &issues::Choice::filters)};

template <>
inline constexpr auto fields<issues::StateCounts> =
    std::tuple{field("open", &issues::StateCounts::open), field("new", &issues::StateCounts::fresh),
               field("regressed", &issues::StateCounts::regressed),
               field("archived", &issues::StateCounts::archived)};

namespace issues {

namespace {

using api::ExceptionGroup;
using api::GroupFigures;
using api::IssueState;

/// The order of the list; descending unless its name ends with `_asc`.
struct ListOrder {
  std::string_view figure;  ///< `last_seen`, `first_seen`, `ever_first_seen`, `users`, else count
  bool is_ascending = false;
};

ListOrder order_of(std::string_view order_by) {
  constexpr std::string_view kAscending = "_asc";
  const bool is_ascending = order_by.ends_with(kAscending);
  if (is_ascending) order_by.remove_suffix(kAscending.size());
  return {order_by, is_ascending};
}

std::int64_t figure_of(const ExceptionGroup& group, std::string_view name) {
  if (name == "last_seen") return group.last_seen.ns;
  if (name == "first_seen") return group.first_seen.ns;
  if (name == "ever_first_seen") return group.ever_first_seen.ns;
  return name == "users" ? group.users : group.count;
}

void sort(std::vector<GroupFigures>& groups, const ListOrder& order) {
  std::ranges::sort(groups, [&](const GroupFigures& a, const GroupFigures& b) {
    const std::int64_t left = figure_of(a.group, order.figure);
    const std::int64_t right = figure_of(b.group, order.figure);
    if (left != right) return order.is_ascending ? left < right : left > right;
    return a.group.exception_hash < b.group.exception_hash;
  });
}

std::optional<bool> is_message_wanted(std::string_view search_type) {
  if (search_type == "issues") return false;
  if (search_type == "messages") return true;
  return std::nullopt;
}

StateCounts count_states(const std::vector<GroupFigures>& groups) {
  StateCounts out;
  for (const GroupFigures& one : groups) {
    if (one.state != IssueState::kArchived) ++out.open;
    if (one.state == IssueState::kNew) ++out.fresh;
    if (one.state == IssueState::kRegressed) ++out.regressed;
    if (one.state == IssueState::kArchived) ++out.archived;
  }
  return out;
}

bool is_wanted(const GroupFigures& one, const Choice& choice) {
  if (choice.state.empty()) return choice.include_archived || one.state != IssueState::kArchived;
  if (choice.state == "all") return true;
  if (choice.state == "open") return one.state != IssueState::kArchived;
  return one.group.state == choice.state;
}

http::Response answer_of(const std::vector<ExceptionGroup>& page, const api::PageInfo& info,
                         const StateCounts& counts, int trend_bucket_minutes) {
  json::Writer out;
  out.begin_object().key("data");
  json::write(out, page);
  out.key("pagination");
  json::write(out, info);
  out.key("counts");
  json::write(out, counts);
  out.key("trendBucketMinutes").value(trend_bucket_minutes).end_object();
  return http::json_response(out.take());
}

}  // namespace

Result<http::Response> list(http::Request& request, Services& services) {
  auto asked = api::parse_list_request(request.body_text());
  if (!asked) return fail(asked);
  auto choice = from_json<Choice>(request.body_text());
  if (!choice) return fail(choice);
  const std::int64_t now_ns = services.clock.now_ns();
  api::GroupFilter filter{request.caller.project, api::range_of(*asked, now_ns),
                          is_message_wanted(choice->search_type)};
  auto wanted = occurrence_filter(services.telemetry, filter.project, choice->filters);
  if (!wanted) return fail(wanted);

  const ListOrder order = order_of(asked->order_by);
  const bool needs_rows =
      !asked->search.empty() || !choice->filters.empty() || order.figure == "users";
  auto groups = needs_rows ? matching_groups(services.telemetry, filter, *wanted, asked->search)
                           : api::exception_groups(services.telemetry, filter);
  if (!groups) return fail(groups);
  const StateCounts counts = count_states(*groups);
  std::erase_if(*groups, [&](const GroupFigures& one) { return !is_wanted(one, *choice); });
  const auto total = static_cast<std::int64_t>(groups->size());
  sort(*groups, order);
  filter.range = api::drawn_range(filter.range, *groups);
  filter.trend_bucket_minutes = api::bucket_minutes_for(filter.range);
  api::keep_page(*groups, *asked->pagination);
  std::vector<ExceptionGroup> page;
  for (GroupFigures& one : *groups) {
    if (auto done = complete_group(services.telemetry, filter, now_ns, one); !done) {
      return fail(done);
    }
    page.push_back(std::move(one.group));
  }
  return answer_of(page, api::page_info(*asked->pagination, total), counts,
                   filter.trend_bucket_minutes);
}

}  // namespace issues
}  // namespace traceway
