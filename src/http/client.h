// A client of one server over one kept connection: how commands speak to a Traceway server.
#pragma once

#include "base/result.h"

#include <memory>
#include <string>
#include <string_view>

namespace traceway::http {

/// One request to send. Views must outlive the call.
struct ClientRequest {
  bool is_post = true;      ///< else GET, and the body is not sent
  std::string_view target;  ///< path and query, already encoded
  std::string_view bearer = {};
  std::string_view content_type = "application/json";
  std::string_view content_encoding = {};
  std::string_view body = {};
};

struct ClientAnswer {
  int status = 0;
  int retry_after_s = 0;  ///< seconds of Retry-After; 0 when absent or a date
  std::string body;
};

/// Connects with the first request and again whenever the connection was lost. Not thread-safe:
/// one per thread. The process must ignore SIGPIPE.
class Client {
 public:
  /// url: `http[s]://host[:port][/path]`; the path is put in front of every target.
  /// Errors: kInvalid for anything else.
  [[nodiscard]] static Result<Client> open(const std::string& url);

  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  /// Waits at most 5 s for the connection and 30 s for the answer.
  /// Errors: kUnavailable when there was no whole answer; the server may have acted all the same.
  [[nodiscard]] Result<ClientAnswer> send(const ClientRequest& request);

 private:
  struct Connection;
  explicit Client(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace traceway::http
