// Passwords, signatures, digests, random bytes. The only file that knows libsodium.
#pragma once

#include "base/result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace traceway::crypto {

/// Cryptographically secure. Any thread.
[[nodiscard]] std::string random_bytes(std::size_t count);
/// 32 lower-case hex digits of a random UUID v4: the form of project tokens.
[[nodiscard]] std::string random_token();

/// argon2id with a self-describing hash string. Takes tens of milliseconds and 12 MiB by design
/// (OWASP parameters); at most two run at once, further callers wait, so that a burst of logins
/// cannot grow the process.
[[nodiscard]] std::string hash_password(std::string_view password);
/// Constant time in the password. False for a hash it cannot read.
[[nodiscard]] bool verify_password(std::string_view hash, std::string_view password);
/// Spends the time of one verification; for unknown accounts.
void verify_nothing(std::string_view password);

[[nodiscard]] std::array<std::uint8_t, 32> sha256(std::string_view data);
/// SHA-1, for UUID v5 only (libsodium has none; 40 lines of our own).
[[nodiscard]] std::array<std::uint8_t, 20> sha1(std::string_view data);
[[nodiscard]] std::array<std::uint8_t, 32> hmac_sha256(std::string_view key, std::string_view data);
/// Constant time for equal lengths.
[[nodiscard]] bool equal(std::string_view a, std::string_view b);

}  // namespace traceway::crypto
