#include "overview/words.h"

#include <doctest/doctest.h>

#include <string>

namespace traceway::overview {

namespace {

/// Thin spaces as plain ones.
std::string plain(std::string text) {
  const std::string thin = "\u2009";
  for (std::size_t at = text.find(thin); at != std::string::npos; at = text.find(thin))
    text.replace(at, thin.size(), " ");
  return text;
}

}  // namespace

TEST_CASE("words: durations, counts and shares read as on the dashboard") {
  struct Duration {
    std::int64_t ns;
    const char* text;
  };

  for (const Duration& one : {Duration{0, "0 ns"},
                              {840, "840 ns"},
                              {72'000, "72 \u00b5s"},
                              {4'310'000, "4.31 ms"},
                              {324'400'000, "324 ms"},
                              {310'000'000, "310 ms"},
                              {999'600'000, "1 s"},
                              {2'450'000'000, "2.45 s"},
                              {59'900'000'000, "59.9 s"},
                              {72'000'000'000, "1 m 12 s"},
                              {120'000'000'000, "2 m"},
                              {11'040'000'000'000, "3 h 04 m"},
                              {3'600'000'000'000, "1 h 00 m"}}) {
    CHECK(plain(duration_words(one.ns)) == one.text);
  }

  struct Count {
    std::int64_t count;
    const char* text;
  };

  for (const Count& one : {Count{0, "0"},
                           {999, "999"},
                           {1000, "1,000"},
                           {9999, "9,999"},
                           {12'345, "12.3 k"},
                           {999'600, "1.00 M"},
                           {1'040'000, "1.04 M"},
                           {3'200'000'000, "3.20 G"}}) {
    CHECK(plain(count_words(one.count)) == one.text);
  }
  CHECK(plain(percent_words(0)) == "0.0 %");
  CHECK(plain(percent_words(0.01)) == "<0.1 %");
  CHECK(plain(percent_words(12.34)) == "12.3 %");
  CHECK(count_of(1, "run") == "1 run");
  CHECK(count_of(0, "run") == "0 runs");
}

}  // namespace traceway::overview
