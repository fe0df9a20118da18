// For tests: requests recorded from real clients, and the rows that the rules yield for them.
#pragma once

#include "base/json.h"
#include "http/body.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace traceway::ingest::test {

/// A file below tests/.
inline std::string file_of(const std::string& path) {
  std::ifstream file(TRACEWAY_SOURCE_DIR "/tests/" + path, std::ios::binary);
  REQUIRE(file.good());
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline json::Value json_file(const std::string& path) {
  auto value = json::Value::parse(file_of(path));
  REQUIRE(value);
  return std::move(*value);
}

inline std::string text_of(const json::Value& object, std::string_view member) {
  return object.at(member).as_string().value_or("");
}

/// The body of a recorded request without its content encoding.
inline std::vector<char> recorded_body(const std::string& fixture) {
  const json::Value head = json_file("fixtures/" + fixture + ".json").at("headers");
  const std::string sent = file_of("fixtures/" + fixture + ".body");
  ByteBudget budget(64U << 20U);
  auto body = http::decode_body({sent.begin(), sent.end()}, ByteLease(budget),
                                text_of(head, "content-encoding"), 10U << 20U, budget);
  REQUIRE(body);
  return std::move(body->bytes);
}

inline json::Value expected_rows(std::string fixture) {
  fixture.replace(fixture.find('/'), 1, "-");
  return json_file("expected/" + fixture + ".json");
}

}  // namespace traceway::ingest::test
