// What grouping a hostile text of 1 MiB costs, beside one pass of memchr over it in the same run,
// and how the time of 1 MiB compares with that of 256 KiB: 4 is linear, 16 quadratic.
#include "ingest/grouping.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace {

using Clock = std::chrono::steady_clock;

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

/// The best of some runs, in milliseconds.
template <class Run>
double milliseconds(Run run) {
  double best = 1e9;
  for (int i = 0; i < kRuns; ++i) {
    const auto begin = Clock::now();
    run();
    const std::chrono::duration<double, std::milli> took = Clock::now() - begin;
    best = std::min(best, took.count());
  }
  return best;
}

double grouping_ms(const std::string& text) {
  return milliseconds([&] {
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
  std::printf("%-48s %8s %10s %7s\n", "1 MiB of", "ms", "memchr ms", "growth");
  for (const std::string_view unit : kUnits) {
    const std::string whole = repeated(unit, kBytes);
    const double ms = grouping_ms(whole);
    const double quarter_ms = grouping_ms(repeated(unit, kBytes / 4));
    const void* volatile found = nullptr;
    const double pass_ms =
        milliseconds([&] { found = std::memchr(whole.data(), 1, whole.size()); });
    std::printf("%-48s %8.2f %10.3f %7.1f\n", printable(unit).c_str(), ms, pass_ms,
                ms / quarter_ms);
  }
  return 0;
}
