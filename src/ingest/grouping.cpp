#include "ingest/grouping.h"

#include "base/crypto.h"
#include "base/text.h"
#include "ingest/grouping_steps.h"

namespace traceway::ingest {

std::string normalize_stack(std::string_view stack_trace, bool is_message) {
  if (is_message) return std::string(trim_unicode(stack_trace));
  std::string current(stack_trace);
  std::string next;
  for (const GroupingStep& step : grouping_steps()) {
    if (step.run(current, next)) current.swap(next);
  }
  return std::string(trim_unicode(current));
}

std::string exception_hash(std::string_view stack_trace, bool is_message) {
  const auto digest = crypto::sha256(normalize_stack(stack_trace, is_message));
  return text::to_hex({reinterpret_cast<const char*>(digest.data()), 8});
}

}  // namespace traceway::ingest
