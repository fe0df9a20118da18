// Activity as the bytes that SDKs send: OTLP protobuf and the native report.
#pragma once

#include "demo/activity.h"

#include <span>
#include <string>
#include <vector>

namespace traceway::demo {

/// What one process of one release has to report. A task of a native service is followed by its
/// own spans.
struct Batch {
  ServiceId service = ServiceId::kGateway;
  std::size_t host = 0;
  std::string version;
  std::vector<Work> work = {};
  std::vector<Notice> notices = {};
};

/// An ExportTraceServiceRequest with a ResourceSpans per batch. Notices have no place in it.
/// Source: ingest 4.3, 4.5-4.10.
[[nodiscard]] std::string to_otlp(std::span<const Batch> batches);

/// The body of POST /api/report, one frame. Source: ingest 3.2-3.6.
[[nodiscard]] std::string to_report(const Batch& batch);

}  // namespace traceway::demo
