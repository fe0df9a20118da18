#include "accounts/jwt.h"

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"

namespace traceway::accounts {

namespace {

constexpr std::int64_t kValidSeconds = 604'800;  // seven days
constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";

std::string signature_of(std::string_view signed_part, std::string_view secret) {
  const auto mac = crypto::hmac_sha256(secret, signed_part);
  return {reinterpret_cast<const char*>(mac.data()), mac.size()};
}

bool is_hs256(std::string_view encoded_header) {
  const auto text = text::from_base64(encoded_header);
  if (!text) return false;
  const auto header = json::Value::parse(*text);
  return header && header->at("alg").as_string() == "HS256";
}

}  // namespace

Claims claims_for(std::int64_t user_id, std::string_view email, std::int64_t now_ns) {
  const std::int64_t now_s = now_ns / kNsPerSecond;
  return {user_id, std::string(email), now_s, now_s, now_s + kValidSeconds};
}

std::string sign(const Claims& claims, std::string_view secret) {
  std::string token = text::to_base64url(kHeader) + "." + text::to_base64url(to_json(claims));
  const std::string signature = signature_of(token, secret);
  return token + "." + text::to_base64url(signature);
}

Result<Claims> verify(std::string_view token, std::string_view secret, std::int64_t now_ns) {
  const auto refused = [] { return fail(ErrorCode::kUnauthorized, ""); };
  const auto parts = text::split(token, '.');
  if (parts.size() != 3) return refused();
  // The signature first: nothing an attacker wrote is parsed before it is proven ours.
  const auto signature = text::from_base64(parts[2]);
  const std::string_view signed_part = token.substr(0, parts[0].size() + 1 + parts[1].size());
  if (!signature || !crypto::equal(*signature, signature_of(signed_part, secret))) {
    return refused();
  }
  if (!is_hs256(parts[0])) return refused();
  const auto payload = text::from_base64(parts[1]);
  if (!payload) return refused();
  auto claims = from_json<Claims>(*payload);
  if (!claims) return refused();
  const std::int64_t now_s = now_ns / kNsPerSecond;
  if (claims->user_id <= 0 || now_s < claims->nbf || now_s >= claims->exp) return refused();
  return claims;
}

}  // namespace traceway::accounts
