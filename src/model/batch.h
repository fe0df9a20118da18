// Everything one request wants to write: the rows and the bytes they point into.
#pragma once

#include "base/bytes.h"
#include "base/id.h"
#include "model/exception.h"
#include "model/span.h"

#include <cstdint>
#include <string>
#include <vector>

namespace traceway {

/// Owns every byte its rows point into. Moves keep all views valid (the body and arena live on the
/// heap). Built by one decoder on one thread, then read-only.
struct TelemetryBatch {
  Uuid project;
  Uuid digest;  ///< of project and decoded body; a repeat within 15 minutes stores nothing
  std::int64_t received_ns = 0;  ///< server clock when the request's head was complete
  std::vector<char> body;        ///< the decoded body (a vector: moving never relocates its bytes)
  Arena arena;
  std::vector<Attribute> attributes;
  std::vector<Span> spans;
  std::vector<Exception> exceptions;
  std::uint32_t rejected_spans = 0;  ///< counted in partial success; never stored
  std::string rejected_reason;

  [[nodiscard]] std::size_t records() const { return spans.size() + exceptions.size(); }
};

}  // namespace traceway
