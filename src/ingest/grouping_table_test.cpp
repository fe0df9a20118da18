// The table of real-looking stack traces, tests/grouping/: one error is one issue, two errors are
// two. Its format is in the README beside it.
#include "base/text.h"
#include "ingest/grouping.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::ingest {

namespace {

constexpr std::string_view kLanguages[] = {"go",     "javascript", "node", "python", "java",
                                           "kotlin", "php",        "ruby", "dotnet", "rust",
                                           "dart",   "swift",      "cpp"};

/// What is known about an occurrence that the fixed steps do not group as a person would.
enum class Known { kNothing, kApart, kMerged };

struct Occurrence {
  std::string label = {};
  Known known = Known::kNothing;
  std::string other = {};   ///< for kMerged: the label whose issue it falls into
  std::string reason = {};  ///< for kApart and kMerged
  std::string trace = {};
};

/// Reads `=== label`, `=== label | apart: reason` or `=== label | as other: reason`.
Occurrence parse_heading(std::string_view heading) {
  const std::size_t bar = heading.find(" | ");
  Occurrence out;
  out.label = heading.substr(0, bar);
  if (bar == std::string_view::npos) return out;
  const std::string_view note = heading.substr(bar + 3);
  const std::size_t colon = note.find(": ");
  REQUIRE_MESSAGE(colon != std::string_view::npos, heading);
  out.reason = note.substr(colon + 2);
  if (note.starts_with("as ")) {
    out.known = Known::kMerged;
    out.other = note.substr(3, colon - 3);
  } else {
    REQUIRE_MESSAGE(note.substr(0, colon) == "apart", heading);
    out.known = Known::kApart;
  }
  return out;
}

std::vector<Occurrence> table_of(std::string_view language) {
  std::ifstream file(TRACEWAY_SOURCE_DIR "/tests/grouping/" + std::string(language) + ".txt",
                     std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  const std::string all = content.str();
  std::vector<Occurrence> out;
  for (const std::string_view line : text::split(all, '\n')) {
    if (line.starts_with("=== ")) {
      out.push_back(parse_heading(line.substr(4)));
    } else if (!out.empty()) {
      if (!out.back().trace.empty()) out.back().trace += '\n';
      out.back().trace += line;
    }
  }
  return out;
}

/// The hash that ingest computes: JavaScript of both kinds is brought into canonical form before.
std::string hash_of(std::string_view language, const Occurrence& occurrence) {
  const bool is_javascript = language == "javascript" || language == "node";
  return exception_hash(
      is_javascript ? canonical_javascript_stack(occurrence.trace) : occurrence.trace, false);
}

struct Limit {
  std::string_view language;
  std::string_view reason;
  int occurrences;
};

/// Every known difference from perfect grouping, and how often the table shows it. Each follows
/// from a rule of ingest 5.2 or 5.5 that existing hashes fix; the README says which.
constexpr Limit kLimits[] = {
    {"cpp", "a type with :: is cut after its first part", 3},
    {"cpp", "backslash directories stay", 1},
    {"cpp", "directories not followed by file:line stay", 2},
    {"cpp", "message after what() stays", 2},
    {"cpp", "process numbers of fewer than five digits stay", 1},
    {"cpp", "processor numbers stay", 2},
    {"cpp", "small argument values of a debugger frame stay", 1},
    {"cpp", "times without a date and thread numbers stay", 2},
    {"cpp", "values in sanitizer reports stay", 2},
    {"dart", "frames of package stack_trace read like a header", 3},
    {"dart", "load addresses of a release build stay", 2},
    {"dart", "message after a type with a blank stays", 2},
    {"dart", "message of several lines", 1},
    {"dart", "short identity hashes stay", 2},
    {"dotnet", "carriage returns of a Windows server stay", 1},
    {"dotnet", "directories of .NET files stay", 1},
    {"dotnet", "message of an inner exception stays", 2},
    {"dotnet", "numbers of generated methods stay", 2},
    {"go", "goroutine number of five digits", 1},
    {"go", "how long a goroutine waited", 1},
    {"go", "second panic line keeps its message", 1},
    {"java", "line numbers of JVM frames are no part of the identity", 3},
    {"java", "message after an inner class name stays", 1},
    {"java", "message of a suppressed exception stays", 1},
    {"java", "message of several lines", 1},
    {"java", "numbers of generated proxies and accessors stay", 1},
    {"java", "thread name before an uncaught exception", 1},
    {"java", "versions of libraries in packaging data stay", 1},
    {"javascript", "Firefox names the functions that others leave unnamed", 1},
    {"javascript", "Safari counts columns of line 1 differently", 1},
    {"javascript", "bundle name changes with every build", 1},
    {"javascript", "native frames between our own", 1},
    {"javascript", "only Safari names the native job above async code", 1},
    {"kotlin", "identity hash codes without 0x stay", 2},
    {"kotlin", "line numbers of files without a JVM ending stay", 1},
    {"kotlin", "message after an inner class name stays", 3},
    {"node", "backslash directories stay", 1},
    {"node", "columns of line 1 move with every build", 1},
    {"node", "message after a type with an error code stays", 1},
    {"node", "message of several lines", 1},
    {"php", "directories of PHP frames stay", 1},
    {"php", "message after a namespaced class stays", 6},
    {"php", "message of a following exception stays", 1},
    {"python", "directories of Python files stay", 1},
    {"python", "message of several lines", 3},
    {"python", "messages inside an exception group stay", 1},
    {"ruby", "Ruby 3.4 names methods in another form", 1},
    {"ruby", "a type with :: is cut after its first part", 3},
    {"ruby", "message inside the first frame stays", 1},
    {"ruby", "names of compiled templates end in numbers", 2},
    {"rust", "a leading dot of a relative directory stays", 1},
    {"rust", "a type with :: is cut after its first part", 3},
    {"rust", "message of a report without a type stays", 1},
    {"rust", "numbers in thread names stay", 2},
    {"rust", "panic message stays", 3},
    {"rust", "symbol hashes change with the compiler", 1},
    {"swift", "how long the backtrace took", 2},
    {"swift", "message after a type with a blank stays", 2},
    {"swift", "offsets in system libraries move with the system", 1},
    {"swift", "process and thread numbers of a log line stay", 2},
    {"swift", "thread numbers and names stay", 2},
};

}  // namespace

TEST_CASE("grouping table: every language has sixty traces of about twenty errors") {
  for (const std::string_view language : kLanguages) {
    CAPTURE(language);
    std::map<std::string, int> counts;
    std::set<std::string> texts;
    for (const Occurrence& occurrence : table_of(language)) {
      ++counts[occurrence.label];
      CHECK_MESSAGE(texts.insert(occurrence.trace).second, occurrence.label, " repeats a text");
    }
    CHECK(texts.size() == 60);
    CHECK(counts.size() >= 18);
    for (const auto& [label, count] : counts) CHECK_MESSAGE(count >= 2, label);
  }
}

TEST_CASE("grouping table: equal labels share a hash, different labels do not") {
  for (const std::string_view language : kLanguages) {
    CAPTURE(language);
    std::map<std::string, std::string> hash_of_label;
    std::map<std::string, std::string> label_of_hash;
    for (const Occurrence& occurrence : table_of(language)) {
      if (occurrence.known != Known::kNothing) continue;
      CAPTURE(occurrence.label);
      const std::string hash = hash_of(language, occurrence);
      CHECK(hash_of_label.try_emplace(occurrence.label, hash).first->second == hash);
      CHECK(label_of_hash.try_emplace(hash, occurrence.label).first->second == occurrence.label);
    }
  }
}

TEST_CASE("grouping table: what is known to fall apart or together still does") {
  for (const std::string_view language : kLanguages) {
    CAPTURE(language);
    const std::vector<Occurrence> table = table_of(language);
    for (const Occurrence& occurrence : table) {
      if (occurrence.known == Known::kNothing) continue;
      CAPTURE(occurrence.label);
      CAPTURE(occurrence.reason);
      const std::string hash = hash_of(language, occurrence);
      bool has_other = false;
      for (const Occurrence& neighbour : table) {
        if (&neighbour == &occurrence) continue;
        const bool is_equal = hash_of(language, neighbour) == hash;
        const bool is_expected =
            occurrence.known == Known::kMerged &&
            (neighbour.label == occurrence.other || neighbour.label == occurrence.label);
        CHECK_MESSAGE(is_equal == is_expected, neighbour.label);
        has_other |= is_equal && neighbour.label == occurrence.other;
      }
      CHECK(has_other == (occurrence.known == Known::kMerged));
    }
  }
}

TEST_CASE("grouping table: the list of what is known is complete") {
  std::map<std::pair<std::string_view, std::string>, int> counts;
  for (const std::string_view language : kLanguages) {
    for (const Occurrence& occurrence : table_of(language)) {
      if (occurrence.known != Known::kNothing) ++counts[{language, occurrence.reason}];
    }
  }
  for (const Limit& limit : kLimits) {
    CAPTURE(limit.language);
    CAPTURE(limit.reason);
    CHECK(counts[{limit.language, std::string(limit.reason)}] == limit.occurrences);
  }
  for (const auto& [key, count] : counts) {
    const bool is_listed = std::ranges::any_of(kLimits, [&](const Limit& limit) {
      return limit.language == key.first && limit.reason == key.second;
    });
    CHECK_MESSAGE(is_listed, key.first, ": ", key.second, ", ", count);
  }
}

}  // namespace traceway::ingest
