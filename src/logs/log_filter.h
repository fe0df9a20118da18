// What a question about logs says, read from JSON and turned into a filter. Source: dashboard-api
// 13.
#pragma once

#include "api/list_request.h"
#include "base/json.h"
#include "base/result.h"
#include "storage/telemetry_db.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::logs {

struct AttributeFilter {
  std::string scope;  ///< resource, scope or log
  std::string key;
  std::string value;
};

struct LogsRequest {
  std::optional<Timestamp> from_date;
  std::optional<Timestamp> to_date;
  std::string order_by;
  std::string sort_direction;
  std::string search;
  std::string search_type;  ///< body (the default), service or trace
  std::string search_mode;  ///< of a body search: substring (the default) or words
  std::int64_t min_severity = 0;
  std::string service_name;
  std::string scope_name;
  std::string trace_id;
  std::string span_id;
  std::string distributed_trace_id;
  std::string exclude_trace_id;
  std::vector<AttributeFilter> attribute_filters;
  std::optional<api::Pagination> pagination;

  [[nodiscard]] bool is_body_search() const {
    return !search.empty() && search_type != "service" && search_type != "trace";
  }
};

/// Reads a body. Errors: kMalformed for broken JSON, values out of range, unknown scopes and modes,
/// more than 20 attribute filters.
[[nodiscard]] Result<LogsRequest> parse_logs_request(std::string_view body);

/// The question as the store understands it. An id that is none finds nothing. Errors: kInvalid for
/// a body search over more than 24 hours that nothing else narrows.
[[nodiscard]] Result<Filter> filter_of(const LogsRequest& asked, const Uuid& project,
                                       std::int64_t now_ns);

}  // namespace traceway::logs

namespace traceway {

template <>
inline constexpr auto fields<logs::AttributeFilter> = std::tuple{
    field("scope", &logs::AttributeFilter::scope), field("key", &logs::AttributeFilter::key),
    field("value", &logs::AttributeFilter::value)};

template <>
inline constexpr auto fields<logs::LogsRequest> =
    std::tuple{field("from_date", &logs::LogsRequest::from_date),
               field("to_date", &logs::LogsRequest::to_date),
               field("order_by", &logs::LogsRequest::order_by),
               field("sort_direction", &logs::LogsRequest::sort_direction),
               field("search", &logs::LogsRequest::search),
               field("search_type", &logs::LogsRequest::search_type),
               field("search_mode", &logs::LogsRequest::search_mode),
               field("min_severity", &logs::LogsRequest::min_severity),
               field("service_name", &logs::LogsRequest::service_name),
               field("scope_name", &logs::LogsRequest::scope_name),
               field("trace_id", &logs::LogsRequest::trace_id),
               field("span_id", &logs::LogsRequest::span_id),
               field("distributed_trace_id", &logs::LogsRequest::distributed_trace_id),
               field("exclude_trace_id", &logs::LogsRequest::exclude_trace_id),
               field("attribute_filters", &logs::LogsRequest::attribute_filters),
               field("pagination", &logs::LogsRequest::pagination)};

}  // namespace traceway
