// Request lines through cpp-httplib, which no other part of the server knows.
#pragma once

#include "base/result.h"
#include "http/framing.h"
#include "http/request.h"

#include <memory>

namespace traceway::http {

/// Turns framed heads into requests. One per thread.
class Server {
 public:
  Server();
  ~Server();

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Fills method, target, path, query, query_params and headers of `request` from a framer that
  /// reported kHead. Errors: kMalformed for a target that cannot be read.
  [[nodiscard]] Result<void> read_head(const Framer& framed, Request& request);

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace traceway::http
