// Listening sockets and the descriptor limit: what the operating system must grant before the front
// can run.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace traceway::http {

struct Listener {
  int fd = -1;
  std::string address;  ///< "127.0.0.1:43121", the port resolved
};

/// Binds "address:port", "[v6]:port" or ":port" (all addresses) and listens; port 0 picks one.
/// Non-blocking; SO_REUSEADDR but never SO_REUSEPORT, with which two servers would share a port
/// unnoticed. Errors: kUnavailable with the address and the reason.
[[nodiscard]] Result<Listener> open_listener(std::string_view address);

/// "127.0.0.1" or "::1", without port.
[[nodiscard]] std::string host_of(const sockaddr_storage& address);

/// Raises RLIMIT_NOFILE to its hard limit; the limit now in force.
std::size_t raise_descriptor_limit();

}  // namespace traceway::http
