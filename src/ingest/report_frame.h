// The native protocol, POST /api/report, to rows. Pure and fuzzable: no I/O, no clock, no database.
#pragma once

#include "base/result.h"
#include "ingest/decode_context.h"
#include "model/batch.h"

#include <cstdint>
#include <string>
#include <vector>

namespace traceway::ingest {

inline constexpr std::size_t kMaxReportErrors = 10;

/// What a report holds. A native client sends again whatever is not answered with 200, so what
/// cannot be used is skipped and counted, and costs nothing beside it.
struct Report {
  TelemetryBatch batch;
  std::uint32_t rejected = 0;       ///< elements skipped
  std::vector<std::string> errors;  ///< where and why, of the first kMaxReportErrors
};

/// Decodes one report in its current, its legacy and its simplified shape. Any thread.
/// body: already inflated; moved. Rows come in the order of the frames, a part per frame; runs that
/// have no id get a random one.
/// Errors: kMalformed for what is no JSON object or whose frames are no array, kTooLarge past
/// 100,000 elements or 2,000,000 attributes. Sessions and recordings are checked and not kept.
/// Source: ingest 3 and 10.
[[nodiscard]] Result<Report> decode_report(std::vector<char>&& body, const DecodeContext& context);

}  // namespace traceway::ingest
