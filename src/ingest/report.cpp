#include "ingest/report.h"

#include "app/config.h"
#include "app/services.h"
#include "base/text.h"
#include "http/body.h"
#include "http/rejections.h"
#include "http/router.h"
#include "ingest/rejection_log.h"
#include "ingest/report_frame.h"
#include "ingest/submission.h"

#include <string>
#include <utility>
#include <vector>

namespace traceway::ingest {

namespace {

/// 200 with `{}`, or with how many elements were skipped and why. Source: ingest 3.14.
http::Response answer_of(std::uint64_t rejected, const std::vector<std::string>& errors) {
  if (rejected == 0) return http::json_response("{}");
  std::string body = R"({"rejected":)" + std::to_string(rejected) + R"(,"errors":[)";
  for (const std::string& error : errors) {
    if (!body.ends_with('[')) body += ',';
    text::append_json_string(body, error);
  }
  return http::json_response(body + "]}");
}

/// Why a report was taken in part only, in one line.
std::string skipped_elements(const Report& report) {
  std::string out = std::to_string(report.rejected) + " elements skipped";
  if (!report.errors.empty()) out += "; the first: " + report.errors.front();
  return out;
}

/// What a report is answered.
class ReportOutcome final : public Outcome {
 public:
  ReportOutcome(Report& report, const http::Request& request, MetricRegistry& registry)
      : Outcome(report.batch, registry),
        rejected_(report.rejected),
        errors_(report.errors),
        request_id_(request.request_id) {}

  [[nodiscard]] http::Response success() const override { return answer_of(rejected_, errors_); }

  [[nodiscard]] http::Response error(const Error& why) const override {
    return http::json_error(why, request_id_, {});
  }

  /// What the store can never take is said and done with: the client would bring it back for ever.
  [[nodiscard]] http::Response after_commit(const pipeline::CommitResult& result) const override {
    if (!result.is_committed && result.failure != WriteFailureClass::kConstraint) {
      return error(not_committed(result));
    }
    if (result.rejected == 0) return success();
    std::vector<std::string> errors = errors_;
    if (errors.size() == kMaxReportErrors) errors.pop_back();
    errors.push_back(rejection_text(result));
    return answer_of(std::uint64_t{rejected_} + result.rejected, errors);
  }

 private:
  std::uint32_t rejected_;
  std::vector<std::string> errors_;
  std::string request_id_;
};

Result<http::Response> receive_report(http::Request& request, http::Later& later,
                                      Services& services, RejectionLog& rejections) {
  auto body = http::decode_body(std::move(request.body), std::move(request.body_lease),
                                request.headers.get("Content-Encoding"),
                                services.config.report_max_body, services.body_budget);
  if (!body) return fail(std::move(body));
  auto parsing = reserve_parser(body->bytes, services);
  if (!parsing) return fail(std::move(parsing));
  auto report = decode_report(std::move(body->bytes), context_of(request, services));
  if (!report) return fail(std::move(report));
  parsing->release();
  if (report->rejected > 0) {
    rejections.note(request.caller.project, "elements of a report", services.clock.now_ns());
    services.rejections.note(request.caller.project,
                             {request.received_ns, 200, "/api/report", skipped_elements(*report)});
  }

  const auto outcome = std::make_shared<const ReportOutcome>(*report, request, services.metrics);
  if (report->batch.records() == 0) return outcome->success();
  auto job = services.telemetry.prepare(std::move(report->batch));
  if (!job) return fail(std::move(job));
  return submit(std::move(*job), outcome, request, later, services);
}

}  // namespace

void add_report_route(http::Router& router, Services& services,
                      std::shared_ptr<RejectionLog> rejections) {
  http::RouteOptions options;
  options.max_body = services.config.report_max_body;
  options.is_ingest = true;
  options.allows_cors = true;
  router.add(
      http::Method::kPost, "/api/report", http::guard::project_token(),
      [&services, rejections = std::move(rejections)](http::Request& request, http::Later& later) {
        auto answer = receive_report(request, later, services, *rejections);
        if (!answer) {
          rejections->note(request.caller.project, answer.error().message, services.clock.now_ns());
        }
        return answer;
      },
      options);
}

}  // namespace traceway::ingest
