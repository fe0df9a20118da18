#include "ingest/grouping.h"

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "ingest/grouping_patterns.h"
#include "ingest/grouping_steps.h"

#include <doctest/doctest.h>
#include <re2/re2.h>

#include <fstream>
#include <map>
#include <random>
#include <sstream>

namespace traceway::ingest {

namespace {

std::vector<json::Value> vectors() {
  std::ifstream file(TRACEWAY_SOURCE_DIR "/tests/fixtures/fingerprint-vectors.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto document = json::Value::parse(text.str());
  REQUIRE(document);
  return document->at("vectors").items();
}

std::string text_of(const json::Value& vector, std::string_view member) {
  return vector.at(member).as_string().value_or("");
}

bool is_message(const json::Value& vector) {
  return vector.at("isMessage").as_bool().value_or(false);
}

/// The original's pipeline: without the steps that are additions.
std::string base_normalized(std::string_view text) {
  std::string current(text);
  std::string next;
  for (const GroupingStep& step : grouping_steps()) {
    if (!step.is_addition && step.run(current, next)) current.swap(next);
  }
  return std::string(trim_unicode(current));
}

std::string hash_of(std::string_view normalized) {
  const auto digest = crypto::sha256(normalized);
  return text::to_hex({reinterpret_cast<const char*>(digest.data()), 8});
}

/// What random texts of a step are made of, so that matches and near misses are frequent.
std::vector<std::string_view> pieces_of(std::string_view step) {
  static const std::map<std::string_view, std::vector<std::string_view>> kPieces = {
      {"ansi", {"\x1b", "[", "3", "1", ";", " ", "m", "K", "é", "a"}},
      {"timestamp",
       {"2024-01-15T10:30:00", "2024/01/15 ", "12024-01-15 10:30:00.", "2024-01-15", "2024/01/15",
        "T", " ", "10:30:00", ".", ",", "123456789", "7", "Z", "+02:00", "-0330", "+0", ":", "x"}},
      {"causedBy",
       {"\nCaused by: a.B:", "Caused by:$c: \n", "Caused by:", " ", "a.B$c", ":", "\n", "x", "\t",
        "é"}},
      {"header", {"*", "a.B", ":", " ", "\n", "x y", "\t", "\r", "é", "1"}},
      {"jsFunction",
       {"f()\n    ", "()\n    ", "f", "()", "\n", "    ", " ", "a.js:1:22", ":1", ":22", ":", "(",
        "é"}},
      {"urlOrigin", {"http", "://", ":", "/", "a.b", "+", "1", " ", "\n", "-", "é"}},
      {"absolutePath", {"/a/b:1", "/a", "/b:", "/", "a", "..", ":", "1", " ", "\n", "é", "23"}},
      {"laterColumn",
       {"a:2:3\n", ":2:", ":10:4", " ", "a", ":", "1", "2", "10", "0", "\n", "\r", "é"}},
      {"version", {"@v", "@", "v", "1", ".", "a"}},
      {"hex", {"0x", "0", "x", "aF", "g", "9", " "}},
      {"uuid",
       {"0a1b2c3d", "-", "4e5f", "aabb", "ccdd", "112233445566", "g", "0a1b2c3d-4e5f-aabb-ccdd-",
        "f"}},
      {"largeNumber", {"12345", "1", "678901", ":", " ", "é", "a", "\n"}},
      {"email", {"a", ".", "-", "@", "_b", "com", " ", "é", "1"}},
      {"ip", {"1.", "23.4.", "10.0.0.1", "1", "23", "255", "4567", ".", ":", "80", " "}},
      {"goroutine", {"goroutine", " ", "12", "a"}},
      {"javaLine", {"(", ")", "A", ".", "$", "java", "kt", "scala", ":", "12", ".java:3)", "é"}},
      {"javaEllipsis", {"... 5 more", "... 52", "...", ".", " ", "52", " more", "more"}},
      {"spaces", {" ", "\t", "a", "\n", "  "}},
      {"newlines", {"\n", "a", " ", "\r"}},
  };
  return kPieces.at(step);
}

std::string random_text(std::mt19937& random, const std::vector<std::string_view>& pieces) {
  std::string text;
  const std::size_t count = random() % 24;
  for (std::size_t i = 0; i < count; ++i) text += pieces[random() % pieces.size()];
  return text;
}

}  // namespace

TEST_CASE("grouping: every vector has its normalised text, hash and base hash") {
  const auto all = vectors();
  REQUIRE(all.size() == 46);
  for (const json::Value& vector : all) {
    CAPTURE(text_of(vector, "name"));
    const std::string input = text_of(vector, "input");
    CHECK(normalize_stack(input, is_message(vector)) == text_of(vector, "normalized"));
    CHECK(exception_hash(input, is_message(vector)) == text_of(vector, "hash"));
    const std::string base =
        is_message(vector) ? normalize_stack(input, true) : base_normalized(input);
    CHECK(hash_of(base) == text_of(vector, "baseHash"));
    const auto expected = vector.at("baseNormalized").as_string();
    CHECK(base == expected.value_or(text_of(vector, "normalized")));
  }
}

TEST_CASE("grouping: vectors with intermediate texts pass through each of them") {
  std::size_t checked = 0;
  for (const json::Value& vector : vectors()) {
    const auto steps = vector.at("steps").items();
    if (steps.empty()) continue;
    CAPTURE(text_of(vector, "name"));
    std::vector<std::pair<std::string, std::string>> passed;
    std::string current = text_of(vector, "input");
    std::string next;
    for (const GroupingStep& step : grouping_steps()) {
      if (!step.run(current, next) || next == current) continue;
      current.swap(next);
      passed.emplace_back(step.name, current);
    }
    if (const auto trimmed = trim_unicode(current); trimmed != current) {
      passed.emplace_back("trim", trimmed);
    }
    REQUIRE(passed.size() == steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      CHECK(passed[i].first == text_of(steps[i], "step"));
      CHECK(passed[i].second == text_of(steps[i], "text"));
      ++checked;
    }
  }
  CHECK(checked > 12);
}

TEST_CASE("grouping: vectors that belong together share an issue, the others do not") {
  std::map<std::string, std::string> hashes;
  const auto all = vectors();
  for (const json::Value& vector : all) {
    hashes[text_of(vector, "name")] = exception_hash(text_of(vector, "input"), is_message(vector));
  }
  for (const json::Value& vector : all) {
    const std::string name = text_of(vector, "name");
    CAPTURE(name);
    if (const auto same = vector.at("sameHashAs").as_string()) {
      CHECK(hashes.at(name) == hashes.at(*same));
    }
    if (const auto other = vector.at("differsFrom").as_string()) {
      CHECK(hashes.at(name) != hashes.at(*other));
    }
  }
}

TEST_CASE("grouping: each scanner equals its pattern on random texts") {
  constexpr std::uint32_t kSeed = 20261124;
  INFO("seed " << kSeed);
  std::mt19937 random(kSeed);
  for (const GroupingPattern& reference : kGroupingPatterns) {
    const auto steps = grouping_steps();
    const auto step = std::ranges::find(steps, reference.step, &GroupingStep::name);
    REQUIRE(step != steps.end());
    const RE2 pattern(reference.pattern);
    REQUIRE(pattern.ok());
    const auto pieces = pieces_of(reference.step);
    int matched = 0;
    for (int round = 0; round < 6000; ++round) {
      const std::string text = random_text(random, pieces);
      std::string expected = text;
      const bool has_matched = RE2::GlobalReplace(&expected, pattern, reference.replacement) > 0;
      matched += has_matched ? 1 : 0;
      std::string out;
      const std::string actual = step->run(text, out) ? out : text;
      if (actual != expected) {
        CAPTURE(reference.step);
        CAPTURE(text);
        REQUIRE(actual == expected);
      }
    }
    CAPTURE(reference.step);
    CHECK(matched > 200);
  }
}

TEST_CASE("javascript: V8 and Gecko frames become the SDK's two lines") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"Error: x\n    at async loadPage (https://x/a.js:2:99)",
       "Error: x\nloadPage()\n    https://x/a.js:2:99"},
      {"    at Object.run [as start] (https://x/a.js:1:7)", "Object.run()\n    https://x/a.js:1:7"},
      {"    at https://x/a.js:1:7\n    at Array.forEach (<anonymous>)",
       "    https://x/a.js:1:7\n    Array.forEach [native code]"},
      {"    at new Cart (https://x/a.js:1:7)\n    at async Promise.all (index 0)\n",
       "Cart()\n    https://x/a.js:1:7\n    Promise.all [native code]\n"},
      {"at eval (eval at run (https://x/a.js:3:4), <anonymous>:1:1)",
       "eval()\n    https://x/a.js:3:4"},
      {"handleEvent*@https://x/a.js:1:9\nload@https://x/a.js:2:3",
       "load()\n    https://x/a.js:2:3"},
      {"async*loadRate@https://x/a.js:1:9", "loadRate()\n    https://x/a.js:1:9"},
      {"f@https://x/a.js line 7 > eval:1:1\nforEach@[native code]",
       "f()\n    https://x/a.js:7:1\n    forEach [native code]"},
      {"g@https://x/a.js line 7 > Function line 2 > eval:3:1", "g()\n    https://x/a.js:7:1"},
      {"@https://x/a.js:5:6", "    https://x/a.js:5:6"}};
  for (const auto& [input, expected] : cases) {
    CHECK(canonical_javascript_stack(input) == expected);
  }
}

TEST_CASE("javascript: a text without one located frame stays as it is") {
  for (const std::string_view text :
       {"", "Error: at noon", "TypeError: x\n    at Array.forEach (<anonymous>)",
        "mail bob@example.com", "handler()\n    handler.go:42", "*@https://x/a.js:1:9"}) {
    CHECK(canonical_javascript_stack(text) == text);
  }
}

TEST_CASE("javascript: one error in two engines is one issue") {
  const std::string v8 = canonical_javascript_stack(
      "TypeError: x is null\n    at load (https://x/a.js:12:9)\n    at https://x/a.js:30:1");
  const std::string gecko = canonical_javascript_stack(
      "TypeError: null has no properties\nload@https://y/a.js:12:14\n@https://y/a.js:30:3");
  CHECK(exception_hash(v8, false) == exception_hash(gecko, false));
}

}  // namespace traceway::ingest
