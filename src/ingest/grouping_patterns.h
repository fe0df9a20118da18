// The grouping steps as regular expressions (RE2 syntax), for tests: what the scanners must equal.
// Source: ingest 5.2.
#pragma once

#include <string_view>

namespace traceway::ingest {

struct GroupingPattern {
  std::string_view step;
  const char* pattern;
  const char* replacement;
};

/// All steps but "pathId", which looks ahead and RE2 cannot.
inline constexpr GroupingPattern kGroupingPatterns[] = {
    {"ansi", R"(\x1b\[[0-?]*[ -/]*[@-~])", ""},
    {"timestamp",
     R"(\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?)",
     "<timestamp>"},
    {"causedBy", R"((?m)^(Caused by:\s*[\w.$]+):\s*.+)", R"(\1)"},
    {"header", R"((?m)^(\*?[\w.]+):\s*.+)", R"(\1)"},
    {"jsFunction", R"((?m)^( {0,4})(.+)\(\)(\n {4}.+:\d+:\d+)$)", R"(\1<fn>\3)"},
    {"urlOrigin", R"([a-zA-Z][a-zA-Z0-9+.\-]*://[^/\s]*)", ""},
    {"absolutePath", R"(/[^\s:]+/([^/\s:]+:\d+))", R"(\1)"},
    {"laterColumn", R"((?m)^(\s*.+:(?:[2-9]|[1-9]\d+)):\d+$)", R"(\1)"},
    {"version", R"(@v[\d.]+)", ""},
    {"hex", R"(0x[0-9a-fA-F]+)", "<hex>"},
    {"uuid", R"([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})",
     "<uuid>"},
    {"largeNumber", R"((^|[^:\d])(\d{5,})($|[^\d]))", R"(\1<id>\3)"},
    {"email", R"([\w.\-]+@[\w.\-]+\.\w+)", "<email>"},
    {"ip", R"(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(:\d+)?)", "<ip>"},
    {"goroutine", R"(goroutine \d+)", "goroutine <n>"},
    {"javaLine", R"(\((\w[\w.$]*\.(?:java|kt|scala)):\d+\))", R"((\1))"},
    {"javaEllipsis", R"(\.\.\. \d+ more)", "... more"},
    {"spaces", R"([ \t]+)", " "},
    {"newlines", R"(\n+)", "\n"},
};

}  // namespace traceway::ingest
