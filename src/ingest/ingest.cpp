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
#include "model/metric_registry.h"

namespace traceway::ingest {

namespace {

/// One kind of export: where it comes in, and its words.
struct OtlpSignal {
  using Decode = Result<TelemetryBatch> (*)(std::vector<char>&&, const DecodeContext&);

  std::string_view path;
  std::string_view element;  ///< what a request holds, one and many
  std::string_view elements;
  std::string_view rejected_member;  ///< of partialSuccess in JSON
  std::string_view rejected_why;     ///< for the log
  Decode from_protobuf;
  Decode from_json;
};

constexpr OtlpSignal kSignals[] = {
    {"/api/otel/v1/traces", "span", "spans", "rejectedSpans", "spans without valid ids",
     decode_traces_protobuf, decode_traces_json},
};

/// What an export is answered.
class OtlpOutcome final : public Outcome {
 public:
  OtlpOutcome(const OtlpSignal& signal, OtlpEncoding encoding, TelemetryBatch& batch,
              const http::Request& request, MetricRegistry& registry)
      : Outcome(batch, registry),
        signal_(signal),
        encoding_(encoding),
        rejected_(batch.rejected),
        rejected_reason_(batch.rejected_reason),
        records_(batch.records()),
        request_id_(request.request_id),
        content_type_(request.headers.get("Content-Type")) {}

  [[nodiscard]] http::Response success() const override {
    return otlp_response(encoding_, signal_.rejected_member, rejected_, rejected_reason_);
  }

  [[nodiscard]] http::Response error(const Error& why) const override {
    return otlp_status_error(why, request_id_, content_type_);
  }

  [[nodiscard]] http::Response after_commit(const pipeline::CommitResult& result) const override;

 private:
  const OtlpSignal& signal_;
  OtlpEncoding encoding_;
  std::uint32_t rejected_;
  std::string rejected_reason_;
  std::size_t records_;
  std::string request_id_;
  std::string content_type_;
};

http::Response OtlpOutcome::after_commit(const pipeline::CommitResult& result) const {
  if (!result.is_committed) return error(not_committed(result.failure));
  if (result.rejected == 0) return success();
  if (result.rejected >= records_) {
    return error(
        {ErrorCode::kMalformed, "no " + std::string(signal_.element) + " could be stored", {}});
  }
  std::string reason = rejected_reason_;
  if (!reason.empty()) reason += "; ";
  reason += std::to_string(result.rejected) + " " + std::string(signal_.elements) +
            " could not be stored";
  return otlp_response(encoding_, signal_.rejected_member,
                       rejected_ + std::uint64_t{result.rejected}, reason);
}

Result<http::Response> receive_otlp(const OtlpSignal& signal, http::Request& request,
                                    http::Later& later, Services& services,
                                    RejectionLog& rejections) {
  const std::string content_type(request.headers.get("Content-Type"));
  const auto encoding = otlp_encoding_of(content_type);
  if (!encoding) return fail(encoding);
  auto body = http::decode_body(std::move(request.body), std::move(request.body_lease),
                                request.headers.get("Content-Encoding"), services.config.max_body,
                                services.body_budget);
  if (!body) return fail(std::move(body));
  const auto decode =
      *encoding == OtlpEncoding::kProtobuf ? signal.from_protobuf : signal.from_json;
  auto batch = decode(std::move(body->bytes), context_of(request, services));
  if (!batch) return fail(std::move(batch));
  if (batch->rejected > 0) {
    rejections.note(request.caller.project, signal.rejected_why, services.clock.now_ns());
    services.rejections.note(
        request.caller.project,
        {request.received_ns, 200, std::string(signal.path), batch->rejected_reason});
  }

  const auto outcome =
      std::make_shared<const OtlpOutcome>(signal, *encoding, *batch, request, services.metrics);
  if (batch->records() == 0) return outcome->success();
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
  for (const OtlpSignal& signal : kSignals) {
    router.add(
        http::Method::kPost, signal.path, http::guard::project_token(),
        [&services, &signal, rejections](http::Request& request, http::Later& later) {
          auto answer = receive_otlp(signal, request, later, services, *rejections);
          if (!answer) {
            rejections->note(request.caller.project, answer.error().message,
                             services.clock.now_ns());
          }
          return answer;
        },
        options);
  }
  add_report_route(router, services, rejections);
}

}  // namespace traceway::ingest
