// What each grouping step takes away and what it leaves. Source: ingest 5.2 and 5.3.
#include "ingest/grouping_steps.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace traceway::ingest {

namespace {

struct Case {
  std::string_view input;
  std::string_view expected;
};

/// Runs one step over each input; a step that says "nothing matched" leaves the text as it is.
template <std::size_t N>
void check_step(std::string_view name, const Case (&cases)[N]) {
  const auto steps = grouping_steps();
  const auto step = std::ranges::find(steps, name, &GroupingStep::name);
  REQUIRE(step != steps.end());
  for (const Case& one : cases) {
    CAPTURE(one.input);
    std::string out = "left over";
    CHECK((step->run(one.input, out) ? out : std::string(one.input)) == one.expected);
  }
}

}  // namespace

TEST_CASE("steps: their order is the specification's, additions are marked") {
  std::string names;
  std::string additions;
  for (const GroupingStep& step : grouping_steps()) {
    names.append(step.name).append(" ");
    if (step.is_addition) additions.append(step.name).append(" ");
  }
  CHECK(names ==
        "ansi timestamp causedBy header jsFunction urlOrigin absolutePath laterColumn pathId "
        "version hex uuid largeNumber email ip goroutine javaLine javaEllipsis spaces newlines ");
  CHECK(additions == "ansi timestamp pathId ");
}

TEST_CASE("steps: colours and cursor codes go") {
  check_step("ansi", {{"\x1b[31mError\x1b[0m", "Error"},
                      {"\x1b[1;38;5;208mE\x1b[K", "E"},
                      {"\x1b[?25lE", "E"},
                      {"\x1b(BE", "\x1b(BE"},
                      {"\x1b[31", "\x1b[31"},
                      {"[31m", "[31m"}});
}

TEST_CASE("steps: dates with a time become one word") {
  check_step("timestamp", {{"at 2026-01-15T10:30:00Z.", "at <timestamp>."},
                           {"2026-01-15 10:30:00,123+02:00", "<timestamp>"},
                           {"2026/01/15 10:30:00.123456789 -0330", "<timestamp> -0330"},
                           {"2026-01-15T10:30:00.1234567891", "<timestamp>1"},
                           {"2026-01-15T10:30:00-0330", "<timestamp>"},
                           {"2026-01-15", "2026-01-15"},
                           {"10:30:00", "10:30:00"},
                           {"2026-01-15T10:30", "2026-01-15T10:30"}});
}

TEST_CASE("steps: the message of a cause goes, its type stays") {
  check_step("causedBy", {{"Caused by: a.B$C: m", "Caused by: a.B$C"},
                          {"x\nCaused by: a.B: m: n\n\tat c", "x\nCaused by: a.B\n\tat c"},
                          {"Caused by: a.B", "Caused by: a.B"},
                          {" Caused by: a.B: m", " Caused by: a.B: m"},
                          {"Caused by:\n    0: refused", "Caused by:\n    0"}});
}

TEST_CASE("steps: the message after a type goes, at the start of any line") {
  check_step("header", {{"ValueError: m: n", "ValueError"},
                        {"*net.OpError: dial tcp", "*net.OpError"},
                        {"x\nb.C: m\n  d: e", "x\nb.C\n  d: e"},
                        {"TypeError:\nfoo()\nbar()", "TypeError\nbar()"},
                        {"E:   ", "E"},
                        {"E:", "E:"},
                        {"E:\n\n", "E:\n\n"}});
}

TEST_CASE("steps: a type that is no word keeps its message, but :: ends a word") {
  check_step("header", {{"App\\E: m", "App\\E: m"},
                        {"a.B$C: m", "a.B$C: m"},
                        {"RangeError (index): m", "RangeError (index): m"},
                        {"TypeError [ERR_X]: m", "TypeError [ERR_X]: m"},
                        {"Ошибка: m", "Ошибка: m"},
                        {"std::out_of_range: m", "std"},
                        {"package:shop/cart.dart 31:5  Cart.total", "package"}});
}

