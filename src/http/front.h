// The listener: accepts, frames requests, hands complete ones to workers, writes answers. Slow
// clients cost a descriptor.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/router.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace traceway::http {

/// Bounds of ingest 1.4–1.5 and architecture 10.
struct FrontOptions {
  std::vector<std::string> listen = {"127.0.0.1:8082"};  ///< address:port; port 0 picks one
  int workers = 8;
  int ingest_slots = 6;
  std::chrono::milliseconds ingest_wait{5000};
  std::size_t receive_bytes = 64U << 20U;  ///< memory for arriving bodies; beyond it they spool
  std::size_t spool_after = 1U << 20U;     ///< bytes of one body kept in memory
  std::string spool_dir;                   ///< emptied at start
  std::size_t max_head_bytes = 64U << 10U;
  std::size_t max_header_lines = 100;
  std::size_t max_line_bytes = 8000;
  std::chrono::milliseconds head_timeout{20'000};
  std::chrono::milliseconds silence_timeout{20'000};
  std::chrono::milliseconds body_timeout{120'000};
  std::chrono::milliseconds idle_timeout{60'000};
  std::size_t min_body_rate = 1024;  ///< bytes/s after a grace of 20 s
};

/// Counters for diagnostics; monotonic.
struct FrontStats {
  std::uint64_t connections_open = 0;
  std::uint64_t requests_total = 0;
  std::uint64_t refused_total = 0;
};

/// Owns the sockets, the front thread and the workers. start() binds and listens; stop_accepting()
/// closes the listener and refuses new requests on open connections (503); stop() joins. Methods
/// other than start/stop are thread-safe.
class Front {
 public:
  Front(FrontOptions options, const Router& router, ByteBudget& budget, const Clock& clock);
  ~Front();

  /// Errors: kUnavailable with the address and the reason (port in use, no permission).
  [[nodiscard]] Result<void> start();
  /// "127.0.0.1:43121" per listener, ports resolved.
  [[nodiscard]] std::vector<std::string> addresses() const;
  void stop_accepting();
  /// Waits until every running request has been answered or `deadline` passes, then closes
  /// everything and joins.
  void stop(std::chrono::milliseconds deadline);
  [[nodiscard]] FrontStats stats() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace traceway::http
