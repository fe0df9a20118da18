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

using Decode = Result<TelemetryBatch>(std::vector<char>&&, const DecodeContext&);

/// One OTLP route.
struct Signal {
  OtlpSignal signal;
  std::string_view path;
  Decode* from_protobuf;
  Decode* from_json;
};

constexpr Signal kSignals[] = {
    {OtlpSignal::kTraces, "/api/otel/v1/traces", decode_traces_protobuf, decode_traces_json},
    {OtlpSignal::kMetrics, "/api/otel/v1/metrics", decode_metrics_protobuf, decode_metrics_json},
    {OtlpSignal::kLogs, "/api/otel/v1/logs", decode_logs_protobuf, decode_logs_json}};

/// What an export is answered.
class ExportOutcome final : public Outcome {
 public:
  ExportOutcome(OtlpSignal signal, OtlpEncoding encoding, TelemetryBatch& batch,
                const http::Request& request, MetricRegistry& registry)
      : Outcome(batch, registry),
        signal_(signal),
        encoding_(encoding),
        rejected_{batch.rejected, batch.rejected_reason},
        records_(batch.records()),
        request_id_(request.request_id),
        content_type_(request.headers.get("Content-Type")) {}

  [[nodiscard]] http::Response success() const override {
    return otlp_response(signal_, encoding_, rejected_);
  }

  [[nodiscard]] http::Response error(const Error& why) const override {
    return otlp_status_error(why, request_id_, content_type_);
  }

  [[nodiscard]] http::Response after_commit(const pipeline::CommitResult& result) const override;

 private:
  OtlpSignal signal_;
  OtlpEncoding encoding_;
  Rejected rejected_;
  std::size_t records_;
  std::string request_id_;
  std::string content_type_;
};

http::Response ExportOutcome::after_commit(const pipeline::CommitResult& result) const {
  if (!result.is_committed) return error(not_committed(result));
  if (result.rejected == 0) return success();
  if (result.rejected >= records_)
    return error({ErrorCode::kMalformed, rejection_text(result), {}});
  Rejected all = rejected_;
  all.count += result.rejected;
  if (!all.reason.empty()) all.reason += "; ";
  all.reason += rejection_text(result);
  return otlp_response(signal_, encoding_, all);
}

Result<TelemetryBatch> decode(const Signal& signal, OtlpEncoding encoding, std::vector<char>&& body,
                              const http::Request& request, Services& services) {
  const DecodeContext context = context_of(request, services);
  if (encoding == OtlpEncoding::kProtobuf) return signal.from_protobuf(std::move(body), context);
  const auto parsing = reserve_parser(body, services);
  if (!parsing) return fail(parsing);
  return signal.from_json(std::move(body), context);
}

Result<http::Response> receive_export(const Signal& signal, http::Request& request,
                                      http::Later& later, Services& services,
                                      RejectionLog& rejections) {
  const std::string content_type(request.headers.get("Content-Type"));
  const auto encoding = otlp_encoding_of(content_type);
  if (!encoding) return fail(encoding);
  auto body = http::decode_body(std::move(request.body), std::move(request.body_lease),
                                request.headers.get("Content-Encoding"), services.config.max_body,
                                services.body_budget);
  if (!body) return fail(std::move(body));
  auto batch = decode(signal, *encoding, std::move(body->bytes), request, services);
  if (!batch) return fail(std::move(batch));
  if (batch->rejected > 0) {
    rejections.note(request.caller.project, std::string(items_of(signal.signal)) + " not valid",
                    services.clock.now_ns());
    services.rejections.note(
        request.caller.project,
        {request.received_ns, 200, std::string(signal.path), batch->rejected_reason});
  }

  const auto outcome = std::make_shared<const ExportOutcome>(signal.signal, *encoding, *batch,
                                                             request, services.metrics);
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
  for (const Signal& signal : kSignals) {
    router.add(
        http::Method::kPost, signal.path, http::guard::project_token(),
        [&signal, &services, rejections](http::Request& request, http::Later& later) {
          auto answer = receive_export(signal, request, later, services, *rejections);
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
