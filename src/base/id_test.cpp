#include "base/id.h"

#include "base/crypto.h"
#include "base/text.h"

#include <doctest/doctest.h>

namespace traceway {

TEST_CASE("id: every accepted spelling of a UUID reads to the same bytes") {
  const auto plain = parse_uuid("6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10");
  REQUIRE(plain);
  for (const char* text :
       {"6F1E0C52-2A7B-4C0E-9D55-0B6A2F6F1A10", "6f1e0c522a7b4c0e9d550b6a2f6f1a10",
        "urn:uuid:6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10",
        "{6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10}"}) {
    CAPTURE(text);
    CHECK(parse_uuid(text) == plain);
  }
  CHECK(to_string(*plain) == "6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10");
  CHECK(to_hex(*plain) == "6f1e0c522a7b4c0e9d550b6a2f6f1a10");
}

TEST_CASE("id: anything else is not a UUID") {
  for (const char* text :
       {"", "abc", "6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a1", "6f1e0c52x2a7b-4c0e-9d55-0b6a2f6f1a10",
        "zf1e0c522a7b4c0e9d550b6a2f6f1a10", "{6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_uuid(text));
  }
}

TEST_CASE("id: the entity id of an OTLP span is the documented UUID v5") {
  const auto project = parse_uuid("00000000-0000-0000-0000-000000000001");
  const auto trace = parse_uuid("7b873c7bbf35739e79e1f7b9736739f7");
  const SpanId span = span_id_from_bytes(*text::from_hex("7dfd3877775ae1bd"));
  CHECK(to_string(derived_entity_id(*project, *trace, span)) ==
        "e151a8d2-16ee-5d23-80ed-d917cd6d7a48");
}

TEST_CASE("id: span ids keep their length and pad on the left when dashed") {
  const SpanId id = span_id_from_bytes(*text::from_hex("7dfd3877775ae1bd"));
  CHECK(to_hex(id) == "7dfd3877775ae1bd");
  CHECK(to_dashed(id) == "00000000-0000-0000-7dfd-3877775ae1bd");
  CHECK(span_id_from_bytes(std::string(8, '\0')).is_empty());
  CHECK(span_id_from_bytes("short").is_empty());
  CHECK(to_dashed(SpanId{}).empty());
}

TEST_CASE("id: generated ids carry version and variant, and version 7 sorts by time") {
  CHECK(to_string(uuid_v4())[14] == '4');
  const Uuid early = uuid_v7(1'700'000'000'000'000'000);
  const Uuid late = uuid_v7(1'700'000'001'000'000'000);
  CHECK(to_string(early)[14] == '7');
  CHECK(early < late);
}

TEST_CASE("id: a number in a namespace makes an id and comes back from it") {
  const Uuid mine = *parse_uuid("00000000-0000-0000-0000-000000000001");
  const Uuid other = *parse_uuid("00000000-0000-0000-0000-000000000002");
  for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{300}, (1ULL << 62U) - 1}) {
    const Uuid id = numbered_id(mine, number);
    CHECK(to_string(id)[14] == '8');
    CHECK(number_of(mine, id) == number);
    CHECK_FALSE(number_of(other, id));
  }
  CHECK(to_string(numbered_id(mine, 1)) == to_string(numbered_id(mine, 1)));
  CHECK_FALSE(number_of(mine, uuid_v4()));
}

}  // namespace traceway
