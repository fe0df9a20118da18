// A request as handlers see it: head, guard's findings, body.
#pragma once

#include "base/bytes.h"
#include "base/id.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace traceway::http {

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kDelete, kPatch, kOptions, kOther };

/// Header fields in arrival order; names compare without regard to case.
class Headers {
 public:
  void add(std::string name, std::string value) {
    all_.emplace_back(std::move(name), std::move(value));
  }

  /// The first field of that name; empty when absent.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;

  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

/// Everything known before the body is read.
struct RequestHead {
  Method method = Method::kOther;
  std::string method_name;  ///< as sent
  std::string target;       ///< as sent
  std::string path;         ///< percent-decoded, without the query
  std::string query;        ///< raw, without `?`
  Headers headers;
  std::string peer;              ///< the socket's address, no port
  std::int64_t received_ns = 0;  ///< server clock when the head was complete
  std::string request_id;        ///< 32 hex digits, the answer's X-Trace-Id
};

/// Who is asking, found by the route's guard.
struct Caller {
  std::int64_t user_id = 0;  ///< 0 = no user
  std::string email;
  Uuid project;      ///< zero = no project
  std::string role;  ///< in the project's organization: owner, admin, user, readonly
};

struct Request : RequestHead {
  Caller caller;
  /// Values of `:name` segments, in pattern order.
  std::vector<std::pair<std::string, std::string>> path_params;
  std::vector<std::pair<std::string, std::string>> query_params;  ///< percent-decoded
  std::vector<char>
      body;  ///< as sent (framing removed, content encoding kept); handlers may move it out
  ByteLease body_lease;  ///< the body's share of the memory budget; move it with the body

  [[nodiscard]] std::string_view body_text() const { return {body.data(), body.size()}; }

  [[nodiscard]] std::string_view path_param(std::string_view name) const;  ///< empty when absent
  [[nodiscard]] std::optional<std::string_view> query_param(std::string_view name) const;
};

/// Replaces %XX by its byte; a malformed escape stays as it is. In queries `+` is a blank.
[[nodiscard]] std::string percent_decode(std::string_view text, bool plus_is_blank);
/// The first value of `name` in a raw query, decoded. Guards use it: they see the head alone.
[[nodiscard]] std::optional<std::string> query_value(std::string_view raw_query,
                                                     std::string_view name);

}  // namespace traceway::http
