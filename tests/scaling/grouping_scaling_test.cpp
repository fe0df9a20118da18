// Grouping takes work in proportion to the text, whatever the text. The scanners are compiled once
// more into this program so that every basic block they run through and every byte the library
// searches for them is counted: the same figures on every run of any machine, no clock.
#include "ingest/grouping.h"
#include "ingest/grouping_steps.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::uint64_t work = 0;

}  // namespace

/// The compiler calls it at the start of every basic block.
extern "C" void __sanitizer_cov_trace_pc() {
  ++work;
}

extern "C" void* traceway_counted_memchr(const void* text, int wanted, std::size_t size) {
  const void* found = std::memchr(text, wanted, size);
  work += found == nullptr ? size
                           : static_cast<std::size_t>(static_cast<const char*>(found) -
                                                      static_cast<const char*>(text)) +
                                 1;
  return const_cast<void*>(found);
}

namespace traceway::ingest {

namespace {

constexpr std::size_t kSmall = 64 * 1024;
constexpr std::size_t kLarge = 1024 * 1024;  // what ingest lets through, kMaxStackBytes

/// A text of a hostile shape: the prefix, then the unit as often as fits, then the suffix.
struct Shape {
  std::string_view unit;
  std::string_view prefix = {};
  std::string_view suffix = {};
};

constexpr Shape kShapes[] = {
    // one huge line of one character
    {"a"},
    {"1"},
    {" "},
    {"\t"},
    {"/"},
    {":"},
    {"."},
    {"-"},
    {"@"},
    {"("},
    {")"},
    {"\x1b"},
    {"é"},
    // many lines
    {"\n"},
    {"\r\n"},
    {"a\n"},
    {"a:\n"},
    {"a: b\n"},
    {" \n"},
    {"a:2:3\n"},
    {"a()\n    a:1:2\n"},
    {"()\n    "},
    {"f()\n"},
    {"Caused by:\n"},
    {"Caused by: a\n"},
    {"\n\n\n:"},
    {"*a:\n"},
    // long digit runs and what follows them
    {"1", ":"},
    {"1", "a:", ":1"},
    {"12345 "},
    {"1.", "", "a"},
    {"1:", "x"},
    {"1", "/"},
    {"2024-01-15T10:30:0"},
    {"1.2.3.4:"},
    {"255.255.255."},
    {"0x"},
    {"f", "0x"},
    {"... 1"},
    // almost an identifier, again and again
    {"aaaaaaaa-"},
    {"0a1b2c3d-4e5f-aabb-ccdd-"},
    {"a@"},
    {"a.", "@"},
    {"a.", "a@", "."},
    {"a@a."},
    {"@v"},
    {"@v1."},
    {"goroutine "},
    {"... "},
    {"... 5"},
    {"\x1b["},
    {"\x1b[;;;;"},
    {"1", "\x1b["},
    // nested brackets
    {"((a.java:1"},
    {"(a.java:"},
    {"(a.java:1)"},
    {"[[{{(("},
    {"a", "("},
    {"(", "at f (eval at "},
    // paths and origins
    {"/a"},
    {"//"},
    {"/a/a:"},
    {"/a/a:1"},
    {"a/", "/", ":1"},
    {"/1"},
    {"://"},
    {"a://"},
    {"a+", "", "://"},
    {"a", "", "://x"},
    {"1", "", "://x"},
    // JavaScript frames
    {"at "},
    {"at a (\n"},
    {"at f (x:1:2)\n"},
    {"    at f (eval at g (x:1:2), <anonymous>:1:1)\n"},
    {"(x:1", "at f (eval at ", ")"},
    {"(x:1:2", "at f (eval at ", ")"},
    {" (", "at f", ")"},
    {" [as ", "at f", " (x:1:2)"},
    {"f@x:1:2\n"},
    {"*", "", "@x:1:2"},
    {"@", "", "x:1:2"},
    {" line 1 > eva", "f@x", ":1:2"},
    {" line ", "f@x", ":1:2"},
    {" line 1 > eval", "f@x", ":1:2"},
    {"async*f@x:1:2\n"},
    {"1", "f@x line ", " > eval:1:2"},
};

std::string text_of(const Shape& shape, std::size_t bytes) {
  std::string text(shape.prefix);
  while (text.size() + shape.unit.size() + shape.suffix.size() <= bytes) text += shape.unit;
  text += shape.suffix;
  return text;
}

/// Blocks and searched bytes for each byte of text.
template <class Run>
double work_per_byte(const std::string& text, Run run) {
  work = 0;
  run(text);
  return static_cast<double>(work) / static_cast<double>(text.size());
}

/// Quadratic work would be sixteen times as much a byte.
template <class Run>
void check_proportion(const Shape& shape, Run run, double most) {
  CAPTURE(shape.prefix);
  CAPTURE(shape.unit);
  CAPTURE(shape.suffix);
  const double small = work_per_byte(text_of(shape, kSmall), run);
  const double large = work_per_byte(text_of(shape, kLarge), run);
  CHECK(large < 1.05 * small + 0.5);
  CHECK(large > 1);
  CHECK(large < most);
}

}  // namespace

TEST_CASE("grouping: the counter counts blocks and searched bytes") {
  const auto strip_ansi = grouping_steps().front().run;
  std::string out;
  work = 0;
  REQUIRE_FALSE(strip_ansi(std::string(1000, 'a'), out));
  CHECK(work >= 1000);
  CHECK(work < 1100);
  const std::uint64_t searched = work;
  REQUIRE(strip_ansi(std::string(1000, 'a') + "\x1b[31;42m", out));
  CHECK(work > 2 * searched + 8);
}

TEST_CASE("grouping: hostile texts take work in proportion to their length") {
  for (const Shape& shape : kShapes) {
    check_proportion(
        shape, [](const std::string& text) { (void)normalize_stack(text, false); }, 150);
  }
}

TEST_CASE("grouping: each step alone takes work in proportion to the length of its text") {
  // An earlier step may have taken away what would be hostile to a later one.
  for (const Shape& shape : kShapes) {
    const auto run_each = [](const std::string& text) {
      std::string out;
      for (const GroupingStep& step : grouping_steps()) (void)step.run(text, out);
    };
    check_proportion(shape, run_each, 150);
  }
}

TEST_CASE("javascript: hostile texts take work in proportion to their length") {
  for (const Shape& shape : kShapes) {
    check_proportion(
        shape, [](const std::string& text) { (void)canonical_javascript_stack(text); }, 50);
  }
}

}  // namespace traceway::ingest
