// Exception grouping under arbitrary text: every scanner equals its pattern, the result is stable.
#include "base/text.h"
#include "ingest/grouping.h"
#include "ingest/grouping_patterns.h"
#include "ingest/grouping_steps.h"

#include <re2/re2.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace traceway;

void require(bool claim) {
  if (!claim) std::abort();
}

/// RE2 reads code points, so only clean text is compared.
void require_equal_to_patterns(const std::string& text) {
  for (const ingest::GroupingPattern& reference : ingest::kGroupingPatterns) {
    for (const ingest::GroupingStep& step : ingest::grouping_steps()) {
      if (step.name != reference.step) continue;
      std::string expected = text;
      RE2::GlobalReplace(&expected, RE2(reference.pattern), reference.replacement);
      std::string out;
      require((step.run(text, out) ? out : text) == expected);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string normalized = ingest::normalize_stack(text, false);
  require(normalized.size() <= 8 * text.size() + 16);
  require(ingest::exception_hash(text, true).size() == 16);
  const std::string canonical = ingest::canonical_javascript_stack(text);
  require(canonical.size() <= 3 * text.size() + 64);
  if (size <= 4096 && text::is_clean_utf8(text)) require_equal_to_patterns(text);
  return 0;
}
