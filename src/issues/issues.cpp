#include "issues/issues.h"

#include "api/exception_groups.h"
#include "api/list_request.h"
#include "app/config.h"
#include "app/services.h"
#include "http/router.h"
#include "issues/occurrence.h"
#include "pipeline/writer.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace traceway::issues {

namespace {

/// What the list reads beside the members of every list.
struct Choice {
  std::string search_type;
  bool include_archived = false;
  std::string state;
};

struct Hashes {
  std::vector<std::string> hashes;
};

struct Paging {
  std::optional<api::Pagination> pagination;
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
               field("state", &issues::Choice::state)};

template <>
inline constexpr auto fields<issues::Hashes> = std::tuple{field("hashes", &issues::Hashes::hashes)};

template <>
inline constexpr auto fields<issues::Paging> =
    std::tuple{field("pagination", &issues::Paging::pagination)};

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
using http::Request;
using http::Response;

constexpr std::size_t kMaxHashes = 1000;

// --- POST /exception-stack-traces ---

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
  if (choice.state == "open") return one.state != IssueState::kArchived;
  if (choice.state == "all" || (choice.state.empty() && choice.include_archived)) return true;
  if (choice.state.empty()) return !one.is_hidden;
  return one.group.state == choice.state;
}

/// `last_seen`, `first_seen`, anything else by count; descending unless it ends with `_asc`.
void order(std::vector<GroupFigures>& groups, std::string_view order_by) {
  constexpr std::string_view kAscending = "_asc";
  const bool is_ascending = order_by.ends_with(kAscending);
  if (is_ascending) order_by.remove_suffix(kAscending.size());
  const auto figure = [&](const ExceptionGroup& group) {
    if (order_by == "last_seen") return group.last_seen.ns;
    return order_by == "first_seen" ? group.first_seen.ns : group.count;
  };
  std::ranges::sort(groups, [&](const GroupFigures& a, const GroupFigures& b) {
    const std::int64_t left = figure(a.group);
    const std::int64_t right = figure(b.group);
    if (left != right) return is_ascending ? left < right : left > right;
    return a.group.exception_hash < b.group.exception_hash;
  });
}

Result<Response> list(Request& request, Services& services) {
  auto asked = api::parse_list_request(request.body_text());
  if (!asked) return fail(asked);
  auto choice = from_json<Choice>(request.body_text());
  if (!choice) return fail(choice);
  const std::int64_t now_ns = services.clock.now_ns();
  const api::GroupFilter filter{request.caller.project, api::range_of(*asked, now_ns),
                                is_message_wanted(choice->search_type), asked->search};
  auto groups = api::exception_groups(services.telemetry, filter);
  if (!groups) return fail(groups);
  const StateCounts counts = count_states(*groups);
  std::erase_if(*groups, [&](const GroupFigures& one) { return !is_wanted(one, *choice); });
  const auto total = static_cast<std::int64_t>(groups->size());
  order(*groups, asked->order_by);
  api::keep_page(*groups, *asked->pagination);
  std::vector<ExceptionGroup> page;
  for (GroupFigures& one : *groups) {
    if (auto done = complete_group(services.telemetry, filter, now_ns, one.group); !done) {
      return fail(done);
    }
    page.push_back(std::move(one.group));
  }
  json::Writer out;
  out.begin_object().key("data");
  json::write(out, page);
  out.key("pagination");
  json::write(out, api::page_info(*asked->pagination, total));
  out.key("counts");
  json::write(out, counts);
  out.end_object();
  return http::json_response(out.take());
}

// --- POST /exception-stack-traces/:hash ---

/// Absent or invalid pagination is the first page of 20.
api::Pagination paging_of(std::string_view body) {
  const auto asked = from_json<Paging>(body);
  if (!asked || !asked->pagination) return {1, 20};
  const api::Pagination& page = *asked->pagination;
  const bool is_valid =
      page.page >= 1 && page.page <= 1'000'000'000 && page.page_size >= 1 && page.page_size <= 100;
  return is_valid ? page : api::Pagination{1, 20};
}

Result<Response> one_issue(Request& request, Services& services) {
  const Uuid& project = request.caller.project;
  const std::string hash(request.path_param("hash"));
  auto found = api::exception_group(services.telemetry, project, hash);
  if (!found) return fail(found);
  if (!*found) return fail(ErrorCode::kNotFound, "Exception not found");
  ExceptionGroup& group = (*found)->group;
  const std::int64_t now_ns = services.clock.now_ns();
  if (auto done = complete_group(services.telemetry, {project, {}}, now_ns, group); !done) {
    return fail(done);
  }
  const api::Pagination page = paging_of(request.body_text());
  auto rows = services.telemetry.run("issues.occurrences", {{"project_id", to_value(project)},
                                                            {"exception_hash", hash},
                                                            {"limit", page.page_size},
                                                            {"offset", page.offset()}});
  if (!rows) return fail(rows);
  json::Writer out;
  out.begin_object().key("group");
  json::write(out, group);
  out.key("occurrences").begin_array();
  for (const Row& row : *rows) {
    auto occurrence = to_occurrence(services.telemetry, project, row);
    if (!occurrence) return fail(occurrence);
    json::write(out, *occurrence);
  }
  out.end_array().key("pagination");
  json::write(out, api::page_info(page, group.count));
  out.end_object();
  return http::json_response(out.take());
}

