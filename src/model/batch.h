// Everything one request wants to write: the rows and the bytes they point into.
#pragma once

#include "base/bytes.h"
#include "base/id.h"
#include "model/exception.h"
#include "model/log_record.h"
#include "model/metric_point.h"
#include "model/span.h"

#include <cstdint>
#include <string>
#include <vector>

namespace traceway {

/// Rows that are stored once: a request, or one frame of it.
struct BatchPart {
  Uuid digest;  ///< a repeat within 15 minutes stores nothing; zero: no repeat detection
  std::uint32_t spans = 0;
  std::uint32_t exceptions = 0;
  std::uint32_t logs = 0;
  std::uint32_t metric_points = 0;

  [[nodiscard]] std::uint32_t records() const { return spans + exceptions + logs + metric_points; }
};

/// Owns every byte its rows point into. Moves keep all views valid (the body and arena live on the
/// heap). Built by one decoder on one thread, then read-only.
struct TelemetryBatch {
  Uuid project;
  Uuid digest;  ///< of project and decoded body; that of all rows where there are no parts
  std::int64_t received_ns = 0;  ///< server clock when the request's head was complete
  std::vector<char> body;        ///< the decoded body (a vector: moving never relocates its bytes)
  Arena arena;
  std::vector<Attribute> attributes;
  std::vector<Span> spans;
  std::vector<Exception> exceptions;
  std::vector<LogRecord> logs;
  std::vector<MetricPoint> metric_points;
  std::vector<MetricDefinition> metric_definitions;  ///< of the points' names, each once
  std::vector<BatchPart>
      parts;                   ///< in the order of the rows, covering all of them; empty: one part
  std::uint32_t rejected = 0;  ///< of any kind; counted in partial success, never stored
  std::string rejected_reason;

  [[nodiscard]] std::size_t records() const {
    return spans.size() + exceptions.size() + logs.size() + metric_points.size();
  }
};

}  // namespace traceway
