// One client's socket and where its current request stands. Small while idle: buffers belong to
// active ones only.
#pragma once

#include "http/exchange.h"
#include "http/framing.h"
#include "http/response.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace traceway::http {

using SteadyTime = std::chrono::steady_clock::time_point;

/// The life of a connection; requests go round kIdle -> kHead -> kBody -> kWaiting -> kWorking ->
/// kWriting -> kIdle.
enum class Phase : std::uint8_t {
  kClosed,     ///< the slot is free
  kIdle,       ///< no byte of a request yet
  kHead,       ///< a head arrives
  kBody,       ///< a body arrives
  kWaiting,    ///< complete, an ingest request in the line for a slot
  kWorking,    ///< a worker has it, or its answer comes later
  kWriting,    ///< the answer leaves
  kLingering,  ///< answered for good; what the client still sends is thrown away so that it reads
               ///< the answer, not a reset
};

/// What a connection needs only while a request is on its way. Pooled by the front.
struct Active {
  explicit Active(const FramingLimits& limits) : framer(limits) {}

  Framer framer;
  std::string pending;  ///< read ahead, not framed yet
  SteadyTime body_started{};
  // The answer on its way out: `head`, then `payload` (a view into `response` or into the
  // executable).
  std::string head;
  Response response;
  std::string_view payload;
  std::size_t sent = 0;
  std::size_t drained = 0;        ///< thrown away while lingering
  std::size_t counted_bytes = 0;  ///< its share of the front's outgoing memory
};

enum class Io : std::uint8_t { kProgress, kBlocked, kEnded };

/// A socket and its state. The front thread owns it.
struct Connection {
  int fd = -1;
  std::uint32_t slot = 0;
  std::uint32_t generation =
      0;  ///< counts the users of the slot, so that news for an earlier one is told apart
  Phase phase = Phase::kClosed;
  bool is_readable = false;  ///< edge-triggered: true until a read finds nothing
  bool is_writable = true;
  bool has_ended = false;     ///< the peer has shut its side
  bool closes = false;        ///< after the answer
  bool lingers = false;       ///< close in stages: the client may still be sending
  bool is_scheduled = false;  ///< in the list of connections that have more to do
  std::uint32_t idle_before =
      0;  ///< neighbours in the list of idle connections, slot + 1; 0 = none
  std::uint32_t idle_after = 0;
  SteadyTime deadline = SteadyTime::max();
  SteadyTime timer_at = SteadyTime::max();  ///< of the entry in Deadlines that is looked at
  std::string peer;
  std::unique_ptr<Active> active;
  std::shared_ptr<Exchange> exchange;

  [[nodiscard]] std::uint64_t id() const {
    return static_cast<std::uint64_t>(generation) << 32U | slot;
  }

  [[nodiscard]] bool is_reading() const {
    return phase == Phase::kIdle || phase == Phase::kHead || phase == Phase::kBody;
  }

  /// Still has an answer to get out.
  [[nodiscard]] bool is_answering() const {
    return phase == Phase::kWaiting || phase == Phase::kWorking || phase == Phase::kWriting;
  }

  /// One read into `buffer`; `got` bytes arrived when kProgress.
  [[nodiscard]] Io read(std::span<char> buffer, std::size_t& got);
  /// Writes what the socket takes of the answer; kEnded when the peer is gone. kProgress also when
  /// all is out.
  [[nodiscard]] Io write();

  [[nodiscard]] bool is_all_written() const {
    return active->sent == active->head.size() + active->payload.size();
  }
};

}  // namespace traceway::http
