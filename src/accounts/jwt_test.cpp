#include "accounts/jwt.h"

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"

#include <doctest/doctest.h>

namespace traceway::accounts {

namespace {

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
constexpr std::int64_t kNow = 1'770'000'000LL * 1'000'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kWeek = 604'800 * kSecond;

/// A token of any header and payload, rightly signed.
std::string signed_token(std::string_view header, std::string_view payload) {
  std::string token = text::to_base64url(header) + "." + text::to_base64url(payload);
  const auto mac = crypto::hmac_sha256(kSecret, token);
  return token + "." + text::to_base64url({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

bool is_refused(std::string_view token, std::int64_t now_ns = kNow) {
  const auto claims = verify(token, kSecret, now_ns);
  return !claims && claims.error().code == ErrorCode::kUnauthorized;
}

}  // namespace

TEST_CASE("jwt: what was signed is read back") {
  const auto claims = verify(sign(claims_for(7, "ann@example.com", kNow), kSecret), kSecret, kNow);
  REQUIRE(claims);
  CHECK(claims->user_id == 7);
  CHECK(claims->email == "ann@example.com");
  CHECK(claims->iat == 1'770'000'000);
  CHECK(claims->nbf == 1'770'000'000);
  CHECK(claims->exp == 1'770'604'800);
}

TEST_CASE("jwt: header and claims have the names and types other implementations expect") {
  const std::string token = sign(claims_for(7, "ann@example.com", kNow), kSecret);
  const auto parts = text::split(token, '.');
  REQUIRE(parts.size() == 3);
  CHECK(text::from_base64(parts[0]) == R"({"alg":"HS256","typ":"JWT"})");
  const auto payload = json::Value::parse(*text::from_base64(parts[1]));
  REQUIRE(payload);
  CHECK(payload->at("userId").as_int() == 7);
  CHECK(payload->keys().size() == 5);
  CHECK(token.find('=') == std::string::npos);
}

TEST_CASE("jwt: valid for seven days, without leeway at either end") {
  const std::string token = sign(claims_for(7, "a@b", kNow), kSecret);
  CHECK_FALSE(is_refused(token, kNow));
  CHECK(is_refused(token, kNow - kSecond));
  CHECK_FALSE(is_refused(token, kNow + kWeek - kSecond));
  CHECK(is_refused(token, kNow + kWeek));
}

TEST_CASE("jwt: a token of another secret is refused") {
  CHECK(is_refused(sign(claims_for(7, "a@b", kNow), "ffffffffffffffffffffffffffffffff")));
}

TEST_CASE("jwt: no byte of a token can be changed") {
  const std::string token = sign(claims_for(7, "ann@example.com", kNow), kSecret);
  // The last digit of base64 may carry unused bits, so the signature is judged by its bytes.
  for (std::size_t i = 0; i + 1 < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CAPTURE(i);
    CHECK(is_refused(changed));
  }
}

TEST_CASE("jwt: any algorithm but HS256 is refused, even when rightly signed") {
  const std::string payload = to_json(claims_for(7, "a@b", kNow));
  CHECK_FALSE(is_refused(signed_token(R"({"alg":"HS256"})", payload)));
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"HS512"})", R"({"alg":"hs256"})",
                             R"({"alg":null})", R"({})", R"([])", "x"}) {
    CAPTURE(header);
    CHECK(is_refused(signed_token(header, payload)));
  }
  const std::string unsigned_token =
      text::to_base64url(R"({"alg":"none","typ":"JWT"})") + "." + text::to_base64url(payload) + ".";
  CHECK(is_refused(unsigned_token));
}

TEST_CASE("jwt: what is not a token is refused") {
  const std::string header = R"({"alg":"HS256"})";
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("a.b.c.d"),
        std::string("eyJhbGciOiJIUzI1NiJ9"), signed_token(header, "{}"), signed_token(header, "7"),
        signed_token(header, R"({"userId":"7","exp":99999999999})"),
        signed_token(header, R"({"userId":7,"email":"a@b"})"),
        signed_token(header, R"({"userId":-7,"exp":99999999999})")}) {
    CAPTURE(bad);
    CHECK(is_refused(bad));
  }
}

}  // namespace traceway::accounts
