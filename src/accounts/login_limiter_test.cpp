#include "accounts/login_limiter.h"

#include <doctest/doctest.h>

namespace traceway::accounts {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStart = 1'770'000'000 * kSecond;

}  // namespace

TEST_CASE("login limiter: ten failures in fifteen minutes, then a wait until the oldest is over") {
  LoginLimiter limiter;
  for (int i = 0; i < 10; ++i) CHECK(limiter.begin("a@b", "1.2.3.4", kStart + i * kSecond) == 0);
  CHECK(limiter.begin("a@b", "1.2.3.4", kStart + 10 * kSecond) == 890);
  CHECK(limiter.begin("A@B", "1.2.3.4", kStart + 10 * kSecond) == 890);
  CHECK(limiter.begin("a@b", "1.2.3.5", kStart + 10 * kSecond) == 0);
  CHECK(limiter.begin("c@b", "1.2.3.4", kStart + 10 * kSecond) == 0);
  CHECK(limiter.begin("a@b", "1.2.3.4", kStart + 900 * kSecond) == 0);
  CHECK(limiter.begin("a@b", "1.2.3.4", kStart + 900 * kSecond) == 1);
}

TEST_CASE("login limiter: a success forgets the failures before it") {
  LoginLimiter limiter;
  for (int i = 0; i < 10; ++i) CHECK(limiter.begin("a@b", "ip", kStart) == 0);
  limiter.forgive("A@b", "ip");
  for (int i = 0; i < 10; ++i) CHECK(limiter.begin("a@b", "ip", kStart) == 0);
  CHECK(limiter.begin("a@b", "ip", kStart) == 900);
}

TEST_CASE("login limiter: a flood of addresses does not free the one under attack") {
  LoginLimiter limiter(100);
  for (int i = 0; i < 10; ++i) CHECK(limiter.begin("victim@b", "ip", kStart) == 0);
  for (int i = 0; i < 1000; ++i) {
    CHECK(limiter.begin("x" + std::to_string(i), "ip", kStart + kSecond) == 0);
  }
  CHECK(limiter.begin("victim@b", "ip", kStart + 2 * kSecond) > 0);
}

}  // namespace traceway::accounts
