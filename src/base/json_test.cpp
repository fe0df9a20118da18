#include "base/json.h"

#include <doctest/doctest.h>

namespace traceway {

namespace {

struct Inner {
  std::string name;
  std::optional<std::int64_t> p95_duration;
};

struct Outer {
  Uuid project_id;
  Timestamp from_date;
  double ratio = 0;
  bool is_ok = false;
  std::vector<Inner> rows;
};

}  // namespace

template <>
inline constexpr auto fields<Inner> =
    std::tuple{field("name", &Inner::name), field("p95_duration", &Inner::p95_duration)};

template <>
inline constexpr auto fields<Outer> = std::tuple{
    field("project_id", &Outer::project_id), field("from_date", &Outer::from_date),
    field("ratio", &Outer::ratio), field("is_ok", &Outer::is_ok), field("rows", &Outer::rows)};

TEST_CASE("json: a struct survives the round trip through its field list") {
  const std::string text =
      R"({"projectId":"6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10","fromDate":"2026-02-03T10:20:30.5Z",)"
      R"("ratio":0.25,"isOk":true,"rows":[{"name":"a\"b","p95Duration":7},{"name":"c"}]})";
  const auto value = from_json<Outer>(text);
  REQUIRE(value);
  CHECK(value->rows.size() == 2);
  CHECK(to_json(*value) == text);
}

TEST_CASE("json: unknown keys are ignored, missing ones keep their default") {
  const auto value = from_json<Outer>(R"({"unknown":[1,2,{"deep":null}],"ratio":null})");
  REQUIRE(value);
  CHECK(value->ratio == 0);
  CHECK(value->rows.empty());
}

TEST_CASE("json: a wrong type or broken text is malformed") {
  for (const char* text : {"", "[]", "{", "{\"ratio\":\"x\"}", "{\"rows\":{}}", "{\"rows\":[1]}",
                           "{\"projectId\":\"nope\"}", "{\"fromDate\":5}", "{} trailing"}) {
    CAPTURE(text);
    const auto value = from_json<Outer>(text);
    REQUIRE_FALSE(value);
    CHECK(value.error().code == ErrorCode::kMalformed);
  }
}

TEST_CASE("json: hostile nesting is refused without recursion") {
  CHECK_FALSE(json::Value::parse(std::string(1'000'000, '[')));
  CHECK(json::Value::parse(std::string(60, '[') + std::string(60, ']')));
}

TEST_CASE("json: what JSON cannot say is written as zero or repaired") {
  json::Writer out;
  out.begin_array().value(0.0 / 0.0 * 1).value("bad \xFF").end_array();
  CHECK(out.take() == "[0,\"bad \uFFFD\"]");
}

}  // namespace traceway
