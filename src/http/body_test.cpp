#include "http/body.h"

#include <doctest/doctest.h>
#include <libdeflate.h>

#include <memory>
#include <random>
#include <string>

namespace traceway::http {

namespace {

constexpr std::size_t kLimit = 1U << 20U;

struct FreeCompressor {
  void operator()(libdeflate_compressor* one) const { libdeflate_free_compressor(one); }
};

std::string zlib(std::string_view plain) {
  const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor(
      libdeflate_alloc_compressor(6));
  std::string out(libdeflate_zlib_compress_bound(compressor.get(), plain.size()), '\0');
  out.resize(libdeflate_zlib_compress(compressor.get(), plain.data(), plain.size(), out.data(),
                                      out.size()));
  return out;
}

Result<DecodedBody> decode(std::string_view body, std::string_view encoding, ByteBudget& budget,
                           std::size_t limit = kLimit) {
  return decode_body({body.begin(), body.end()}, ByteLease(budget), encoding, limit, budget);
}

std::string text_of(const Result<DecodedBody>& decoded) {
  return decoded ? std::string(decoded->bytes.begin(), decoded->bytes.end())
                 : "error: " + decoded.error().message;
}

std::string noise(std::size_t size) {
  std::mt19937 random(7);
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

}  // namespace

TEST_CASE("body: every encoding we speak gives the plain bytes back") {
  ByteBudget budget(16U << 20U);
  const std::string plain = "{\"spans\":[" + std::string(100'000, 'x') + "]}";
  CHECK(text_of(decode(plain, "", budget)) == plain);
  CHECK(text_of(decode(plain, "identity", budget)) == plain);
  CHECK(text_of(decode(gzip(plain), "gzip", budget)) == plain);
  CHECK(text_of(decode(gzip(plain), " GZip ", budget)) == plain);
  CHECK(text_of(decode(gzip(plain), "x-gzip", budget)) == plain);
  CHECK(text_of(decode(zlib(plain), "deflate", budget)) == plain);
  const std::string random = noise(300'000);
  CHECK(text_of(decode(gzip(random), "gzip", budget)) == random);
  CHECK(text_of(decode(gzip(""), "gzip", budget)).empty());
  CHECK(budget.used() == 0);
}

TEST_CASE("body: gzip members add up, empty ones too") {
  ByteBudget budget(16U << 20U);
  const std::string big(200'000, 'b');
  CHECK(text_of(decode(gzip(big) + gzip("") + gzip("tail"), "gzip", budget)) == big + "tail");
  CHECK(text_of(decode(gzip("") + gzip(big), "gzip", budget)) == big);
  std::string empties;
  for (int i = 0; i < 10'000; ++i) empties += gzip("");
  CHECK(text_of(decode(empties, "gzip", budget)).empty());
}

TEST_CASE("body: broken gzip is malformed, never a crash and never half a body") {
  ByteBudget budget(16U << 20U);
  const std::string good = gzip("hello, world");
  std::string wrong_checksum = good;
  wrong_checksum[good.size() - 6] = static_cast<char>(wrong_checksum[good.size() - 6] ^ 1);
  std::string wrong_size = good;
  wrong_size[good.size() - 1] = '\x7F';
  for (const std::string& bad :
       {std::string(), std::string("garbage that is no gzip at all"), good.substr(0, 10),
        good.substr(0, good.size() - 1), good + "x", good + std::string(20, '\0'),
        good + good.substr(0, 12), wrong_checksum, wrong_size}) {
    CAPTURE(bad.size());
    const auto decoded = decode(bad, "gzip", budget);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == ErrorCode::kMalformed);
    CHECK(decoded.error().message == "Invalid gzip");
  }
  CHECK(decode(good, "deflate", budget).error().code == ErrorCode::kMalformed);
  CHECK(decode(zlib("x") + zlib("y"), "deflate", budget).error().code == ErrorCode::kMalformed);
  CHECK(budget.used() == 0);
}

TEST_CASE("body: decoding stops one byte past the limit") {
  ByteBudget budget(16U << 20U);
  CHECK(decode(gzip(std::string(kLimit, 'a')), "gzip", budget).has_value());
  for (const std::string& body :
       {gzip(std::string(kLimit + 1, 'a')), gzip(std::string(kLimit, 'a')) + gzip("b"),
        zlib(std::string(kLimit + 1, 'a'))}) {
    const auto decoded = decode(body, body.starts_with('\x1f') ? "gzip" : "deflate", budget);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == ErrorCode::kTooLarge);
  }
  CHECK(decode(std::string(kLimit + 1, 'a'), "", budget).error().code == ErrorCode::kTooLarge);
}

TEST_CASE("body: a bomb of 500 MB costs no more than the limit") {
  const std::string member = gzip(std::string(64U << 20U, '\0'));
  std::string bomb;
  for (int i = 0; i < 8; ++i) bomb += member;
  ByteBudget budget(2 * kLimit);
  const auto decoded = decode(bomb, "gzip", budget);
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().code == ErrorCode::kTooLarge);
  CHECK(budget.used() == 0);
}

TEST_CASE("body: a spent budget is unavailable, and an announced size is not taken on trust") {
  ByteBudget small(100'000);
  const auto refused = decode(gzip(std::string(200'000, 'a')), "gzip", small);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kUnavailable);

  std::string liar = gzip("tiny");
  liar[liar.size() - 1] = '\x7F';  // announces two gigabytes
  const auto decoded = decode(liar, "gzip", small);
  CHECK(decoded.error().code == ErrorCode::kMalformed);
  CHECK(small.used() == 0);
}

TEST_CASE("body: a decoded body holds its share of the budget until it goes") {
  ByteBudget budget(16U << 20U);
  {
    const auto decoded = decode(gzip(noise(500'000)), "gzip", budget);
    REQUIRE(decoded);
    CHECK(budget.used() >= 500'000);
    CHECK(decoded->lease.bytes() == budget.used());
  }
  CHECK(budget.used() == 0);
}

TEST_CASE("body: other encodings are unsupported") {
  ByteBudget budget(1U << 20U);
  for (const char* encoding : {"br", "zstd", "gzip, gzip", "compress"}) {
    CHECK(decode("x", encoding, budget).error().code == ErrorCode::kUnsupported);
  }
}

}  // namespace traceway::http
