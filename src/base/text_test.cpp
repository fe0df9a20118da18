#include "base/text.h"

#include <doctest/doctest.h>

#include <limits>

namespace traceway {

TEST_CASE("text: clean UTF-8 is passed through as the same view") {
  Arena arena;
  const std::string_view clean = "plain, žluťoučký 🐎, and a longer tail of ASCII";
  CHECK(text::clean_utf8(clean, arena).data() == clean.data());
  CHECK(arena.reserved_bytes() == 0);
}

TEST_CASE("text: every ill-formed byte and NUL becomes U+FFFD") {
  Arena arena;
  const std::pair<std::string_view, std::string_view> cases[] = {
      {std::string_view("a\0b", 3), "a\uFFFDb"},
      {"\xFFx", "\uFFFDx"},
      {"ok \xC3", "ok \uFFFD"},
      {"\xC0\xAF", "\uFFFD\uFFFD"},                      // overlong
      {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},            // surrogate
      {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // past U+10FFFF
      {"12345678\x80"
       "12345678",
       "12345678\uFFFD12345678"},
  };
  for (const auto& [input, expected] : cases) {
    CHECK(text::clean_utf8(input, arena) == expected);
    CHECK_FALSE(text::is_clean_utf8(input));
  }
}

TEST_CASE("text: truncation never cuts a code point") {
  CHECK(text::truncate_utf8("aé", 2) == "a");
  CHECK(text::truncate_utf8("aé", 3) == "aé");
  CHECK(text::truncate_utf8("🐎", 3).empty());
}

TEST_CASE("text: numbers print in the shortest form that reads back") {
  const std::pair<double, std::string_view> cases[] = {
      {0, "0"},
      {-0.0, "0"},
      {12, "12"},
      {0.1, "0.1"},
      {1e6, "1000000"},
      {1e20, "100000000000000000000"},
      {1e21, "1e+21"},
      {1e-6, "0.000001"},
      {1e-7, "1e-07"},
      {-2.5, "-2.5"},
      {std::numeric_limits<double>::infinity(), "+Inf"},
      {-std::numeric_limits<double>::infinity(), "-Inf"},
      {std::numeric_limits<double>::quiet_NaN(), "NaN"}};
  for (const auto& [value, expected] : cases) CHECK(text::number_to_text(value) == expected);
}

TEST_CASE("text: base64 and hex round-trip and refuse garbage") {
  for (const std::string& bytes : {std::string(), std::string("f"), std::string("fo"),
                                   std::string("foo"), std::string("\x00\xFF\x10", 3)}) {
    CHECK(text::from_base64(text::to_base64(bytes)) == bytes);
    CHECK(text::from_base64(text::to_base64url(bytes)) == bytes);
    CHECK(text::from_hex(text::to_hex(bytes)) == bytes);
  }
  CHECK(text::to_base64("fo") == "Zm8=");
  CHECK_FALSE(text::from_base64("a"));
  CHECK_FALSE(text::from_base64("a*bc"));
  CHECK_FALSE(text::from_hex("abc"));
  CHECK_FALSE(text::from_hex("zz"));
}

TEST_CASE("text: JSON strings escape what JSON demands") {
  std::string out;
  text::append_json_string(out, "a\"b\\c\n\t\x01 é");
  CHECK(out == "\"a\\\"b\\\\c\\n\\t\\u0001 é\"");
}

}  // namespace traceway