// --- POST /exception-stack-traces/by-id/:exceptionId ---

Result<Response> one_occurrence(Request& request, Services& services) {
  const auto id = parse_uuid(request.path_param("exceptionId"));
  if (!id) return fail(ErrorCode::kMalformed, "invalid exception id");
  const Uuid& project = request.caller.project;
  auto rows = services.telemetry.run("issues.occurrence",
                                     {{"project_id", to_value(project)}, {"id", to_value(*id)}});
  if (!rows) return fail(rows);
  if (rows->empty()) return fail(ErrorCode::kNotFound, "Exception not found");
  auto occurrence = to_occurrence(services.telemetry, project, rows->front());
  if (!occurrence) return fail(occurrence);
  json::Writer out;
  out.begin_object().key("exception");
  json::write(out, *occurrence);
  out.end_object();
  return http::json_response(out.take());
}

// --- POST /exception-stack-traces/archive and /unarchive ---

/// `{"archived": n}` or `{"unarchived": n}`, n hashes of the request, known or not.
Response done_with(Command::Kind kind, std::size_t hashes) {
  json::Writer out;
  out.begin_object()
      .key(kind == Command::Kind::kArchiveIssue ? "archived" : "unarchived")
      .value(static_cast<std::int64_t>(hashes))
      .end_object();
  return http::json_response(out.take());
}

std::vector<Command> commands_of(const Request& request, Command::Kind kind, std::int64_t now_ns,
                                 std::vector<std::string> hashes) {
  std::vector<Command> commands;
  commands.reserve(hashes.size());
  for (std::string& hash : hashes) {
    Command& one = commands.emplace_back(Command{kind, request.caller.project, {}});
    one.params.emplace_back("exception_hash", std::move(hash));
    if (kind == Command::Kind::kArchiveIssue) {
      one.params.emplace_back("archived_at", now_ns);
      one.params.emplace_back("archived_by", request.caller.email);
    }
  }
  return commands;
}

/// Takes the writer's road: answered once the change is committed.
Result<Response> change(Request& request, http::Later& later, Services& services,
                        Command::Kind kind) {
  auto asked = from_json<Hashes>(request.body_text());
  if (!asked || asked->hashes.empty()) {
    return fail(ErrorCode::kMalformed, "hashes array is required");
  }
  const std::size_t count = asked->hashes.size();
  if (count > kMaxHashes) {
    return fail(ErrorCode::kInvalid, "At most 1000 issues can be changed at once");
  }
  auto job = services.telemetry.prepare(
      commands_of(request, kind, services.clock.now_ns(), std::move(asked->hashes)));
  if (!job) return fail(job);
  const Error too_slow{ErrorCode::kUnavailable, "storage is busy, try again in a moment", {}, 2};
  const auto failed = [](const Error& why) { return http::json_error(why, {}, {}); };
  const auto ticket = std::make_shared<http::Answer>(
      later.take(std::chrono::milliseconds(services.config.commit_wait_ms), failed(too_slow)));
  const auto answer =
      services.writer.submit(std::move(*job), [=](const pipeline::CommitResult& result) {
        const bool is_done = result.is_committed && result.rejected == 0;
        ticket->send(is_done ? done_with(kind, count) : failed(too_slow));
      });
  if (auto refusal = pipeline::refusal_of(answer); !refusal) return fail(refusal);
  return Response::deferred();
}

}  // namespace

void add_issue_routes(http::Router& router, Services& services) {
  using http::Later;
  using http::Method;
  const auto read = http::guard::project_read();
  const auto write = http::guard::project_write();
  const std::string base = "/api/exception-stack-traces";
  router.add(Method::kPost, base, read,
             [&services](Request& r, Later&) { return list(r, services); });
  router.add(Method::kPost, base + "/archive", write, [&services](Request& r, Later& later) {
    return change(r, later, services, Command::Kind::kArchiveIssue);
  });
  router.add(Method::kPost, base + "/unarchive", write, [&services](Request& r, Later& later) {
    return change(r, later, services, Command::Kind::kUnarchiveIssue);
  });
  router.add(Method::kPost, base + "/by-id/:exceptionId", read,
             [&services](Request& r, Later&) { return one_occurrence(r, services); });
  router.add(Method::kPost, base + "/:hash", read,
             [&services](Request& r, Later&) { return one_issue(r, services); });
}

}  // namespace issues
}  // namespace traceway