TEST_CASE("steps: a function goes when the next line is a location with a column") {
  check_step("jsFunction", {{"f()\n    a.js:1:2", "<fn>\n    a.js:1:2"},
                            {"    f g()\n    a.js:1:2\nh()\n    b.js:3:4",
                             "    <fn>\n    a.js:1:2\n<fn>\n    b.js:3:4"},
                            {"     f()\n    a.js:1:2", "    <fn>\n    a.js:1:2"},
                            {"f()\n    a.go:1", "f()\n    a.go:1"},
                            {"f()\n   a.js:1:2", "f()\n   a.js:1:2"},
                            {"()\n    a.js:1:2", "()\n    a.js:1:2"},
                            {"f\n    a.js:1:2", "f\n    a.js:1:2"}});
}

TEST_CASE("steps: scheme and host of a URL go") {
  check_step("urlOrigin", {{"https://cdn.example.com:8443/a.js", "/a.js"},
                           {"webpack://shop/./a.ts", "/./a.ts"},
                           {"file:///app/a.mjs", "/app/a.mjs"},
                           {"(http://a/b https://c/d)", "(/b /d)"},
                           {"git+ssh://h", ""},
                           {"1http://a/b", "1/b"},
                           {"://a/b", "://a/b"},
                           {"http:/a", "http:/a"}});
}

TEST_CASE("steps: directories before a file with a line go") {
  check_step("absolutePath", {{"/srv/app/a.go:42", "a.go:42"},
                              {"at /a/b.cc:1 and /c/d.h:2", "at b.cc:1 and d.h:2"},
                              {"../src/a.js:3", "..a.js:3"},
                              {"/a.go:42", "/a.go:42"},
                              {"/srv/app/a.go", "/srv/app/a.go"},
                              {"/srv/a.cs:line 9", "/srv/a.cs:line 9"},
                              {"/srv/a.php(21)", "/srv/a.php(21)"},
                              {"C:\\srv\\a.js:3", "C:\\srv\\a.js:3"},
                              {"/srv/my app/a.go:42", "/srv/my app/a.go:42"}});
}

TEST_CASE("steps: the column goes unless the line is the first") {
  check_step("laterColumn", {{"a.js:2:3", "a.js:2"},
                             {"  a.js:10:4\nb.js:1:5", "  a.js:10\nb.js:1:5"},
                             {"a.js:1:13337", "a.js:1:13337"},
                             {"a.js:0:1", "a.js:0:1"},
                             {"a.js:02:1", "a.js:02:1"},
                             {"a.js:2:3)", "a.js:2:3)"},
                             {":2:3", ":2:3"}});
}

TEST_CASE("steps: numeric path segments end where a path part ends") {
  check_step("pathId", {{"/users/42", "/users/<id>"},
                        {"/users/42/orders/7?x", "/users/<id>/orders/<id>?x"},
                        {"/1/2/3", "/<id>/<id>/<id>"},
                        {"/42a", "/42a"},
                        {"('/42')", "('/<id>')"},
                        {"/42.js", "/42.js"},
                        {"/42\n/43 /44#a", "/<id>\n/<id> /<id>#a"},
                        {"42/", "42/"}});
}

TEST_CASE("steps: module versions go") {
  check_step("version", {{"chi/v5@v5.0.12/mux.go", "chi/v5/mux.go"},
                         {"a@v1.2.3-beta", "a-beta"},
                         {"a@v", "a@v"},
                         {"a@1.2", "a@1.2"}});
}

TEST_CASE("steps: pointers become one word") {
  check_step("hex", {{"f(0xc000010250, {0xDEADbeef, 0x24})", "f(<hex>, {<hex>, <hex>})"},
                     {"+0x1d", "+<hex>"},
                     {"0x", "0x"},
                     {"0X1f", "0X1f"},
                     {"deadbeef", "deadbeef"}});
}

