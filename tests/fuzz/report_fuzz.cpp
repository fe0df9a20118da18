// Native reports under arbitrary bytes: refused, or rows that keep their promises and parts that
// cover them.
#include "ingest/report_frame.h"
#include "row_check.h"

#include <utility>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace traceway;
  using fuzz::require;
  constexpr std::size_t kIdBytes = 16;
  if (size == 0) return 0;
  fuzz::FuzzedRequest request = fuzz::fuzzed_request(data, size);
  const auto report = ingest::decode_report(std::move(request.body), request.context);
  if (!report) {
    require(report.error().code == ErrorCode::kMalformed ||
            report.error().code == ErrorCode::kTooLarge);
    return 0;
  }
  const TelemetryBatch& batch = report->batch;
  fuzz::require_rows(batch, kIdBytes);
  std::size_t rows = 0;
  for (const BatchPart& part : batch.parts) rows += part.records();
  require(rows == batch.records());
  require((report->rejected == 0) == report->errors.empty());
  require(report->errors.size() <= ingest::kMaxReportErrors);
  for (const std::string& error : report->errors) fuzz::require_text(error, 256);
  return 0;
}
