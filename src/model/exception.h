// One exception or message as stored: an occurrence of an issue.
#pragma once

#include "base/id.h"
#include "model/span.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace traceway {

/// Kind of the run an exception happened in, as stored and shown: '', endpoint, task, ai_trace.
[[nodiscard]] constexpr std::string_view trace_type_name(EntityKind kind) {
  switch (kind) {
    case EntityKind::kEndpoint:
      return "endpoint";
    case EntityKind::kTask:
      return "task";
    case EntityKind::kAiTrace:
      return "ai_trace";
    case EntityKind::kNone:
      break;
  }
  return "";
}

/// Views into the batch that owns it.
struct Exception {
  Uuid id;               ///< fresh or derived (write-pipeline 4.1); unique per project
  TraceId trace;         ///< zero for none
  SpanId span;           ///< empty for none
  TraceId linked_trace;  ///< zero for none
  EntityKind trace_type = EntityKind::kNone;
  std::string_view stack_trace;  ///< final text, at most 1 MiB
  std::string_view hash;         ///< 16 lower-case hex digits
  std::uint16_t grouping_version = 0;
  std::int64_t recorded_ns = 0;
  AttributeRange attributes;
  std::string_view app_version;
  std::string_view server_name;
  bool is_message = false;
  Uuid session;                    ///< zero for none
  std::string_view recording_key;  ///< by which a recording names it; empty for none
};

}  // namespace traceway
