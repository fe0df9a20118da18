#include "ingest/json_body.h"

#include "base/text.h"
#include "ingest/json_walk.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace traceway::ingest {
namespace {

constexpr std::size_t kLarge = 600 * 1024;  // beyond what is reckoned from the size alone

std::vector<char> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

/// `{"a":[<item>,<item>, ...]}`, somewhat longer than kLarge.
std::string many(std::string_view item) {
  std::string out = R"({"a":[)";
  while (out.size() < kLarge) out.append(item).append(",");
  return out.append(item).append("]}");
}

std::size_t text_bytes(const simdjson::dom::element& from) {
  constexpr std::size_t kBesideEach = 5;  // its length and a zero byte
  std::size_t bytes = 0;
  if (from.is_string()) return from.get_string_length().value_unsafe() + kBesideEach;
  for_each_item(from, [&](const simdjson::dom::element& item) {
    bytes += text_bytes(item);
    return true;
  });
  for_each_member(from, [&](std::string_view key, const simdjson::dom::element& value) {
    bytes += key.size() + kBesideEach + text_bytes(value);
    return true;
  });
  return bytes;
}

/// What the parser wrote: places of marks and values, the tape, and texts.
std::size_t filled(const simdjson::dom::parser& parser, const simdjson::dom::element& root) {
  constexpr std::uint64_t kLowBits = (std::uint64_t{1} << 56U) - 1;
  const std::uint64_t tape_words = parser.doc.tape[0] & kLowBits;
  const std::size_t places = parser.implementation->n_structural_indexes;
  return tape_words * 8 + places * 4 + text_bytes(root);
}

}  // namespace

TEST_CASE("json body: the memory announced covers what the parser fills, whatever it is given") {
  for (const std::string_view item :
       {"1", "-1.5e3", "true", "null", "\"\"", "\"a\"", "[]", "{}", "[1]", "[[[[]]]]", "{\"a\":1}",
        "{\"a\":[{\"b\":\"c\"}]}", "{\"\":\"\",\"x\":{}}",
        "{\"id\":\"6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10\",\"name\":\"db.insert\",\"duration\":900}",
        "\"a text with {marks} [of] all, kinds: and \\\"quotes\\\"\"",
        "\"\xD0\xB6\xE2\x82\xAC\""}) {
    CAPTURE(item);
    std::vector<char> body = bytes_of(many(item));
    const std::size_t announced = parse_memory(body);
    simdjson::dom::parser parser;
    const auto root = parse_json_body(parser, body);
    REQUIRE(root);
    CHECK(announced >= filled(parser, *root));
    CHECK(announced <= 14 * body.size() + (1U << 20U));
  }
}

TEST_CASE("json body: long texts take about their length, short values thirteen times theirs") {
  const auto per_byte = [](std::string_view item) {
    const std::vector<char> body = bytes_of(many(item));
    return static_cast<double>(parse_memory(body)) / static_cast<double>(body.size());
  };
  CHECK(per_byte('"' + std::string(20'000, 'x') + '"') < 1.6);
  CHECK(per_byte("1") > 12);
}

TEST_CASE("json body: a large ill-formed text is repaired like a small one, wherever it is cut") {
  for (std::size_t lead = 0; lead < 8; ++lead) {
    std::string text(lead, 'x');
    while (text.size() < 200'000)
      text += "\xD0\xB6\xFF\xE2\x82\xAC\x80\x80\x80\x80\x80\xF0\x9F\x98";
    std::vector<char> body = bytes_of('"' + text + '"');
    CHECK(parse_memory(body) >= 2 * body.size());
    simdjson::dom::parser parser;
    const auto root = parse_json_body(parser, body);
    REQUIRE(root);
    Arena arena;
    const bool is_equal =
        root->get_string().value_unsafe() == text::clean_utf8(text, arena);  // too long to print
    CHECK(is_equal);
  }
}

}  // namespace traceway::ingest
