#include "base/crypto.h"

#include "base/id.h"
#include "base/log.h"

#include <sodium.h>

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace traceway::crypto {

namespace {

// OWASP's parameters for argon2id: 12 MiB, three passes, one lane.
constexpr unsigned long long kPasswordPasses = 3;
constexpr std::size_t kPasswordBytes = 12UL << 20U;

void ensure_ready() {
  static const bool is_ready = [] {
    if (sodium_init() >= 0) return true;
    log::error("base", "libsodium could not be initialised");
    std::abort();
  }();
  (void)is_ready;
}

/// At most two password hashes at once: each holds 12 MiB.
class HashSlot {
 public:
  HashSlot() {
    std::unique_lock lock(mutex());
    freed().wait(lock, [] { return used() < 2; });
    ++used();
  }

  ~HashSlot() {
    {
      const std::lock_guard lock(mutex());
      --used();
    }
    freed().notify_one();
  }

  HashSlot(const HashSlot&) = delete;
  HashSlot& operator=(const HashSlot&) = delete;

 private:
  static std::mutex& mutex() {
    static std::mutex one;  // guards used()
    return one;
  }

  static std::condition_variable& freed() {
    static std::condition_variable one;
    return one;
  }

  static int& used() {
    static int count = 0;
    return count;
  }
};

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::uint32_t rotate_left(std::uint32_t value, unsigned bits) {
  return value << bits | value >> (32U - bits);
}

/// One 64-byte block of SHA-1 (FIPS 180-4, 6.1.2).
void sha1_block(std::array<std::uint32_t, 5>& state, const unsigned char* block) {
  std::array<std::uint32_t, 80> w{};
  for (std::size_t i = 0; i < 16; ++i) {
    w[i] = static_cast<std::uint32_t>(block[4 * i]) << 24U |
           static_cast<std::uint32_t>(block[4 * i + 1]) << 16U |
           static_cast<std::uint32_t>(block[4 * i + 2]) << 8U | block[4 * i + 3];
  }
  for (std::size_t i = 16; i < 80; ++i) {
    w[i] = rotate_left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  }
  auto [a, b, c, d, e] = state;
  for (std::size_t i = 0; i < 80; ++i) {
    std::uint32_t mix = b ^ c ^ d;
    std::uint32_t constant = i < 40 ? 0x6ED9EBA1U : 0xCA62C1D6U;
    if (i < 20) {
      mix = (b & c) | (~b & d);
      constant = 0x5A827999U;
    } else if (i >= 40 && i < 60) {
      mix = (b & c) | (b & d) | (c & d);
      constant = 0x8F1BBCDCU;
    }
    const std::uint32_t next = rotate_left(a, 5) + mix + e + constant + w[i];
    e = d;
    d = c;
    c = rotate_left(b, 30);
    b = a;
    a = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

}  // namespace

std::string random_bytes(std::size_t count) {
  ensure_ready();
  std::string out(count, '\0');
  randombytes_buf(out.data(), out.size());
  return out;
}

std::string random_token() {
  return to_hex(uuid_v4());
}

std::string hash_password(std::string_view password) {
  ensure_ready();
  const HashSlot slot;
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), kPasswordPasses,
                            kPasswordBytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw std::bad_alloc();
  }
  return out.data();
}

bool verify_password(std::string_view hash, std::string_view password) {
  ensure_ready();
  const HashSlot slot;
  const std::string terminated(hash);
  return crypto_pwhash_str_verify(terminated.c_str(), password.data(), password.size()) == 0;
}

void verify_nothing(std::string_view password) {
  static const std::string hash = hash_password("no account has this password");
  (void)verify_password(hash, password);
}

std::array<std::uint8_t, 32> sha256(std::string_view data) {
  std::array<std::uint8_t, 32> out{};
  crypto_hash_sha256(out.data(), bytes_of(data), data.size());
  return out;
}

std::array<std::uint8_t, 20> sha1(std::string_view data) {
  std::array<std::uint32_t, 5> state = {0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U,
                                        0xC3D2E1F0U};
  const std::uint64_t bits = static_cast<std::uint64_t>(data.size()) * 8U;
  std::string_view rest = data;
  for (; rest.size() >= 64; rest.remove_prefix(64)) sha1_block(state, bytes_of(rest));
  std::array<unsigned char, 128> tail{};
  std::memcpy(tail.data(), rest.data(), rest.size());
  tail[rest.size()] = 0x80;
  const std::size_t blocks = rest.size() >= 56 ? 2 : 1;
  for (std::size_t i = 0; i < 8; ++i) {
    tail[blocks * 64 - 1 - i] = static_cast<unsigned char>(bits >> (8U * i));
  }
  for (std::size_t i = 0; i < blocks; ++i) sha1_block(state, tail.data() + 64 * i);
  std::array<std::uint8_t, 20> out{};
  for (std::size_t i = 0; i < 20; ++i) {
    out[i] = static_cast<std::uint8_t>(state[i / 4] >> (24U - 8U * (i % 4)));
  }
  return out;
}

std::array<std::uint8_t, 32> hmac_sha256(std::string_view key, std::string_view data) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes_of(key), key.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(data), data.size());
  std::array<std::uint8_t, 32> out{};
  crypto_auth_hmacsha256_final(&state, out.data());
  return out;
}

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace traceway::crypto
