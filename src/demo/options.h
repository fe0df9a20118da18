// What `traceway demo` is told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace traceway::demo {

struct Options {
  std::string url = "http://127.0.0.1:8082";
  std::vector<std::string> tokens;  ///< of projects(), in their order; the last serves the rest
  std::string email;
  std::string password;
  std::optional<double> days;           ///< backfill; 1 when neither days nor rate is given
  std::optional<double> rate;           ///< requests per second afterwards; 0 stops
  std::optional<std::int64_t> seconds;  ///< of --rate; until interrupted when absent
  double scale = 1;                     ///< of the backfill's traffic
  std::optional<std::uint64_t> seed;    ///< drawn when absent
};

}  // namespace traceway::demo
