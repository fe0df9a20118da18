#include "http/framing.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

namespace traceway::http {

namespace {

/// What a stream of bytes was framed into.
struct Framed {
  std::vector<std::string> requests;  ///< "METHOD target body"
  int status = 0;
  std::string text;
};

/// Feeds `stream` in pieces of the given sizes (the last one repeats).
Framed frame(std::string_view stream, const std::vector<std::size_t>& pieces) {
  Framer framer{FramingLimits{}};
  Framed out;
  std::string body;
  std::size_t index = 0;
  while (!stream.empty()) {
    std::string_view input = stream.substr(0, pieces[std::min(index++, pieces.size() - 1)]);
    stream.remove_prefix(input.size());
    while (true) {
      const Framer::Step step = framer.feed(input);
      REQUIRE(step.consumed <= input.size());
      input.remove_prefix(step.consumed);
      if (step.event == Framer::Event::kBody) body.append(step.body);
      if (step.event == Framer::Event::kEnd) {
        out.requests.push_back(std::string(framer.method()) + " " + std::string(framer.target()) +
                               " " + body);
        body.clear();
        framer.reset();
      }
      if (step.event == Framer::Event::kError) {
        out.status = framer.error_status();
        out.text = framer.error_text();
        return out;
      }
      if (step.event == Framer::Event::kNeedMore && input.empty()) break;
      if (step.event == Framer::Event::kEnd && input.empty()) break;
    }
  }
  return out;
}

Framed frame_whole(std::string_view stream) {
  return frame(stream, {stream.size()});
}

std::string request(std::string_view fields, std::string_view body = {}) {
  return "POST /p HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

struct BadCase {
  const char* what;
  std::string stream;
  int status;
};

std::vector<BadCase> bad_cases() {
  const std::string long_line(8001, 'a');
  std::string many_lines;
  for (int i = 0; i < 100; ++i) many_lines += "A: b\r\n";  // with Host: 101
  std::string wide_lines;
  for (int i = 0; i < 12; ++i) wide_lines += "A: " + std::string(7000, 'b') + "\r\n";
  return {
      {"both framings", request("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "abc"), 400},
      {"differing lengths", request("Content-Length: 3\r\nContent-Length: 4\r\n", "abc"), 400},
      {"listed lengths", request("Content-Length: 3, 3\r\n", "abc"), 400},
      {"negative length", request("Content-Length: -3\r\n", "abc"), 400},
      {"signed length", request("Content-Length: +3\r\n", "abc"), 400},
      {"hex length", request("Content-Length: 0x3\r\n", "abc"), 400},
      {"empty length", request("Content-Length:\r\n", "abc"), 400},
      {"huge length", request("Content-Length: 99999999999999999999\r\n"), 400},
      {"other coding", request("Transfer-Encoding: gzip\r\n"), 400},
      {"coding list", request("Transfer-Encoding: gzip, chunked\r\n"), 400},
      {"coding twice", request("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
       400},
      {"quoted coding", request("Transfer-Encoding: \"chunked\"\r\n"), 400},
      {"chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"negative chunk", request("Transfer-Encoding: chunked\r\n", "-1\r\n"), 400},
      {"chunk with sign", request("Transfer-Encoding: chunked\r\n", "+1\r\na\r\n"), 400},
      {"chunk 0x", request("Transfer-Encoding: chunked\r\n", "0x1\r\na\r\n"), 400},
      {"oversized chunk", request("Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\n"), 400},
      {"overflowing chunk", request("Transfer-Encoding: chunked\r\n", "10000000000000001\r\n"),
       400},
      {"empty chunk line", request("Transfer-Encoding: chunked\r\n", "\r\n"), 400},
      {"long chunk line",
       request("Transfer-Encoding: chunked\r\n", "1;" + std::string(300, 'x') + "\r\n"), 400},
      {"chunk longer than said", request("Transfer-Encoding: chunked\r\n", "1\r\nab\r\n"), 400},
      {"chunk ends in LF", request("Transfer-Encoding: chunked\r\n", "1\r\na\n0\r\n\r\n"), 400},
      {"chunk line ends in LF", request("Transfer-Encoding: chunked\r\n", "1\na\r\n"), 400},
      {"blank before colon", request("Content-Length : 3\r\n"), 400},
      {"tab before colon", request("A\t: 3\r\n"), 400},
      {"folded line", request("A: b\r\n c\r\n"), 400},
      {"folded first line", "GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400},
      {"bare LF", "GET / HTTP/1.1\nHost: x\n\n", 400},
      {"bare LF in head", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400},
      {"bare CR in value", request("A: b\rc\r\n"), 400},
      {"NUL in value", request(std::string_view("A: b\0c\r\n", 8)), 400},
      {"no colon", request("nonsense\r\n"), 400},
      {"empty name", request(": b\r\n"), 400},
      {"name with blank", request("A B: c\r\n"), 400},
      {"two hosts", request("Host: y\r\n"), 400},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"no target", "GET HTTP/1.1\r\n\r\n", 400},
      {"two blanks", "GET  / HTTP/1.1\r\n\r\n", 400},
      {"four words", "GET / x HTTP/1.1\r\n\r\n", 400},
      {"control in target", "GET /\x01 HTTP/1.1\r\n\r\n", 400},
      {"bad method", "G(T / HTTP/1.1\r\n\r\n", 400},
      {"HTTP/0.9", "GET /\r\n\r\n", 400},
      {"HTTP/2.0", "GET / HTTP/2.0\r\n\r\n", 505},
      {"HTTP/1.2", "GET / HTTP/1.2\r\n\r\n", 505},
      {"lower case version", "GET / http/1.1\r\n\r\n", 400},
      {"TLS hello", std::string("\x16\x03\x01\x02\x00\x01\n", 7), 400},
      {"many blank lines", "\r\n\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n", 400},
      {"long request line", "GET /" + long_line + " HTTP/1.1\r\n\r\n", 414},
      {"endless request line", "GET /" + long_line, 414},
      {"long header line", request("A: " + long_line + "\r\n"), 431},
      {"endless header line", "GET / HTTP/1.1\r\nA: " + long_line, 431},
      {"too many lines", request(many_lines), 431},
      {"head too large", request(wide_lines), 431},
      {"trailer too large",
       request("Transfer-Encoding: chunked\r\n", "0\r\nA: " + std::string(9000, 'b')), 431},
  };
}

const std::string kGoodStream =
    "\r\nGET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n" +
    request("Content-Length: 5\r\nContent-Length: 5\r\n", "hello") +
    request("transfer-encoding: Chunked\r\n",
            "5;name=value\r\nhello\r\n1 \r\n \r\nA\r\n0123456789\r\n000\r\nTrailer: x\r\n\r\n") +
    request("Content-Length: 0\r\n") + request("Transfer-Encoding: chunked\r\n", "0\r\n\r\n") +
    "OPTIONS * HTTP/1.0\r\n\r\n";

const std::vector<std::string> kGoodRequests = {
    "GET /a?b=c ", "POST /p hello", "POST /p hello 0123456789",
    "POST /p ",    "POST /p ",      "OPTIONS * "};

}  // namespace

TEST_CASE("framing: ambiguous or oversized requests are refused with the status that says why") {
  for (const BadCase& one : bad_cases()) {
    CAPTURE(one.what);
    CHECK(frame_whole(one.stream).status == one.status);
  }
}

TEST_CASE("framing: a refusal does not depend on how the bytes were cut") {
  for (const BadCase& one : bad_cases()) {
    CAPTURE(one.what);
    const Framed byte_by_byte = frame(one.stream, {1});
    CHECK(byte_by_byte.status == one.status);
    CHECK(byte_by_byte.requests.empty());
  }
}

TEST_CASE("framing: pipelined requests come out whole and in order") {
  const Framed framed = frame_whole(kGoodStream);
  CHECK(framed.status == 0);
  CHECK(framed.requests == kGoodRequests);
}

TEST_CASE("framing: byte by byte and random cuts give the same requests") {
  CHECK(frame(kGoodStream, {1}).requests == kGoodRequests);
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::size_t> pieces;
    for (int i = 0; i < 64; ++i) pieces.push_back(1 + random() % 24);
    CHECK(frame(kGoodStream, pieces).requests == kGoodRequests);
  }
}

TEST_CASE("framing: a head exactly at each limit passes") {
  const std::string line(8000 - 3, 'a');
  CHECK(frame_whole(request("A: " + line + "\r\n")).requests.size() == 1);
  const std::string target(8000 - 14, 'a');
  CHECK(frame_whole("GET /" + target + " HTTP/1.1\r\nHost: x\r\n\r\n").requests.size() == 1);
  std::string lines;
  for (int i = 0; i < 99; ++i) lines += "A: b\r\n";
  CHECK(frame_whole(request(lines)).requests.size() == 1);
}

TEST_CASE("framing: nothing is framed after a refusal") {
  Framer framer{FramingLimits{}};
  const Framer::Step bad = framer.feed("GET / HTTP/9.9\r\nGET / HTTP/1.1\r\n\r\n");
  CHECK(bad.event == Framer::Event::kError);
  CHECK(framer.feed("GET / HTTP/1.1\r\nHost: x\r\n\r\n").event == Framer::Event::kError);
}

TEST_CASE("framing: keep-alive follows the version and the Connection field") {
  struct Case {
    const char* head;
    bool keeps_alive;
  };

  for (const Case& one :
       {Case{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", true},
        Case{"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false},
        Case{"GET / HTTP/1.1\r\nHost: x\r\nConnection: foo , CLOSE\r\n\r\n", false},
        Case{"GET / HTTP/1.0\r\n\r\n", false},
        Case{"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
        Case{"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false}}) {
    CAPTURE(one.head);
    Framer framer{FramingLimits{}};
    REQUIRE(framer.feed(one.head).event == Framer::Event::kHead);
    CHECK(framer.keeps_alive() == one.keeps_alive);
  }
}

TEST_CASE("framing: fields keep their order and bytes, blanks around values are gone") {
  Framer framer{FramingLimits{}};
  const Framer::Step step = framer.feed(
      "GET / HTTP/1.1\r\nHost: x\r\nB:  a%20b \t\r\na:\r\nB: 2\r\nExpect: 100-Continue\r\n"
      "Content-Length: 1\r\n\r\n");
  REQUIRE(step.event == Framer::Event::kHead);
  const auto fields = framer.fields();
  REQUIRE(fields.size() == 6);
  CHECK(fields[1].name == "B");
  CHECK(fields[1].value == "a%20b");
  CHECK(fields[2].value.empty());
  CHECK(fields[3].value == "2");
  CHECK(framer.expects_continue());
  CHECK(framer.body_kind() == BodyKind::kLength);
}

}  // namespace traceway::http
