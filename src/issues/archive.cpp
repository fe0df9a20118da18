#include "issues/archive.h"

#include "app/config.h"
#include "app/services.h"
#include "base/json.h"
#include "pipeline/writer.h"
#include "storage/main_db.h"
#include "storage/telemetry_db.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace traceway::issues {

namespace {

struct Until {
  std::optional<std::int64_t> events;
  std::optional<std::int64_t> days;
  std::optional<bool> next_version;
};

struct ChangeRequest {
  std::vector<std::string> hashes;
  std::optional<Until> until;
};

/// A condition as it is stored; the kind is empty for "until it happens again".
struct Condition {
  std::string kind;
  std::int64_t value = 0;
  std::string words;
};

}  // namespace

}  // namespace traceway::issues

namespace traceway {

template <>
inline constexpr auto fields<issues::Until> =
    std::tuple{field("events", &issues::Until::events), field("days", &issues::Until::days),
               field("next_version", &issues::Until::next_version)};

template <>
inline constexpr auto fields<issues::ChangeRequest> = std::tuple{
    field("hashes", &issues::ChangeRequest::hashes), field("until", &issues::ChangeRequest::until)};

namespace issues {

namespace {

using http::Request;
using http::Response;

constexpr std::size_t kMaxHashes = 1000;
constexpr std::int64_t kMaxEvents = 1'000'000;
constexpr std::int64_t kMaxDays = 3650;

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + ' ' + std::string(count == 1 ? one : many);
}

Result<Condition> condition_of(const Until& until) {
  const bool is_version = until.next_version.value_or(false);
  const int conditions =
      int{until.events.has_value()} + int{until.days.has_value()} + int{is_version};
  if (conditions != 1) {
    return fail(ErrorCode::kInvalid, "until takes one of events, days and nextVersion");
  }
  if (is_version) return Condition{"version", 0, "the next version"};
  if (until.events) {
    if (*until.events < 1 || *until.events > kMaxEvents) {
      return fail(ErrorCode::kInvalid, "until.events must be between 1 and 1000000");
    }
    return Condition{"events", *until.events, counted(*until.events, "more event", "more events")};
  }
  if (*until.days < 1 || *until.days > kMaxDays) {
    return fail(ErrorCode::kInvalid, "until.days must be between 1 and 3650");
  }
  return Condition{"days", *until.days, counted(*until.days, "day has passed", "days have passed")};
}

Result<ChangeRequest> parse(std::string_view body) {
  auto asked = from_json<ChangeRequest>(body);
  if (!asked || asked->hashes.empty()) {
    return fail(ErrorCode::kMalformed, "hashes array is required");
  }
  if (asked->hashes.size() > kMaxHashes) {
    return fail(ErrorCode::kInvalid, "At most 1000 issues can be changed at once");
  }
  return asked;
}

/// The name the activity list shows; the address where there is none.
std::string name_of(const http::Caller& caller, MainDb& main) {
  const auto rows =
      main.read([&](Tx& tx) { return tx.run("issues.user_name", {{"user_id", caller.user_id}}); });
  if (!rows || rows->empty() || rows->front().text("name").empty()) return caller.email;
  return rows->front().text("name");
}

/// Answers `{"archived": n}` or `{"unarchived": n}`, n hashes of the request, known or not.
Result<Response> submit(std::vector<Command> commands, std::string_view done, http::Later& later,
                        Services& services) {
  const auto count = static_cast<std::int64_t>(commands.size());
  auto job = services.telemetry.prepare(std::move(commands));
  if (!job) return fail(job);
  json::Writer out;
  out.begin_object().key(done).value(count).end_object();
  const auto answer_text = std::make_shared<const std::string>(out.take());
  const Error too_slow{ErrorCode::kUnavailable, "storage is busy, try again in a moment", {}, 2};
  const auto failed = [](const Error& why) { return http::json_error(why, {}, {}); };
  const auto ticket = std::make_shared<http::Answer>(
      later.take(std::chrono::milliseconds(services.config.commit_wait_ms), failed(too_slow)));
  const auto answer =
      services.writer.submit(std::move(*job), [=](const pipeline::CommitResult& result) {
        const bool is_done = result.is_committed && result.rejected == 0;
        ticket->send(is_done ? http::json_response(*answer_text) : failed(too_slow));
      });
  if (auto refusal = pipeline::refusal_of(answer); !refusal) return fail(refusal);
  return Response::deferred();
}

}  // namespace

Result<Response> archive(Request& request, http::Later& later, Services& services) {
  auto asked = parse(request.body_text());
  if (!asked) return fail(asked);
  Condition condition;
  if (asked->until) {
    auto wanted = condition_of(*asked->until);
    if (!wanted) return fail(wanted);
    condition = std::move(*wanted);
  }
  const std::int64_t now_ns = services.clock.now_ns();
  const std::string name = name_of(request.caller, services.main);
  std::vector<Command> commands;
  for (std::string& hash : asked->hashes) {
    commands.push_back({Command::Kind::kArchiveIssue,
                        request.caller.project,
                        {{"exception_hash", std::move(hash)},
                         {"archived_at", now_ns},
                         {"archived_by", name},
                         {"until", condition.words},
                         {"until_kind", condition.kind},
                         {"until_value", condition.value}}});
  }
  return submit(std::move(commands), "archived", later, services);
}

Result<Response> unarchive(Request& request, http::Later& later, Services& services) {
  auto asked = parse(request.body_text());
  if (!asked) return fail(asked);
  const std::int64_t now_ns = services.clock.now_ns();
  const std::string name = name_of(request.caller, services.main);
  std::vector<Command> commands;
  for (std::string& hash : asked->hashes) {
    commands.push_back({Command::Kind::kUnarchiveIssue,
                        request.caller.project,
                        {{"exception_hash", std::move(hash)},
                         {"unarchived_at", now_ns},
                         {"unarchived_by", name}}});
  }
  return submit(std::move(commands), "unarchived", later, services);
}

}  // namespace issues
}  // namespace traceway
