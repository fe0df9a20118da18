// One request or task from its first span to its last, through every service it reaches.
#pragma once

#include "demo/activity.h"
#include "demo/company.h"
#include "demo/random.h"
#include "demo/timeline.h"

#include <cstdint>
#include <string>

namespace traceway::demo {

/// Who asks, and with what.
struct Visitor {
  std::string user = {};  ///< empty: not signed in
  std::string address;
  std::string_view user_agent;
};

/// A visitor asks for a route of the gateway or the back office.
[[nodiscard]] Activity tell_request(const Timeline& timeline, Random& random, const Route& route,
                                    const Visitor& visitor, std::int64_t start_ns);
/// A scanner asks the gateway for a path it does not have.
[[nodiscard]] Activity tell_scan(const Timeline& timeline, Random& random, const Visitor& visitor,
                                 std::int64_t start_ns);
/// A task runs because its time has come.
[[nodiscard]] Activity tell_task(const Timeline& timeline, Random& random, const Task& task,
                                 std::int64_t start_ns);

}  // namespace traceway::demo
