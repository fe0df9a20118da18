#include "ingest/ingest.h"

#include "app/config.h"
#include "app/services.h"
#include "http/body.h"
#include "http/rejections.h"
#include "http/router.h"
#include "ingest/otlp.h"
#include "ingest/otlp_status.h"
#include "ingest/rejection_log.h"
#include "ingest/report.h"
#include "ingest/submission.h"

namespace traceway::ingest {

namespace {

/// What a trace export is answered.
class TracesOutcome final : public Outcome {
 public:
  TracesOutcome(OtlpEncoding encoding, const TelemetryBatch& batch, const http::Request& request)
      : encoding_(encoding),
        rejected_spans_(batch.rejected_spans),
        rejected_reason_(batch.rejected_reason),
        records_(batch.records()),
        request_id_(request.request_id),
        content_type_(request.headers.get("Content-Type")) {}

  [[nodiscard]] http::Response success() const override {
    return otlp_traces_response(encoding_, rejected_spans_, rejected_reason_);
  }

  [[nodiscard]] http::Response error(const Error& why) const override {
    return otlp_status_error(why, request_id_, content_type_);
  }

  [[nodiscard]] http::Response after_commit(const pipeline::CommitResult& result) const override;

 private:
  OtlpEncoding encoding_;
  std::uint32_t rejected_spans_;
  std::string rejected_reason_;
  std::size_t records_;
  std::string request_id_;
  std::string content_type_;
};

http::Response TracesOutcome::after_commit(const pipeline::CommitResult& result) const {
  if (!result.is_committed) return error(not_committed(result));
  if (result.rejected == 0) return success();
  if (result.rejected >= records_)
    return error({ErrorCode::kMalformed, rejection_text(result), {}});
  std::string reason = rejected_reason_;
  if (!reason.empty()) reason += "; ";
  reason += rejection_text(result);
  return otlp_traces_response(encoding_, rejected_spans_ + std::uint64_t{result.rejected}, reason);
}

Result<TelemetryBatch> decode(std::vector<char>&& body, OtlpEncoding encoding,
                              const http::Request& request, Services& services) {
  const DecodeContext context = context_of(request, services);
  if (encoding == OtlpEncoding::kProtobuf) return decode_traces_protobuf(std::move(body), context);
  const auto parsing = reserve_parser(body, services);
  if (!parsing) return fail(parsing);
  return decode_traces_json(std::move(body), context);
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
  auto batch = decode(std::move(body->bytes), *encoding, request, services);
  if (!batch) return fail(std::move(batch));
  if (batch->rejected_spans > 0) {
    rejections.note(request.caller.project, "spans without valid ids", services.clock.now_ns());
    services.rejections.note(
        request.caller.project,
        {request.received_ns, 200, "/api/otel/v1/traces", batch->rejected_reason});
  }

  const auto outcome = std::make_shared<const TracesOutcome>(*encoding, *batch, request);
  if (batch->spans.empty()) return outcome->success();
  auto job = services.telemetry.prepare(std::move(*batch));
  if (!job) return fail(std::move(job));
  return submit(std::move(*job), outcome, request, later, services);
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
  add_report_route(router, services, rejections);
}

}  // namespace traceway::ingest
