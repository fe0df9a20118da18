#include "base/crypto.h"

#include "base/text.h"

#include <doctest/doctest.h>

namespace traceway {

namespace {

template <std::size_t N>
std::string hex(const std::array<std::uint8_t, N>& bytes) {
  return text::to_hex({reinterpret_cast<const char*>(bytes.data()), N});
}

}  // namespace

TEST_CASE("crypto: digests equal the published test vectors") {
  CHECK(hex(crypto::sha1("")) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  CHECK(hex(crypto::sha1("abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(hex(crypto::sha1(std::string(1'000'000, 'a'))) ==
        "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
  CHECK(hex(crypto::sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  CHECK(hex(crypto::sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231, test case 2.
  CHECK(hex(crypto::hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("crypto: a password verifies against its own hash only") {
  const std::string hash = crypto::hash_password("correct horse");
  CHECK(hash.starts_with("$argon2id$"));
  CHECK(crypto::verify_password(hash, "correct horse"));
  CHECK_FALSE(crypto::verify_password(hash, "correct horsf"));
  CHECK_FALSE(crypto::verify_password("not a hash", "correct horse"));
}

}  // namespace traceway
