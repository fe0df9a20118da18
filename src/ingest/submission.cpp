#include "ingest/submission.h"

#include "app/config.h"
#include "app/services.h"
#include "base/text.h"
#include "ingest/json_body.h"
#include "model/project.h"
#include "pipeline/writer.h"

#include <algorithm>
#include <array>

namespace traceway::ingest {

namespace {

/// Frameworks that run in a browser or on a phone: their spans are never entities. Source: ingest
/// 4.7.
constexpr std::array<std::string_view, 5> kBrowserFrameworks = {"react", "svelte", "vuejs",
                                                                "jquery", "react-native"};

/// RFC 7240: one of the comma-separated preferences, parameters ignored.
bool prefers_async(const http::Request& request) {
  for (const auto& [name, value] : request.headers.all()) {
    if (!text::equals_ignore_case(name, "Prefer")) continue;
    for (const std::string_view preference : text::split(value, ',')) {
      const std::string_view token = text::trim(preference.substr(0, preference.find(';')));
      if (text::equals_ignore_case(token, "respond-async")) return true;
    }
  }
  return false;
}

/// A refused job closes the connection when the server is on its way out.
http::Response refused(pipeline::Submit answer, const Outcome& outcome) {
  const Result<void> refusal = pipeline::refusal_of(answer);
  http::Response response = outcome.error(refusal.error());
  response.close = answer == pipeline::Submit::kClosed;
  return response;
}

/// Answers as soon as the rows are in memory; a crash may lose them.
http::Response submit_and_answer(Prepared&& job, const Outcome& outcome, Services& services,
                                 bool is_asked_for) {
  const auto answer = services.writer.submit(std::move(job), nullptr);
  if (answer != pipeline::Submit::kAccepted) return refused(answer, outcome);
  outcome.stored();
  http::Response response = outcome.success();
  if (is_asked_for) response.headers.emplace_back("Preference-Applied", "respond-async");
  return response;
}

/// Frees the worker; the writer answers once the rows are committed.
http::Response submit_and_wait(Prepared&& job, const std::shared_ptr<const Outcome>& outcome,
                               Services& services, http::Later& later) {
  const Error too_slow{ErrorCode::kUnavailable, "commit takes too long, retry later", {}, 2};
  const auto deadline = std::chrono::milliseconds(services.config.commit_wait_ms);
  const auto ticket =
      std::make_shared<http::Answer>(later.take(deadline, outcome->error(too_slow)));
  const auto answer = services.writer.submit(
      std::move(job), [ticket, outcome](const pipeline::CommitResult& result) {
        if (result.is_committed) outcome->stored();
        ticket->send(outcome->after_commit(result));
      });
  if (answer != pipeline::Submit::kAccepted) return refused(answer, *outcome);
  return http::Response::deferred();
}

}  // namespace

Error not_committed(const pipeline::CommitResult& result) {
  constexpr int kStorageRetryS = 5;
  constexpr int kRetryS = 2;
  if (result.failure == WriteFailureClass::kUnknown && !result.can_heal) {
    return {ErrorCode::kInternal, {}, "commit failed"};
  }
  const int retry_after_s =
      result.failure == WriteFailureClass::kConnection ? kStorageRetryS : kRetryS;
  return {ErrorCode::kUnavailable, "storage unavailable, retry later", {}, retry_after_s};
}

std::string rejection_text(const pipeline::CommitResult& result) {
  const WriteFailureClass why =
      result.rejections.empty() ? result.failure : result.rejections.front().failure_class;
  return std::to_string(result.rejected) + (result.rejected == 1 ? " record" : " records") +
         " could not be stored (" + std::string(pipeline::name_of(why)) + ")";
}

Result<http::Response> submit(Prepared&& job, const std::shared_ptr<const Outcome>& outcome,
                              const http::Request& request, http::Later& later,
                              Services& services) {
  const bool is_async = prefers_async(request);
  if (is_async || services.config.ack == "enqueue") {
    return submit_and_answer(std::move(job), *outcome, services, is_async);
  }
  return submit_and_wait(std::move(job), outcome, services, later);
}

Result<ByteLease> reserve_parser(std::span<const char> body, Services& services) {
  const std::size_t bytes = parse_memory(body);
  if (bytes > services.parser_budget.limit()) {
    return fail(ErrorCode::kTooLarge, "The request has too many values. Send it in smaller parts.");
  }
  ByteLease lease(services.parser_budget);
  if (!lease.extend(bytes)) {
    return fail(ErrorCode::kUnavailable, "Out of memory for parsing, retry later");
  }
  return lease;
}

DecodeContext context_of(const http::Request& request, const Services& services) {
  DecodeContext context;
  context.project = request.caller.project;
  context.received_ns = request.received_ns;
  if (const auto project = services.projects.find(request.caller.project)) {
    context.is_browser_project =
        std::ranges::find(kBrowserFrameworks, project->framework) != kBrowserFrameworks.end();
    context.drops_healthy_healthchecks = project->drops_healthy_healthchecks;
    context.healthcheck_paths = project->healthcheck_paths;
  }
  return context;
}

}  // namespace traceway::ingest
