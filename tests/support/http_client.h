// Requests with a method, fields and a body over one keep-alive connection that reconnects when
// needed.
#pragma once

#include "base/json.h"
#include "support/raw_client.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace traceway::test {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method = "GET";
  std::string target = "/";  ///< path and query, already encoded
  Fields fields = {};
  std::string body = {};
};

/// The request as bytes, with Host and, when there is a body or the method wants one,
/// Content-Length.
[[nodiscard]] std::string to_bytes(const Request& request);

/// `a b/é` -> `a%20b%2F%C3%A9`.
[[nodiscard]] std::string percent_encoded(std::string_view text);

/// Not thread-safe: one per thread.
class HttpClient {
 public:
  explicit HttpClient(std::string address) : address_(std::move(address)) {}

  /// Sent with `Authorization: Bearer` from now on; empty: none.
  void set_bearer(std::string token) { bearer_ = std::move(token); }

  [[nodiscard]] const std::string& bearer() const { return bearer_; }

  /// A repeat on a fresh connection when a kept one turns out to be closed.
  RawAnswer send(Request request);
  RawAnswer get(std::string_view target);
  /// Content-Type: application/json.
  RawAnswer post_json(std::string_view target, std::string_view body);

 private:
  std::string address_;
  std::string bearer_;
  std::optional<RawClient> connection_;
};

/// The body as JSON; an absent value when it is none.
[[nodiscard]] json::Value json_of(const RawAnswer& answer);

}  // namespace traceway::test
