#include "logs/log_filter.h"

#include "base/text.h"

#include <array>

namespace traceway::logs {

namespace {

constexpr std::size_t kMaxAttributeFilters = 20;
constexpr std::int64_t kMaxSeverity = 255;
constexpr std::int64_t kDayNs = 24LL * 3600 * 1'000'000'000;
constexpr std::string_view kNeedsFilter =
    "Body search over more than 24 hours requires a filter (service, severity, trace, or "
    "attribute). Narrow the time range or add a filter to continue.";

/// The store's name for a map; empty for an unknown scope.
std::string_view column_of(std::string_view scope) {
  if (scope == "resource") return "resource_attributes.";
  if (scope == "scope") return "scope_attributes.";
  return scope == "log" ? "log_attributes." : "";
}

Result<void> check(const LogsRequest& asked) {
  if (asked.min_severity < 0 || asked.min_severity > kMaxSeverity)
    return fail(ErrorCode::kMalformed, "Invalid request body", "minSeverity");
  if (!asked.search_mode.empty() && asked.search_mode != "words" &&
      asked.search_mode != "substring")
    return fail(ErrorCode::kMalformed, "searchMode must be words or substring");
  if (asked.attribute_filters.size() > kMaxAttributeFilters)
    return fail(ErrorCode::kMalformed, "At most 20 attribute filters are allowed");
  for (const AttributeFilter& filter : asked.attribute_filters) {
    if (column_of(filter.scope).empty())
      return fail(ErrorCode::kMalformed, "Attribute filter scope must be resource, scope or log");
  }
  if (!asked.distributed_trace_id.empty() && !parse_uuid(asked.distributed_trace_id))
    return fail(ErrorCode::kMalformed, "invalid distributedTraceId");
  return {};
}

bool is_too_wide(const LogsRequest& asked, const TimeRange& range) {
  const bool has_selector = asked.min_severity > 0 || !asked.service_name.empty() ||
                            !asked.trace_id.empty() || !asked.distributed_trace_id.empty() ||
                            !asked.attribute_filters.empty();
  if (!asked.is_body_search() || has_selector || range.from_ns > range.to_ns) return false;
  return static_cast<std::uint64_t>(range.to_ns) - static_cast<std::uint64_t>(range.from_ns) >
         static_cast<std::uint64_t>(kDayNs);
}

Predicate equals(std::string_view column, Value value) {
  return {std::string(column), Op::kEqual, {std::move(value)}};
}

/// Nothing is `in` an empty set.
Predicate nothing() {
  return {"severity_number", Op::kIn, {}};
}

Predicate of_trace(std::string_view text) {
  const auto id = parse_uuid(text::trim(text));
  return id && !id->is_zero() ? equals("trace_id", to_value(*id)) : nothing();
}

Predicate of_span(std::string_view text) {
  const auto bytes = text::from_hex(text::trim(text));
  return bytes && bytes->size() == 8 ? equals("span_id", Blob{*bytes}) : nothing();
}

Predicate of_search(const LogsRequest& asked) {
  if (asked.search_type == "trace") return of_trace(asked.search);
  if (asked.search_type == "service") return {"service_name", Op::kContains, {asked.search}};
  return {"body", asked.search_mode == "words" ? Op::kWords : Op::kContains, {asked.search}};
}

}  // namespace

Result<LogsRequest> parse_logs_request(std::string_view body) {
  auto asked = from_json<LogsRequest>(body);
  if (!asked) return asked;
  if (auto ok = check(*asked); !ok) return fail(ok);
  return asked;
}

Result<Filter> filter_of(const LogsRequest& asked, const Uuid& project, std::int64_t now_ns) {
  Filter filter{project, api::range_of(asked.from_date, asked.to_date, now_ns), {}};
  if (is_too_wide(asked, filter.range)) return fail(ErrorCode::kInvalid, std::string(kNeedsFilter));
  auto& all = filter.predicates;
  if (asked.min_severity > 0)
    all.push_back({"severity_number", Op::kGreaterEqual, {asked.min_severity}});
  if (!asked.service_name.empty()) all.push_back(equals("service_name", asked.service_name));
  if (!asked.scope_name.empty()) all.push_back(equals("scope_name", asked.scope_name));
  if (!asked.trace_id.empty()) all.push_back(of_trace(asked.trace_id));
  if (!asked.distributed_trace_id.empty()) all.push_back(of_trace(asked.distributed_trace_id));
  if (!asked.span_id.empty()) all.push_back(of_span(asked.span_id));
  if (const auto hidden = parse_uuid(text::trim(asked.exclude_trace_id)))
    all.push_back({"trace_id", Op::kNotEqual, {to_value(*hidden)}});
  for (const AttributeFilter& one : asked.attribute_filters)
    all.push_back(equals(std::string(column_of(one.scope)) + one.key, one.value));
  if (!asked.search.empty()) all.push_back(of_search(asked));
  return filter;
}

}  // namespace traceway::logs
