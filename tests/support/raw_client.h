// A plain socket that sends bytes as they are and reads answers one by one, with timeouts.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace traceway::test {

/// One answer as it came off the socket. Status 0: the connection ended or the time passed first.
struct RawAnswer {
  int status = 0;
  std::string head;  ///< status line and field lines, each with CRLF
  std::string body;  ///< chunked framing already taken off

  /// The value of a field, name in any case; empty when absent.
  [[nodiscard]] std::string field(std::string_view name) const;
};

/// One connection. Not thread-safe.
class RawClient {
 public:
  static constexpr std::chrono::milliseconds kPatience{20'000};

  /// address: "127.0.0.1:43121".
  explicit RawClient(std::string_view address);
  RawClient(RawClient&& other) noexcept;
  RawClient& operator=(RawClient&& other) noexcept;
  ~RawClient();

  [[nodiscard]] bool is_connected() const { return fd_ >= 0; }

  /// False when the peer is gone.
  bool send(std::string_view bytes);
  /// has_body: false after HEAD. `within` bounds each wait for bytes, not the sum.
  [[nodiscard]] RawAnswer read_answer(bool has_body = true,
                                      std::chrono::milliseconds within = kPatience);
  /// True when the server closes before `within` passes, whatever it sends until then.
  [[nodiscard]] bool is_closed_by_peer(std::chrono::milliseconds within = kPatience);

 private:
  bool read_more(std::chrono::milliseconds within);
  bool take(std::size_t bytes, std::string& to, std::chrono::milliseconds within);
  bool take_line(std::string& to, std::chrono::milliseconds within);
  bool take_chunks(std::string& to, std::chrono::milliseconds within);
  bool take_until_closed(std::string& to, std::chrono::milliseconds within);

  int fd_ = -1;
  std::string read_;
  bool has_ended_ = false;
};

}  // namespace traceway::test
