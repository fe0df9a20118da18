#include "ingest/ingest.h"

#include "app/config.h"
#include "app/services.h"
#include "base/text.h"
#include "http/body.h"
#include "http/router.h"
#include "ingest/otlp.h"
#include "ingest/otlp_status.h"
#include "ingest/rejection_log.h"
#include "model/project.h"
#include "pipeline/writer.h"
#include "storage/telemetry_db.h"

#include <algorithm>
#include <array>

namespace traceway::ingest {

namespace {

/// Frameworks that run in a browser or on a phone: their spans are never entities. Source: ingest
/// 4.7.
constexpr std::array<std::string_view, 5> kBrowserFrameworks = {"react", "svelte", "vuejs",
                                                                "jquery", "react-native"};

/// What a request is answered once its rows are stored, and what it is told if they are not.
struct Outcome {
  OtlpEncoding encoding = OtlpEncoding::kJson;
  std::uint32_t rejected_spans = 0;
  std::string rejected_reason;
  std::uint32_t records = 0;
  std::string request_id;
  std::string content_type;

  [[nodiscard]] http::Response success() const {
    return otlp_traces_response(encoding, rejected_spans, rejected_reason);
  }

  [[nodiscard]] http::Response error(const Error& why) const {
    return otlp_status_error(why, request_id, content_type);
  }

  /// The writer's word: all rows, some of them, or none. Source: write-pipeline 4.
  [[nodiscard]] http::Response after_commit(const pipeline::CommitResult& result) const;
};

/// OTLP clients discard their data on 500, so whatever can heal is 503.
Error not_committed(WriteFailureClass failure) {
  constexpr int kStorageRetryS = 5;
  constexpr int kRetryS = 2;
  if (failure == WriteFailureClass::kUnknown) return {ErrorCode::kInternal, {}, "commit failed"};
  const int retry_after_s = failure == WriteFailureClass::kConnection ? kStorageRetryS : kRetryS;
  return {ErrorCode::kUnavailable, "storage unavailable, retry later", {}, retry_after_s};
}

http::Response Outcome::after_commit(const pipeline::CommitResult& result) const {
  if (!result.is_committed) return error(not_committed(result.failure));
  if (result.rejected == 0) return success();
  if (result.rejected >= records) {
    return error({ErrorCode::kMalformed, "no span could be stored", {}});
  }
  std::string reason = rejected_reason;
  if (!reason.empty()) reason += "; ";
  reason += std::to_string(result.rejected) + " spans could not be stored";
  return otlp_traces_response(encoding, rejected_spans + std::uint64_t{result.rejected}, reason);
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

Result<TelemetryBatch> decode(std::vector<char>&& body, OtlpEncoding encoding,
                              const DecodeContext& context) {
  return encoding == OtlpEncoding::kProtobuf ? decode_traces_protobuf(std::move(body), context)
                                             : decode_traces_json(std::move(body), context);
}

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
Result<http::Response> refused(pipeline::Submit answer, const Outcome& outcome) {
  const Result<void> refusal = pipeline::refusal_of(answer);
  http::Response response = outcome.error(refusal.error());
  response.close = answer == pipeline::Submit::kClosed;
  return response;
}

/// Answers as soon as the rows are in memory; a crash may lose them.
Result<http::Response> submit_and_answer(Prepared&& job, const Outcome& outcome, Services& services,
                                         bool is_asked_for) {
  const auto answer = services.writer.submit(std::move(job), nullptr);
  if (answer != pipeline::Submit::kAccepted) return refused(answer, outcome);
  http::Response response = outcome.success();
  if (is_asked_for) response.headers.emplace_back("Preference-Applied", "respond-async");
  return response;
}

/// Frees the worker; the writer answers once the rows are committed.
Result<http::Response> submit_and_wait(Prepared&& job, Outcome outcome, Services& services,
                                       http::Later& later) {
  const Error too_slow{ErrorCode::kUnavailable, "commit takes too long, retry later", {}, 2};
  const auto deadline = std::chrono::milliseconds(services.config.commit_wait_ms);
  const auto ticket = std::make_shared<http::Answer>(later.take(deadline, outcome.error(too_slow)));
  const auto shared = std::make_shared<const Outcome>(std::move(outcome));
  const auto answer = services.writer.submit(
      std::move(job), [ticket, shared](const pipeline::CommitResult& result) {
        ticket->send(shared->after_commit(result));
      });
  if (answer != pipeline::Submit::kAccepted) return refused(answer, *shared);
  return http::Response::deferred();
}

Result<http::Response> receive_traces(http::Request& request, http::Later& later,
                                      Services& services, RejectionLog& rejections) {
  const std::string content_type(request.headers.get("Content-Type"));
  const auto encoding = otlp_encoding_of(content_type);
  if (!encoding) return fail(encoding);
  auto body = http::decode_body(std::move(request.body), std::move(request.body_lease),
                                request.headers.get("Content-Encoding"), services.config.max_body,
                                services.body_budget);
  if (!body) return fail(std::move(body));
  auto batch = decode(std::move(body->bytes), *encoding, context_of(request, services));
  if (!batch) return fail(std::move(batch));
  if (batch->rejected_spans > 0) {
    rejections.note(request.caller.project, "spans without valid ids", services.clock.now_ns());
  }

  Outcome outcome{*encoding, batch->rejected_spans, batch->rejected_reason,
                  0,         request.request_id,    content_type};
  if (batch->spans.empty()) return outcome.success();
  auto job = services.telemetry.prepare(std::move(*batch));
  if (!job) return fail(std::move(job));
  outcome.records = job->records;

  const bool is_async = prefers_async(request);
  if (is_async || services.config.ack == "enqueue") {
    return submit_and_answer(std::move(*job), outcome, services, is_async);
  }
  return submit_and_wait(std::move(*job), std::move(outcome), services, later);
}

}  // namespace

void add_ingest_routes(http::Router& router, Services& services) {
  http::RouteOptions options;
  options.max_body = services.config.max_body;
  options.is_ingest = true;
  options.allows_cors = true;
  options.error_shape = otlp_status_error;
  const auto rejections = std::make_shared<RejectionLog>();
  router.add(
      http::Method::kPost, "/api/otel/v1/traces", http::guard::project_token(),
      [&services, rejections](http::Request& request, http::Later& later) {
        auto answer = receive_traces(request, later, services, *rejections);
        if (!answer) {
          rejections->note(request.caller.project, answer.error().message, services.clock.now_ns());
        }
        return answer;
      },
      options);
}

}  // namespace traceway::ingest
