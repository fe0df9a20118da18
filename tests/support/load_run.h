// Clients that send a load over real sockets, and what came of it.
#pragma once

#include "support/load.h"
#include "support/test_server.h"

#include <chrono>
#include <cstdint>

namespace traceway::test {

struct LoadRun {
  Protocol protocol = Protocol::kTracesProtobuf;
  std::size_t records = 512;  ///< of each request
  int connections = 16;
  bool is_gzip = false;
  /// Waits 20 ms after a refusal, as a client would at least; false: sends again at once.
  bool backs_off = true;
  double requests_per_s = 0;  ///< of all connections together; 0: as fast as answers come
};

struct LoadResult {
  std::uint64_t acknowledged = 0;  ///< records
  std::uint64_t refused = 0;       ///< requests answered 429 or 503
  std::uint64_t failed = 0;        ///< requests answered anything else, or not at all
  double seconds = 0;

  [[nodiscard]] double per_second() const {
    return seconds > 0 ? static_cast<double>(acknowledged) / seconds : 0;
  }
};

/// Sends until the time is over. Requests that were refused are sent again. `first` numbers the
/// bodies, so that runs on one server do not repeat each other's.
[[nodiscard]] LoadResult send_load(const TestServer& server, const Account& account,
                                   const LoadRun& run, std::chrono::duration<double> time,
                                   std::uint32_t first = 0);

}  // namespace traceway::test
