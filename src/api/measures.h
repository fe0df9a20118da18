// Short forms of the measures and predicates that several slices ask for.
#pragma once

#include "storage/telemetry_db.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace traceway::api {

inline constexpr std::int64_t kNsPerMs = 1'000'000;

[[nodiscard]] inline double to_ms(double ns) {
  return ns / static_cast<double>(kNsPerMs);
}

[[nodiscard]] inline Predicate where(std::string_view column, Op op, std::int64_t value) {
  return {std::string(column), op, {Value(value)}};
}

[[nodiscard]] inline Measure count_of_rows() {
  return {MeasureKind::kCount, {}, 0, {}, "count"};
}

/// Of the column `duration`, in ns.
[[nodiscard]] inline Measure duration_quantile(double p, std::string_view as) {
  return {MeasureKind::kQuantile, "duration", p, {}, std::string(as)};
}

[[nodiscard]] inline Measure count_where(std::vector<Predicate> predicates, std::string_view as) {
  return {MeasureKind::kCountWhere, {}, 0, std::move(predicates), std::string(as)};
}

/// Rows of the endpoint family that failed. Source: dashboard-api 10.8.
[[nodiscard]] inline Measure server_errors() {
  return count_where({where("status_code", Op::kGreaterEqual, 500)}, "server_errors");
}

/// The parts of apdex over the endpoint family: `satisfied` (up to 500 ms) and `tolerable` (up to
/// 2 s), both without failures. Source: dashboard-api 10.4.
[[nodiscard]] inline std::vector<Measure> apdex_counts() {
  const Predicate has_not_failed = where("status_code", Op::kLess, 500);
  return {
      count_where({where("duration", Op::kLessEqual, 500 * kNsPerMs), has_not_failed}, "satisfied"),
      count_where({where("duration", Op::kGreater, 500 * kNsPerMs),
                   where("duration", Op::kLessEqual, 2000 * kNsPerMs), has_not_failed},
                  "tolerable")};
}

}  // namespace traceway::api
