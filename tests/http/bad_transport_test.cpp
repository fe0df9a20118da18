// The bad-input matrix, first part: what every ingest route makes of a body before it knows what is
// in it: sizes, encodings, media types, credentials, and bodies that are not what they say.
#include "support/bad_input.h"
#include "support/gzip.h"
#include "support/seed.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace traceway::test {

namespace {

constexpr std::size_t kMaxBody = IngestDesk::kMaxBody;
constexpr const char* kTooLarge = "Request body too large";

std::string repeated(std::string_view piece, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

std::string flipped(std::string bytes, std::size_t from_end) {
  bytes[bytes.size() - from_end] = static_cast<char>(bytes[bytes.size() - from_end] ^ 1);
  return bytes;
}

/// Rows of compressed bodies; the route knows its own good ones.
std::vector<BadInput> compression_rows(const IngestRoute& route, Encoding encoding) {
  const auto good = [&] { return route.good(encoding); };
  const std::string type(media_type(encoding));
  const std::string half = good();
  const std::size_t cut = half.size() / 2;
  const char* const no_gzip = "Invalid gzip";
  const char* const no_deflate = "Invalid deflate";
  const std::string zeros(4 * kMaxBody, '\0');
  std::vector<BadInput> rows = {
      {"gzip", gzip(good()), 200, 1, 0, "", "gzip"},
      {"gzip in capitals", gzip(good()), 200, 1, 0, "", "GZIP"},
      {"gzip with blanks around", gzip(good()), 200, 1, 0, "", "  gzip  "},
      {"deflate", deflated(good()), 200, 1, 0, "", "deflate"},
      {"identity", good(), 200, 1, 0, "", "identity"},
      {"two gzip members are one stream", gzip(half.substr(0, cut)) + gzip(half.substr(cut)), 200,
       1, 0, "", "gzip"},
      {"a thousand empty members before a good one", repeated(gzip(""), 1000) + gzip(good()), 200,
       1, 0, "", "gzip"},
      {"plain body that claims gzip", good(), 400, 0, 0, no_gzip, "gzip"},
      {"plain body that claims deflate", good(), 400, 0, 0, no_deflate, "deflate"},
      {"gzip that claims deflate", gzip(good()), 400, 0, 0, no_deflate, "deflate"},
      {"deflate that claims gzip", deflated(good()), 400, 0, 0, no_gzip, "gzip"},
      {"gzip with a wrong checksum", flipped(gzip(good()), 8), 400, 0, 0, no_gzip, "gzip"},
      {"gzip with a wrong length", flipped(gzip(good()), 1), 400, 0, 0, no_gzip, "gzip"},
      {"deflate with a wrong checksum", flipped(deflated(good()), 1), 400, 0, 0, no_deflate,
       "deflate"},
      {"garbage after the last member", gzip(good()) + "x", 400, 0, 0, no_gzip, "gzip"},
      {"a broken second member", gzip(good()) + gzip(good()).substr(0, 12), 400, 0, 0, no_gzip,
       "gzip"},
      {"garbage after deflate", deflated(good()) + "x", 400, 0, 0, no_deflate, "deflate"},
      {"a gzip bomb", gzip(zeros), 413, 0, 0, kTooLarge, "gzip"},
      {"a deflate bomb", deflated(zeros), 413, 0, 0, kTooLarge, "deflate"},
      {"one byte over the limit, decoded", gzip(std::string(kMaxBody + 1, ' ')), 413, 0, 0,
       kTooLarge, "gzip"},
      {"empty members beyond the limit on the wire",
       repeated(gzip(""), kMaxBody / gzip("").size() + 1), 413, 0, 0, kTooLarge, "gzip"},
  };
  for (const char* unknown : {"br", "zstd", "compress", "gzip, gzip", "*", "x"}) {
    rows.push_back({std::string("encoding ") + unknown, good(), 415, 0, 0,
                    "Unsupported content encoding", unknown});
  }
  for (BadInput& row : rows) row.type = type;
  return rows;
}

std::vector<BadInput> json_rows(const IngestRoute& route) {
  const auto good = [&] { return route.good(Encoding::kJson); };
  const auto with_member = [&](const std::string& value) {
    return R"({"unknown":)" + value + "," + good().substr(1);
  };
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  std::string exact = good();
  exact.resize(kMaxBody, ' ');
  return {
      {"an empty object", "{}", 200},
      {"white space around", " \r\n\t" + good() + "\n ", 200, 1},
      {"a byte order mark", "\xEF\xBB\xBF" + good(), 200, 1},
      {"an unknown member", with_member(R"({"a":[1,"x",null,{"b":true}]})"), 200, 1},
      {"an unknown member with ill-formed UTF-8 and a lone surrogate",
       with_member("\"\xFF\xC0\x80 \\ud83d\""), 200, 1},
      {"an unknown member nested 9,000 deep", with_member(nested(9000)), 200, 1},
      {"an unknown number that no double holds", with_member("1e999"), 200, 1},
      {"an unknown number of 2,000 digits", with_member(std::string(2000, '9')), 200, 1},
      {"a member nested deeper than 10,000", with_member(nested(10'001)), 400, 0, 0,
       "invalid JSON"},
      {"100,000 open brackets", std::string(100'000, '['), 400},
      {"nothing at all", "", 400, 0, 0, "invalid JSON"},
      {"blanks only", " \n", 400},
      {"an array at the top", "[]", 400},
      {"null at the top", "null", 400},
      {"a number at the top", "7", 400},
      {"a text at the top", R"("text")", 400},
      {"characters after the value", good() + " x", 400},
      {"a second value", good() + "{}", 400},
      {"half of it", good().substr(0, good().size() / 2), 400},
      {"a bare control character in a text", unquoted("{'unknown':'\x01'}"), 400},
      {"single quotes", "{'a':1}", 400},
      {"a trailing comma", unquoted("{'unknown':1,}"), 400},
      {"not JSON", "nonsense", 400, 0, 0, "invalid JSON"},
      {"protobuf that claims JSON", std::string("\x0a\x02\x12\x00", 4), 400},
      {"NUL bytes", std::string(64, '\0'), 400},
      {"a plain body over the limit", std::string(kMaxBody + 1, ' '), 413, 0, 0, kTooLarge},
      {"a body of exactly the limit", exact, 200, 1},
  };
}

std::vector<BadInput> protobuf_rows(const IngestRoute& route) {
  const auto good = [&] { return route.good(Encoding::kProtobuf); };
  const auto raw = [](std::string_view bytes) { return std::string(bytes); };
  using namespace std::string_view_literals;
  std::vector<BadInput> rows = {
      {"nothing at all", "", 200},
      {"an unknown varint before", raw("\x98\x06\x01"sv) + good(), 200, 1},
      {"an unknown text after", good() + raw("\xa2\x06\x03xyz"sv), 200, 1},
      {"an unknown group, matched", raw("\x9b\x06\x08\x01\x9c\x06"sv) + good(), 200, 1},
      {"field 1 as a varint is not ours", raw("\x08\x01"sv) + good(), 200, 1},
      {"field 1 as eight bytes is not ours", raw("\x09xxxxxxxx"sv) + good(), 200, 1},
      {"an empty element beside a good one", raw("\x0a\x00"sv) + good(), 200, 1},
      {"a length beyond the end", raw("\x0a\x7fx"sv), 400},
      {"a length of 2^63", raw("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"sv), 400},
      {"a varint of eleven bytes", raw("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv), 400},
      {"an endless varint", raw("\x08"sv) + std::string(100, '\xff'), 400},
      {"wire type 6", raw("\x0e\x01"sv), 400},
      {"wire type 7", raw("\x0f\x01"sv), 400},
      {"field number 0", raw("\x02\x00"sv), 400},
      {"a group that nobody closes", raw("\x9b\x06\x08\x01"sv), 400},
      {"a group closed under another number", raw("\x9b\x06\xa4\x06"sv), 400},
      {"the end of a group alone", raw("\x9c\x06"sv), 400},
      {"100,000 groups in each other", repeated("\x9b\x06", 100'000), 400},
      {"JSON that claims protobuf", R"({"resourceSpans":[]})", 400},
      {"garbage", "nonsense\xff\xfe", 400},
      {"a plain body over the limit", std::string(kMaxBody + 1, '\0'), 413, 0, 0, kTooLarge},
  };
  for (BadInput& row : rows) row.type = media_type(Encoding::kProtobuf);
  return rows;
}

std::vector<BadInput> media_type_rows(const IngestRoute& route) {
  const auto json = [&] { return route.good(Encoding::kJson); };
  std::vector<BadInput> rows;
  for (const char* type : {"", "application/json", "Application/JSON; charset=utf-8",
                           "application/json;charset=\"x\""}) {
    rows.push_back({"a type that means JSON", json(), 200, 1, 0, "", "", type});
  }
  for (const char* type : {"text/plain", "application/xml", "application/grpc", "application/jsonx",
                           "application/x-www-form-urlencoded", "multipart/form-data", "*/*", ";",
                           "application/x-protobuf+json"}) {
    // A report's type is not examined; `;` names no type at all, which means JSON.
    const bool is_taken = !route.is_otlp() || std::string_view(type) == ";";
    rows.push_back({"another type", json(), is_taken ? 200 : 415, is_taken ? 1U : 0U, 0,
                    is_taken ? "" : "unsupported media type", "", type});
  }
  if (!route.is_otlp()) return rows;
  for (const char* type :
       {"application/x-protobuf", "application/protobuf", "APPLICATION/X-PROTOBUF; v=1"}) {
    rows.push_back(
        {"a type that means protobuf", route.good(Encoding::kProtobuf), 200, 1, 0, "", "", type});
  }
  return rows;
}

/// Sends every variant of a body to one project; each answer must be 200 or 400, and nothing may be
/// refused that `is_fine` allows.
template <class Mutate>
void check_variants(IngestDesk& desk, const IngestRoute& route, const BadInput& base,
                    std::size_t count, Mutate&& mutate) {
  const TestProject project = desk.add_project();
  for (std::size_t i = 0; i < count; ++i) {
    BadInput input = base;
    mutate(input.body, i);
    const RawAnswer answer = desk.send(route, project, input);
    INFO(route.path, ", ", base.type, ", ", base.name, " ", i, ": ", answer.body);
    CHECK((answer.status == 200 || answer.status == 400));
    (void)read_answer(route, answer);
  }
  desk.check_serves(route, project);
}

}  // namespace

TEST_CASE("bad input: compressed bodies are whole, bounded and in a format that was named") {
  IngestDesk desk;
  for (const IngestRoute& route : ingest_routes()) {
    for (const Encoding encoding : route.encodings()) {
      desk.run_all(route, compression_rows(route, encoding));
    }
  }
}

TEST_CASE("bad input: JSON is one object, of any content, or it is refused") {
  IngestDesk desk;
  for (const IngestRoute& route : ingest_routes()) desk.run_all(route, json_rows(route));
}

TEST_CASE("bad input: protobuf is read to its end, or it is refused") {
  IngestDesk desk;
  for (const IngestRoute& route : ingest_routes()) {
    if (route.is_otlp()) desk.run_all(route, protobuf_rows(route));
  }
}

TEST_CASE("bad input: the media type decides how OTLP is read, a report's is not looked at") {
  IngestDesk desk;
  for (const IngestRoute& route : ingest_routes()) desk.run_all(route, media_type_rows(route));
}

TEST_CASE("bad input: a body cut at every byte is refused, compressed or not") {
  IngestDesk desk;
  for (const IngestRoute& route : ingest_routes()) {
    for (const Encoding encoding : route.encodings()) {
      const std::string type(media_type(encoding));
      for (const auto& [name, body, content_encoding] :
           {std::tuple("plain", route.good(encoding), ""),
            std::tuple("gzip", gzip(route.good(encoding)), "gzip"),
            std::tuple("deflate", deflated(route.good(encoding)), "deflate")}) {
        const TestProject project = desk.add_project();
        const std::uint64_t before = desk.committed();
        // Nothing at all is a request without data in protobuf.
        for (std::size_t cut = 1; cut < body.size(); ++cut) {
          const RawAnswer answer = desk.send(
              route, project, {name, body.substr(0, cut), 400, 0, 0, "", content_encoding, type});
          INFO(route.path, ", ", type, ", ", name, ", cut at ", cut, " of ", body.size());
          CHECK(answer.status == 400);
        }
        CHECK(desk.committed() == before);
        desk.check_serves(route, project);
      }
    }
  }
}

TEST_CASE("bad input: whatever one byte becomes, the answer is 200 or 400") {
  IngestDesk desk;
  auto random = random_generator(7);
  for (const IngestRoute& route : ingest_routes()) {
    for (const Encoding encoding : route.encodings()) {
      const std::string good = route.good(encoding);
      const BadInput base{"byte", good, 200, 0, 0, "", "", std::string(media_type(encoding))};
      check_variants(desk, route, base, good.size(),
                     [](std::string& body, std::size_t at) { body[at] = '\xff'; });
      check_variants(desk, route, base, good.size(),
                     [](std::string& body, std::size_t at) { body[at] = '\0'; });
      check_variants(desk, route, base, good.size(), [](std::string& body, std::size_t at) {
        body[at] = static_cast<char>(body[at] ^ 0x05);
      });
      check_variants(desk, route, base, 300, [&](std::string& body, std::size_t) {
        for (int i = 0; i < 4; ++i) body[random() % body.size()] = static_cast<char>(random());
      });
    }
  }
}

TEST_CASE("bad input: a credential that names no project is refused, whatever its spelling") {
  IngestDesk desk;
  const TestProject project = desk.add_project();
  for (const IngestRoute& route : ingest_routes()) {
    const auto post = [&](const Fields& fields) {
      HttpClient client = desk.server().client();
      return client.send({"POST", route.path, fields, route.good(Encoding::kJson)});
    };
    const std::uint64_t before = desk.committed();
    for (const std::string credential :
         {"", "Bearer", "Bearer ", "Bearer nobody", "Basic bm9ib2R5", project.token.c_str()}) {
      INFO(route.path, ": ", credential);
      const RawAnswer answer = post({{"Authorization", credential}});
      CHECK(answer.status == 401);
      CHECK(answer.field("Access-Control-Allow-Origin") == "*");
      (void)read_answer(route, answer);
    }
    CHECK(post({}).status == 401);
    CHECK(post({{"Authorization", "Bearer " + project.token + "x"}}).status == 401);
    CHECK(desk.committed() == before);
    CHECK(post({{"Authorization", "bearer   " + project.token + "  "}}).status == 200);
    CHECK(desk.committed() == before + 1);
  }
}

TEST_CASE("bad input: another method is refused with those there are") {
  IngestDesk desk;
  const TestProject project = desk.add_project();
  for (const IngestRoute& route : ingest_routes()) {
    for (const char* method : {"GET", "PUT", "PATCH", "DELETE"}) {
      INFO(method, " ", route.path);
      HttpClient client = desk.server().client();
      const RawAnswer answer =
          client.send({method, route.path, {{"Authorization", "Bearer " + project.token}}});
      CHECK(answer.status == 405);
      CHECK(answer.field("Allow") == "POST, OPTIONS");
      CHECK(answer.field("Access-Control-Allow-Origin") == "*");
    }
    desk.check_serves(route, project);
  }
}

}  // namespace traceway::test
