// The company: a web shop with seven programs. Tables only; what happens in them is story.h.
#pragma once

#include "demo/activity.h"
#include "demo/failures.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace traceway::demo {

/// One program and how it reports.
struct Service {
  std::string_view name;
  std::string_view language;  ///< telemetry.sdk.language
  std::string_view scope;     ///< the instrumentation that made its spans
  std::string_view database_system;
  std::string_view database;
  std::span<const std::string_view> hosts;
  std::size_t project;  ///< index into projects()
  bool is_native;       ///< reports to /api/report
};

/// A project of the dashboard that some services report to.
struct DemoProject {
  std::string_view name;
  std::string_view framework;
};

enum class StepKind : std::uint8_t {
  kQuery,     ///< a statement to the service's database
  kCache,     ///< Redis
  kCall,      ///< another route of the company
  kProvider,  ///< the payment provider's API
  kRender,    ///< work of its own that deserves a span
  kPublish    ///< a message; the task of that name handles it later
};

/// What a route or task does, in order.
struct Step {
  StepKind kind;
  std::string_view what;  ///< statement, key, "METHOD /route" of a route, span name, or task name
  double median_ms = 0;   ///< a call takes what its route takes
  double probability = 1;
};

/// An endpoint of one service.
struct Route {
  ServiceId service;
  std::string_view name;  ///< "METHOD /route/:id"
  std::string_view path;  ///< the same with `#` where a number goes; empty: as the route
  double own_ms;          ///< median of what it does besides its steps
  std::span<const Step> steps;
  FailureKind failure = FailureKind::kNone;
  double failure_rate = 0;
};

/// Work in the background: on a schedule, or for a message.
struct Task {
  ServiceId service;
  std::string_view name;
  std::int64_t every_minutes;  ///< 0: whenever its message arrives
  std::int64_t at_minute;      ///< of the period
  double own_ms;
  std::span<const Step> steps;
  FailureKind failure = FailureKind::kNone;
  double failure_rate = 0;
};

[[nodiscard]] const Service& service_of(ServiceId id);
[[nodiscard]] std::span<const DemoProject> projects();
/// What shoppers ask for, the most wanted first.
[[nodiscard]] std::span<const Route> shop_routes();
/// What staff ask for, the most wanted first.
[[nodiscard]] std::span<const Route> staff_routes();
[[nodiscard]] std::span<const Task> tasks();
/// Of all routes, called ones included; null when there is none of that name.
[[nodiscard]] const Route* find_route(std::string_view name);
/// Null when there is none of that name.
[[nodiscard]] const Task* find_task(std::string_view name);
/// User agents, the most common first.
[[nodiscard]] std::span<const std::string_view> browsers();
/// Paths that scanners try and no route serves.
[[nodiscard]] std::span<const std::string_view> scanned_paths();

}  // namespace traceway::demo
