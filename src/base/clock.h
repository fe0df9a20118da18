// Where time comes from, so that tests can set it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace traceway {

/// Wall time in nanoseconds since 1970 UTC. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::int64_t now_ns() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_ns() const override {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

/// RFC 3339, UTC, `Z`, 0–9 fraction digits with trailing zeros trimmed:
/// `2026-02-03T10:20:30.123456Z`.
[[nodiscard]] std::string to_rfc3339(std::int64_t time_ns);
/// Reads RFC 3339 (also a blank for `T`, lower-case `t`/`z`, any offset, 0–9 fraction digits) to ns
/// since 1970 UTC. Empty on anything else; times outside what int64 nanoseconds hold (1677–2262)
/// clamp to that range.
[[nodiscard]] std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace traceway
