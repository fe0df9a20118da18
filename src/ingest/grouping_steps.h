// The steps that take from an exception text what differs between occurrences of one issue.
// Hand-written scanners, each equal to its pattern in ingest 5.2 and linear in the text.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace traceway::ingest {

struct GroupingStep {
  std::string_view name;
  /// Writes the text with all non-overlapping matches replaced to `out` and returns true; returns
  /// false, `out` unspecified, when nothing matched. `text` must not point into `out`.
  bool (*run)(std::string_view text, std::string& out);
  /// Not among the steps of the original implementation; `baseHash` of the vectors is without it.
  bool is_addition = false;
};

/// Steps 1 to 20 in order; trimming comes after them.
[[nodiscard]] std::span<const GroupingStep> grouping_steps();

/// Without Unicode white space at both ends. A view into the argument.
[[nodiscard]] std::string_view trim_unicode(std::string_view text);

}  // namespace traceway::ingest
