// The wire format itself: what is broken is refused, what is unknown is skipped.
#include "ingest/test_support.h"

namespace traceway::ingest::test {

namespace {

constexpr const char* kA = "a000000000000001";

Result<TelemetryBatch> decoded(std::string_view bytes) {
  return decode_traces_protobuf(bytes_of(bytes), context());
}

/// A request around the bytes of one span.
std::string around(std::string_view span) {
  std::string out;
  protozero::pbf_writer request(out);
  protozero::pbf_writer resource(request, 1);
  protozero::pbf_writer scope(resource, 2);
  scope.add_message(2, std::string(span));
  return out;
}

std::string ids() {
  std::string out;
  protozero::pbf_writer writer(out);
  writer.add_bytes(1, raw_of(kTrace));
  writer.add_bytes(2, raw_of(kA));
  return out;
}

bool is_malformed(std::string_view request) {
  const auto result = decoded(request);
  return !result && result.error().code == ErrorCode::kMalformed;
}

}  // namespace

TEST_CASE("protobuf: the empty message is a request without spans") {
  const auto batch = decoded("");
  REQUIRE(batch);
  CHECK(batch->spans.empty());
  CHECK(batch->rejected == 0);
}

TEST_CASE("protobuf: every cut of a request is either refused or a shorter request") {
  TestSpan span{.id = kA,
                .attributes = {{"k", Value::list({1, "two"})}},
                .events = {{.name = "e", .attributes = {{"x", 1}}}},
                .links = {{.trace = std::string(kTrace), .span = kA}}};
  const std::string whole = to_protobuf(request_of({span}, {{"service.name", "s"}}));
  int refused = 0;
  for (std::size_t length = 1; length < whole.size(); ++length) {
    const auto result = decoded(std::string_view(whole).substr(0, length));
    if (!result) {
      CHECK(result.error().code == ErrorCode::kMalformed);
      ++refused;
    }
  }
  CHECK(refused == static_cast<int>(whole.size()) - 1);  // one field, so no cut is whole
}

TEST_CASE("protobuf: broken wire data is malformed") {
  const std::string long_varint(11, '\xFF');
  CHECK(is_malformed(around(ids() + "\x50" + long_varint)));  // over 10 bytes
  CHECK(is_malformed(around(ids() + std::string("\x2A\x05"
                                                "ab"))));                 // length past the end
  CHECK(is_malformed(around(ids() + "\x39" + std::string(7, '\0'))));     // fixed64 of 7 bytes
  CHECK(is_malformed(around(ids() + "\x85\x01" + std::string(3, 'x'))));  // fixed32 of 3 bytes
  CHECK(is_malformed(around(ids() + "\x06")));                            // wire type 6
  CHECK(is_malformed(around(ids() + "\x07")));                            // wire type 7
  CHECK(is_malformed(around(ids() + std::string("\0\0", 2))));            // field number 0
  CHECK(is_malformed(around(ids() + "\x0C")));                            // end of no group
  CHECK(is_malformed("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"));    // length near 2^64
  CHECK(is_malformed("not protobuf at all"));
}

TEST_CASE("protobuf: groups are skipped by matching, unmatched ones are malformed") {
  // Field 20: start 0xA3 0x01, end 0xA4 0x01; inside a varint, bytes and a nested group.
  const std::string inner = "\x08\x05\x12\x02hi\x1B\x1C";
  const auto batch = decoded(around("\xA3\x01" + inner + "\xA4\x01" + ids()));
  REQUIRE(batch);
  CHECK(batch->spans.size() == 1);
  CHECK(is_malformed(around(ids() + "\xA3\x01" + inner)));
  CHECK(is_malformed(around(ids() + "\xA3\x01\x14")));
  CHECK(is_malformed(around(ids() + std::string(100, '\x1B'))));
}

TEST_CASE("protobuf: unknown fields and known fields of another wire type are skipped") {
  std::string span = ids();
  protozero::pbf_writer writer(span);
  writer.add_uint64(500, 7);
  writer.add_string(501, "x");
  writer.add_fixed32(502, 1);
  writer.add_double(503, 1);
  writer.add_uint64(5, 9);       // the name as a number
  writer.add_string(7, "soon");  // the start as text
  writer.add_string(5, "named");
  const auto batch = decoded(around(span));
  REQUIRE(batch);
  REQUIRE(batch->spans.size() == 1);
  CHECK(batch->spans[0].name == "named");
  CHECK(batch->spans[0].source_start_ns == 0);
}

TEST_CASE("protobuf: the last scalar wins, sub-messages merge, the last oneof member wins") {
  std::string span = ids();
  protozero::pbf_writer writer(span);
  writer.add_string(5, "first");
  writer.add_string(5, "second");
  {
    protozero::pbf_writer status(writer, 15);
    status.add_string(2, "why");
  }
  {
    protozero::pbf_writer status(writer, 15);
    status.add_enum(3, 2);
  }
  {
    protozero::pbf_writer attribute(writer, 9);
    attribute.add_string(1, "k");
    protozero::pbf_writer value(attribute, 2);
    value.add_string(1, "text");
    value.add_int64(3, 5);
  }
  const auto batch = decoded(around(span));
  REQUIRE(batch);
  CHECK(batch->spans[0].name == "second");
  CHECK(batch->spans[0].status_message == "why");
  CHECK(batch->spans[0].status_code == 2);
  CHECK(map_of(*batch, batch->spans[0].attributes) == R"({"k":"5"})");
}

TEST_CASE("protobuf: the last oneof member wins inside lists as well") {
  std::string twice;
  protozero::pbf_writer item(twice);
  item.add_string(1, "text");
  item.add_int64(3, 5);
  std::string list;
  protozero::pbf_writer(list).add_message(1, twice);
  std::string span = ids();
  protozero::pbf_writer writer(span);
  {
    protozero::pbf_writer attribute(writer, 9);
    attribute.add_string(1, "k");
    protozero::pbf_writer value(attribute, 2);
    value.add_message(5, list);
  }
  const auto batch = decoded(around(span));
  REQUIRE(batch);
  CHECK(map_of(*batch, batch->spans[0].attributes) == R"({"k":"[5]"})");
}

TEST_CASE("protobuf: strings are views into the body, not copies") {
  auto batch = decoded(to_protobuf(request_of({{.id = kA, .name = "no copy"}})));
  REQUIRE(batch);
  const std::string_view name = batch->spans[0].name;
  CHECK(name.data() >= batch->body.data());
  CHECK(name.data() + name.size() <= batch->body.data() + batch->body.size());
}

}  // namespace traceway::ingest::test
