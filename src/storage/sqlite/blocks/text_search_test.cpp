#include "storage/sqlite/blocks/text_search.h"

#include "base/text.h"
#include "storage/sqlite/blocks/filter.h"
#include "storage/sqlite/blocks/tokens.h"
#include "storage/sqlite/logs_for_test.h"

#include <doctest/doctest.h>

#include <random>

namespace traceway::sqlite::blocks {

namespace {

struct Bodies {
  std::vector<std::string> texts;
  std::string raw, filter;
  ChunkBodies chunk;

  explicit Bodies(std::vector<std::string> all) : texts(std::move(all)) {
    std::vector<LogRecord> records;
    TokenSet tokens;
    tokens.clear();
    for (const std::string& text : texts) {
      records.emplace_back().body = text;
      tokens.add(text);
    }
    write_bodies(records, raw);
    raw.append(kPadding, '\0');
    tokens.write(filter);
    REQUIRE(chunk.read(std::string_view(raw).substr(0, raw.size() - kPadding),
                       static_cast<std::uint32_t>(texts.size())));
  }

  /// Rows that the whole road finds: filter, then bodies.
  [[nodiscard]] std::vector<std::size_t> found(TextSearch search) const {
    std::vector<std::uint8_t> mask(texts.size(), 1);
    search.apply(chunk, mask);
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < mask.size(); ++row) {
      CHECK((mask[row] != 0) == search.matches(texts[row]));
      if (mask[row] != 0) rows.push_back(row);
    }
    if (!rows.empty()) CHECK(search.may_match(filter));
    return rows;
  }
};

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// The definition of telemetry-store 5, word by word.
bool has_words(const std::string& body, const std::string& needle) {
  const std::string text = text::to_lower(body);
  std::string word;
  for (const char c : text::to_lower(needle) + " ") {
    if (is_word(c)) {
      word += c;
      continue;
    }
    bool is_found = word.empty();
    for (std::size_t at = 0; !is_found && at < text.size(); ++at)
      is_found = text.substr(at).starts_with(word) && (at == 0 || !is_word(text[at - 1]));
    if (!is_found) return false;
    word.clear();
  }
  return true;
}

using Rows = std::vector<std::size_t>;

}  // namespace

TEST_CASE("text search: words are starts of tokens, in any order and case") {
  const Bodies bodies(
      {"Connection refused by db-2", "disconnection", "refused: CONNECTION", "", "db"});
  CHECK(bodies.found(TextSearch::words("connection")) == Rows{0, 2});
  CHECK(bodies.found(TextSearch::words("conn REF")) == Rows{0, 2});
  CHECK(bodies.found(TextSearch::words("db 2")) == Rows{0});
  CHECK(bodies.found(TextSearch::words("db")) == Rows{0, 4});
  CHECK(bodies.found(TextSearch::words("nection")).empty());
  CHECK(bodies.found(TextSearch::words(" -- ")).size() == 5);
}

TEST_CASE("text search: a substring is found anywhere, never across two bodies") {
  const Bodies bodies({"ab", "cd", "xabcdx", "ABCD", "100%_\\", ""});
  CHECK(bodies.found(TextSearch::substring("abcd")) == Rows{2, 3});
  CHECK(bodies.found(TextSearch::substring("b")) == Rows{0, 2, 3});
  CHECK(bodies.found(TextSearch::substring("%_\\")) == Rows{4});
  CHECK(bodies.found(TextSearch::substring("")).size() == 6);
  CHECK(bodies.found(TextSearch::substring("zz")).empty());
}

TEST_CASE("text search: what the tokens rule out is not there, and some of it is ruled out") {
  const Bodies bodies({"user alice logged in", "payment 4711 failed"});
  CHECK_FALSE(TextSearch::words("zebra").may_match(bodies.filter));
  CHECK_FALSE(TextSearch::words("user zebra").may_match(bodies.filter));
  CHECK(TextSearch::words("pay").may_match(bodies.filter));  // three letters rule nothing out
  CHECK_FALSE(TextSearch::substring("user bob logged").may_match(bodies.filter));
  CHECK(TextSearch::substring("ser alice log").may_match(bodies.filter));
  CHECK_FALSE(TextSearch::substring("alice zebra").may_match(bodies.filter));
}

TEST_CASE("text search: random needles find what the definition says") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 40; ++round) {
    std::vector<std::string> texts;
    for (int i = 0; i < 60; ++i) texts.push_back(random_body(random));
    const Bodies bodies(texts);
    const std::string from = random_body(random);
    const std::string needle = from.substr(from.empty() ? 0 : random() % from.size(), random() % 9);
    CAPTURE(needle);
    Rows words;
    Rows substring;
    for (std::size_t row = 0; row < texts.size(); ++row) {
      if (has_words(texts[row], needle)) words.push_back(row);
      if (text::contains_ignore_case(texts[row], needle)) substring.push_back(row);
    }
    CHECK(bodies.found(TextSearch::words(needle)) == words);
    CHECK(bodies.found(TextSearch::substring(needle)) == substring);
  }
}

}  // namespace traceway::sqlite::blocks
