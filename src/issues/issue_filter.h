// Which occurrences are meant: the filters that the issue list and the events of one issue share.
#pragma once

#include "api/field_filter.h"
#include "base/json.h"
#include "base/result.h"
#include "storage/telemetry_db.h"

#include <optional>
#include <string>
#include <vector>

namespace traceway::issues {

/// `key` is type, message, file, function, server, version, route, hash or the key of an attribute.
/// message, file and function are substrings (ASCII case folded), the others whole values.
using api::FieldFilter;
using api::kMaxFilters;

/// Filters in the form that the statements ask for.
struct OccurrenceFilter {
  std::optional<std::string> type;
  std::optional<std::string> hash;
  std::optional<std::string> server;
  std::optional<std::string> version;
  std::optional<std::string> route;  ///< as far as the run was reported with the exception
  std::vector<FieldFilter> attributes;
  std::optional<std::vector<std::int64_t>> texts;  ///< ids of the stack texts that fit
  bool is_contradiction = false;                   ///< two values for one column: nothing fits

  /// server, version, route, attributes, text_ids: those of a row.
  void add_to(Params& params) const;
};

/// NULL for a column that nobody asked for.
[[nodiscard]] inline Value or_null(const std::optional<std::string>& text) {
  return text ? Value(*text) : Value(std::monostate{});
}

/// Joins the filters by *and*. message, file and function are decided here: every distinct stack
/// text that contains the value is read once. Errors: kInvalid for more than kMaxFilters, for a
/// filter without a key and for one that too many texts fit; kUnavailable past the deadline.
[[nodiscard]] Result<OccurrenceFilter> occurrence_filter(TelemetryDb& telemetry,
                                                         const Uuid& project,
                                                         const std::vector<FieldFilter>& filters);

}  // namespace traceway::issues
