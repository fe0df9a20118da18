// What grouping a hostile text of 1 MiB costs, beside one pass of memchr over it in the same run,
// and how the time of 1 MiB compares with that of 256 KiB: 4 is linear, 16 quadratic.
#include "bench/figures.h"
#include "ingest/grouping.h"

#include <cstring>
#include <string>
#include <string_view>

namespace {

using traceway::bench::Samples;
using traceway::bench::times_ms;

constexpr std::size_t kBytes = 1024 * 1024;  // ingest cuts a stack text here
constexpr int kRuns = 5;

constexpr std::string_view kUnits[] = {
    "/a",         "1:",
    "((a.java:1", "12345 ",
    "a@",         "a.",
    "1.",         "://",
    "x:\n",       "\n",
    "f()\n    ",  "aaaaaaaa-",
    "Caused by:", "\x1b[",
    "... ",       "at f (x:1:2)\n",
    "f@x:1:2\n",  "\tat com.acme.cart.Cart.total(Cart.java:48)\n"};

std::string repeated(std::string_view unit, std::size_t bytes) {
  std::string text;
  while (text.size() + unit.size() <= bytes) text += unit;
  return text;
}

Samples grouping_ms(const std::string& text) {
  return times_ms(kRuns, [&] {
    (void)traceway::ingest::exception_hash(traceway::ingest::canonical_javascript_stack(text),
                                           false);
  });
}

std::string printable(std::string_view unit) {
  std::string out;
  for (const char c : unit) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\x1b') {
      out += "\\e";
    } else {
      out += c == '\t' ? ' ' : c;
    }
  }
  return out;
}

}  // namespace

int main() {
  const traceway::bench::FigureTable table("Grouping 1 MiB of a repeated text", "ms",
                                           "memchr over it");
  for (const std::string_view unit : kUnits) {
    const std::string whole = repeated(unit, kBytes);
    const Samples took = grouping_ms(whole);
    const Samples quarter = grouping_ms(repeated(unit, kBytes / 4));
    const void* volatile found = nullptr;
    const Samples pass =
        times_ms(kRuns, [&] { found = std::memchr(whole.data(), 1, whole.size()); });
    table.row(
        "`" + printable(unit) + "`", took, pass,
        traceway::bench::figure(took.smallest() / quarter.smallest()) + " times a quarter of it");
  }
  return 0;
}
