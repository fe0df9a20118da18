// The request and answer shapes that every paged telemetry route shares (dashboard-api 1.5, 1.6).
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "http/response.h"
#include "storage/telemetry_db.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace traceway::api {

struct Pagination {
  std::int64_t page = 0;
  std::int64_t page_size = 0;

  [[nodiscard]] std::int64_t offset() const { return (page - 1) * page_size; }
};

/// The members that list requests have in common; routes embed what else they read.
struct ListRequest {
  std::optional<Timestamp> from_date;
  std::optional<Timestamp> to_date;
  std::string order_by;
  std::string sort_direction;
  std::string search;
  std::string root_filter;
  std::string method_filter;
  std::optional<Pagination> pagination;

  [[nodiscard]] bool is_ascending() const { return sort_direction == "asc"; }
};

/// What the envelope says beside `data`.
struct PageInfo {
  std::int64_t page = 0;
  std::int64_t page_size = 0;
  std::int64_t total = 0;
  std::int64_t total_pages = 0;
};

/// Both bounds as the store wants them: absent `from` is the beginning of time, absent `to` is now;
/// year 1 counts as absent.
[[nodiscard]] inline TimeRange range_of(const std::optional<Timestamp>& from,
                                        const std::optional<Timestamp>& to, std::int64_t now_ns) {
  const bool has_end = to && to->ns != INT64_MIN;
  return {from ? from->ns : INT64_MIN, has_end ? to->ns : now_ns};
}

[[nodiscard]] inline TimeRange range_of(const ListRequest& asked, std::int64_t now_ns) {
  return range_of(asked.from_date, asked.to_date, now_ns);
}

/// Keeps the rows of one page of a list that is complete in memory.
template <class T>
void keep_page(std::vector<T>& rows, const Pagination& page) {
  const auto size = static_cast<std::int64_t>(rows.size());
  const std::int64_t first = std::min(page.offset(), size);
  const std::int64_t last = std::min(first + page.page_size, size);
  rows.erase(rows.begin() + last, rows.end());
  rows.erase(rows.begin(), rows.begin() + first);
}

[[nodiscard]] inline PageInfo page_info(const Pagination& asked, std::int64_t total) {
  return {asked.page, asked.page_size, total, (total + asked.page_size - 1) / asked.page_size};
}

}  // namespace traceway::api

namespace traceway {

template <>
inline constexpr auto fields<api::Pagination> = std::tuple{
    field("page", &api::Pagination::page), field("page_size", &api::Pagination::page_size)};

template <>
inline constexpr auto fields<api::ListRequest> =
    std::tuple{field("from_date", &api::ListRequest::from_date),
               field("to_date", &api::ListRequest::to_date),
               field("order_by", &api::ListRequest::order_by),
               field("sort_direction", &api::ListRequest::sort_direction),
               field("search", &api::ListRequest::search),
               field("root_filter", &api::ListRequest::root_filter),
               field("method_filter", &api::ListRequest::method_filter),
               field("pagination", &api::ListRequest::pagination)};

template <>
inline constexpr auto fields<api::PageInfo> = std::tuple{
    field("page", &api::PageInfo::page), field("page_size", &api::PageInfo::page_size),
    field("total", &api::PageInfo::total), field("total_pages", &api::PageInfo::total_pages)};

namespace api {

/// Errors: kMalformed when absent or out of 1.., 1..100.
[[nodiscard]] inline Result<void> check_pagination(const std::optional<Pagination>& asked) {
  // The bound on page keeps offset() inside 64 bits; nobody leafs further.
  if (!asked || asked->page < 1 || asked->page > 1'000'000'000 || asked->page_size < 1 ||
      asked->page_size > 100) {
    return fail(ErrorCode::kMalformed, "Invalid request body", "pagination");
  }
  return {};
}

/// Reads a paged request. Errors: kMalformed for broken JSON and for pagination that is absent or
/// out of 1.., 1..100.
[[nodiscard]] inline Result<ListRequest> parse_list_request(std::string_view body) {
  auto request = from_json<ListRequest>(body);
  if (!request) return request;
  if (auto ok = check_pagination(request->pagination); !ok) return fail(ok);
  return request;
}

/// The envelope of a paged route: rows as structs plus the page's place in the whole, a PageInfo or
/// what begins like one.
template <HasFields T, HasFields Info>
[[nodiscard]] http::Response page_response(const std::vector<T>& rows, const Info& info) {
  json::Writer out;
  out.begin_object().key("data");
  json::write(out, rows);
  out.key("pagination");
  json::write(out, info);
  out.end_object();
  return http::json_response(out.take());
}

}  // namespace api
}  // namespace traceway