TEST_CASE("steps: UUIDs become one word") {
  check_step("uuid",
             {{"id 3f2504e0-4f89-11d3-9a0c-0305E82C3301.", "id <uuid>."},
              {"a3f2504e0-4f89-11d3-9a0c-0305e82c3301b", "a<uuid>b"},
              {"3f2504e0-4f89-11d3-9a0c-0305e82c330", "3f2504e0-4f89-11d3-9a0c-0305e82c330"},
              {"3f2504e04f8911d39a0c0305e82c3301", "3f2504e04f8911d39a0c0305e82c3301"}});
}

TEST_CASE("steps: numbers of five and more digits become one word, not after a colon") {
  check_step("largeNumber", {{"order 123456", "order <id>"},
                             {"12345", "<id>"},
                             {"1234", "1234"},
                             {"row:1234567 pos=1234567", "row:1234567 pos=<id>"},
                             {"a12345b", "a<id>b"},
                             {"12345 67890 11111", "<id> 67890 <id>"},
                             {"12345é67890", "<id>é67890"},
                             {"12345  67890", "<id>  <id>"}});
}

TEST_CASE("steps: mail addresses become one word") {
  check_step("email", {{"to anna.k@mail.example.org, ok", "to <email>, ok"},
                       {"bob+x@a.b", "bob+<email>"},
                       {"a@b", "a@b"},
                       {"@a.b", "@a.b"},
                       {"a@b.c.", "<email>."},
                       {"a@b@c.d", "a@<email>"}});
}

TEST_CASE("steps: IPv4 addresses become one word, with their port") {
  check_step("ip", {{"dial 10.0.0.5:5432: refused", "dial <ip>: refused"},
                    {"10.0.0.5", "<ip>"},
                    {"10.0.0.5:", "<ip>:"},
                    {"1.2.3", "1.2.3"},
                    {"1234.0.0.1", "1<ip>"},
                    {"[fd00::12]:5432", "[fd00::12]:5432"}});
}

TEST_CASE("steps: goroutines lose their number") {
  check_step("goroutine", {{"goroutine 4711 [running]:", "goroutine <n> [running]:"},
                           {"in goroutine 1\n", "in goroutine <n>\n"},
                           {"goroutine <id>", "goroutine <id>"}});
}

TEST_CASE("steps: JVM frames lose their line") {
  check_step("javaLine",
             {{"at a.B.c(B.java:12)", "at a.B.c(B.java)"},
              {"at a.BKt.c(B.kt:1)\n\tat d(E$.scala:2)", "at a.BKt.c(B.kt)\n\tat d(E$.scala)"},
              {"at a.b(SourceFile:12)", "at a.b(SourceFile:12)"},
              {"at a.b(Unknown Source)", "at a.b(Unknown Source)"},
              {"(.java:1)", "(.java:1)"},
              {"(B.java:)", "(B.java:)"}});
}

TEST_CASE("steps: the rest of a JVM trace loses its length") {
  check_step("javaEllipsis", {{"\t... 52 more", "\t... more"},
                              {".... 5 more", ".... more"},
                              {"... more", "... more"},
                              {"... 5 frames", "... 5 frames"}});
}

TEST_CASE("steps: runs of blanks become one, line breaks stay") {
  check_step("spaces", {{"a  b\t\tc\n\td", "a b c\n d"}, {"a b", "a b"}, {"\t", " "}});
}

TEST_CASE("steps: empty lines go, carriage returns stay") {
  check_step("newlines", {{"a\n\n\nb\nc", "a\nb\nc"}, {"a\r\n\r\nb", "a\r\n\r\nb"}});
}

TEST_CASE("steps: Unicode white space goes at both ends, not inside") {
  CHECK(trim_unicode("\u3000\u00A0 a\u2003b \u2029\n") == "a\u2003b");
  CHECK(trim_unicode("\u2003\v").empty());
  CHECK(trim_unicode("é") == "é");
}

}  // namespace traceway::ingest
