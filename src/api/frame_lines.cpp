#include "api/frame_lines.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace traceway::api {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

std::int64_t number(std::string_view digits) {
  return text::parse_int(digits).value_or(0);
}

/// Takes `:digits` off the end; empty when it does not end so.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::size_t begin = text.size();
  while (begin > 0 && is_digit(text[begin - 1])) --begin;
  if (begin == text.size() || begin < 2 || text[begin - 1] != ':') return std::nullopt;
  const std::int64_t value = number(text.substr(begin));
  text = text.substr(0, begin - 1);
  return value;
}

FrameLine located(std::string_view function, const Location& place, FrameLanguage language) {
  return {.function = function,
          .file = place.file,
          .line = place.line,
          .column = place.column,
          .language = language};
}

std::string_view until_last(std::string_view text, char separator) {
  const std::size_t at = text.rfind(separator);
  return at == kNone ? std::string_view() : text.substr(0, at);
}

// --- lines that begin with `at `: V8, the JVM, .NET ---

/// `Shop.Api.Orders.Get(Guid id) in /src/Orders.cs:line 42`; Mono puts `[0x0001a]` before the in.
std::optional<FrameLine> dotnet_frame(std::string_view rest) {
  constexpr std::string_view kIn = ") in ";
  constexpr std::string_view kMonoIn = "] in ";
  constexpr std::string_view kLine = ":line ";
  std::size_t in = rest.rfind(kIn);
  if (in == kNone) in = rest.rfind(kMonoIn);
  if (in == kNone) return std::nullopt;
  const std::string_view call = rest.substr(0, rest.find('('));
  FrameLine out{.function = text::trim(call), .language = FrameLanguage::kDotnet};
  out.module = until_last(out.function, '.');
  const std::string_view place = rest.substr(in + kIn.size());
  if (const std::size_t line = place.rfind(kLine); line != kNone) {
    out.file = place.substr(0, line);
    out.line = number(place.substr(line + kLine.size()));
  } else if (const auto location = location_of(place)) {
    out.file = location->file;
    out.line = location->line;
  } else {
    out.file = place;
  }
  return out;
}

std::string_view npm_package(std::string_view file) {
  constexpr std::string_view kModules = "node_modules/";
  const std::size_t at = file.rfind(kModules);
  if (at == kNone) return {};
  const std::string_view path = file.substr(at + kModules.size());
  std::size_t end = path.find('/');
  if (path.starts_with('@') && end != kNone) end = path.find('/', end + 1);
  return path.substr(0, end);
}

FrameLine javascript_frame(std::string_view function, std::string_view place) {
  FrameLine out{.function = function, .language = FrameLanguage::kJavaScript};
  constexpr std::string_view kEval = "eval at ";
  if (place.starts_with(kEval)) {
    // The innermost parentheses that hold a location say where the eval stands.
    const std::size_t open = place.rfind('(', place.find(')'));
    place = open == kNone ? place : place.substr(open + 1, place.find(')') - open - 1);
  }
  if (place.starts_with("file://")) place.remove_prefix(7);
  if (const auto location = location_of(place)) {
    out.file = location->file;
    out.line = location->line;
    out.column = location->column;
  } else if (place != "<anonymous>" && place != "native") {
    out.file = place;
  }
  out.module = npm_package(out.file);
  return out;
}

/// `com.example.Service.process(Service.kt:55)`, `java.base/java.net.Socket.connect(Unknown
/// Source)`.
std::optional<FrameLine> jvm_frame(std::string_view call, std::string_view inside) {
  const bool is_source = inside.find(".java") != kNone || inside.find(".kt") != kNone ||
                         inside.find(".scala") != kNone || inside.find(".groovy") != kNone ||
                         inside.find(".clj") != kNone || inside == "Native Method" ||
                         inside.starts_with("Unknown Source") || inside.starts_with("SourceFile") ||
                         inside.starts_with("r8-map-id");
  if (!is_source) return std::nullopt;
  if (const std::size_t slash = call.rfind('/'); slash != kNone) call.remove_prefix(slash + 1);
  FrameLine out{.function = call, .language = FrameLanguage::kJvm};
  out.module = until_last(call, '.');
  if (const auto location = location_of(inside)) {
    out.file = location->file;
    out.line = location->line;
  } else if (inside != "Native Method" && inside != "Unknown Source") {
    out.file = inside;
  }
  return out;
}

std::optional<FrameLine> at_frame(std::string_view rest) {
  for (const std::string_view modifier : {"async ", "new "}) {
    if (rest.starts_with(modifier) && rest.find('(') != kNone) rest.remove_prefix(modifier.size());
  }
  if (rest.find(") in ") != kNone || rest.find("] in ") != kNone) return dotnet_frame(rest);
  if (rest.ends_with(')')) {
    const std::size_t open = rest.rfind(" (");
    const std::string_view inside =
        open == kNone ? std::string_view() : rest.substr(open + 2, rest.size() - open - 3);
    // An eval nests parentheses: its place begins at the first one.
    const std::size_t eval = rest.find(" (eval at ");
    if (eval != kNone) {
      return javascript_frame(rest.substr(0, eval), rest.substr(eval + 2, rest.size() - eval - 3));
    }
    if (open != kNone && (location_of(inside) || inside == "<anonymous>" || inside == "native" ||
                          inside.starts_with("node:") || inside.starts_with("index "))) {
      return javascript_frame(rest.substr(0, open), inside);
    }
    const std::size_t call_end = rest.rfind('(');
    const std::string_view call = rest.substr(0, call_end);
    const std::string_view arguments = rest.substr(call_end + 1, rest.size() - call_end - 2);
    if (auto jvm = jvm_frame(call, arguments)) return jvm;
    FrameLine out{.function = text::trim(rest.substr(0, rest.find('('))),
                  .language = FrameLanguage::kDotnet};
    out.module = until_last(out.function, '.');
    // A sentence may begin with "at " too; a method has a type before it.
    if (out.module.empty() || out.module.find(' ') != kNone) return std::nullopt;
    return out;
  }
  if (location_of(rest) && rest.find(' ') == kNone) return javascript_frame({}, rest);
  return std::nullopt;
}

// --- Gecko and JavaScriptCore: `function@location` ---

std::optional<FrameLine> gecko_frame(std::string_view line) {
  const std::size_t at = line.rfind('@');
  if (at == kNone) return std::nullopt;
  const std::string_view place = line.substr(at + 1);
  if (place == "[native code]") {
    return FrameLine{.function = line.substr(0, at), .language = FrameLanguage::kJavaScript};
  }
  const auto location = location_of(place);
  if (!location || location->column == 0 || place.find("://") == kNone) return std::nullopt;
  return javascript_frame(line.substr(0, at), place);
}

// --- Python: `File "path", line 31, in checkout` ---

std::optional<FrameLine> python_frame(std::string_view line) {
  constexpr std::string_view kFile = "File \"";
  constexpr std::string_view kLine = "\", line ";
  constexpr std::string_view kIn = ", in ";
  if (!line.starts_with(kFile)) return std::nullopt;
  const std::size_t end = line.find(kLine);
  if (end == kNone) return std::nullopt;
  FrameLine out{.file = line.substr(kFile.size(), end - kFile.size()),
                .language = FrameLanguage::kPython};
  const std::size_t digits = end + kLine.size();
  const std::size_t count = digits_at(line, digits);
  if (count == 0) return std::nullopt;
  out.line = number(line.substr(digits, count));
  const std::string_view rest = line.substr(digits + count);
  if (rest.starts_with(kIn)) out.function = rest.substr(kIn.size());
  return out;
}

// --- lines that begin with `#0`: PHP, Dart, debuggers ---

std::optional<FrameLine> php_frame(std::string_view rest) {
  constexpr std::string_view kInternal = "[internal function]: ";
  constexpr std::string_view kCall = "): ";
  FrameLine out{.language = FrameLanguage::kPhp};
  std::string_view call;
  if (rest.starts_with(kInternal)) {
    call = rest.substr(kInternal.size());
  } else {
    const std::size_t end = rest.find(kCall);
    if (end == kNone) return std::nullopt;
    const std::size_t open = rest.rfind('(', end);
    if (open == kNone || open + 1 + digits_at(rest, open + 1) != end) return std::nullopt;
    out.file = rest.substr(0, open);
    out.line = number(rest.substr(open + 1, end - open - 1));
    call = rest.substr(end + kCall.size());
  }
  out.function = call.substr(0, call.find('('));
  const std::size_t arrow = std::min(out.function.rfind("->"), out.function.rfind("::"));
  if (arrow != kNone) out.module = out.function.substr(0, arrow);
  return out;
}

/// `0x0000 in fn (arguments) at file.cpp:12`, `fn (arguments) at /x/file.cpp:12`, sanitizers'
/// `0x0000 in fn() /x/file.cpp:12:3`.
std::optional<FrameLine> debugger_frame(std::string_view rest) {
  const bool has_address = rest.starts_with("0x");
  if (has_address) {
    const std::size_t in = rest.find(" in ");
    if (in == kNone) return std::nullopt;
    rest.remove_prefix(in + 4);
  }
  constexpr std::string_view kAt = " at ";
  const std::size_t at = rest.rfind(kAt);
  const std::size_t space = rest.rfind(' ');
  if (at == kNone && (!has_address || space == kNone)) {
    if (!has_address) return std::nullopt;
    return FrameLine{.function = rest, .language = FrameLanguage::kNative};
  }
  const std::size_t cut = at != kNone ? at : space;
  const std::string_view call = rest.substr(0, cut);
  const std::string_view place = rest.substr(at != kNone ? at + kAt.size() : space + 1);
  if (const auto location = location_of(place)) {
    return located(call.substr(0, call.find(" (")), *location, FrameLanguage::kNative);
  }
  if (at != kNone) return std::nullopt;
  return FrameLine{.function = call, .module = place, .language = FrameLanguage::kNative};
}

/// `chargeCard (package:shop/src/cart.dart:35:10)`, `_kDartIsolateSnapshotInstructions+141e6b`.
std::optional<FrameLine> dart_frame(std::string_view rest) {
  if (rest.starts_with("_kDart") || rest.starts_with("abs ")) {
    return FrameLine{.function = rest, .language = FrameLanguage::kDart};
  }
  const std::size_t open = rest.rfind(" (");
  if (open == kNone || !rest.ends_with(')')) return std::nullopt;
  const auto location = location_of(rest.substr(open + 2, rest.size() - open - 3));
  if (!location) return std::nullopt;
  FrameLine out = located(rest.substr(0, open), *location, FrameLanguage::kDart);
  constexpr std::string_view kPackage = "package:";
  if (out.file.starts_with(kPackage)) {
    out.module = out.file.substr(kPackage.size());
    out.module = out.module.substr(0, out.module.find('/'));
  }
  return out;
}

std::optional<FrameLine> numbered_frame(std::string_view line) {
  const std::size_t digits = digits_at(line, 1);
  if (digits == 0) return std::nullopt;
  const std::size_t begin = skip_blanks(line, 1 + digits);
  if (begin == 1 + digits) return std::nullopt;
  const std::string_view rest = line.substr(begin);
  if (auto php = php_frame(rest)) return php;
  if (auto dart = dart_frame(rest)) return dart;
  return debugger_frame(rest);
}

// --- lines that begin with a number: Rust, Swift, boost and std::stacktrace ---

/// `UIKitCore  0x0000000102 -[UIApplication run] + 64`, Swift's `0x0000000102 fn() + 28 in app at
/// /x/main.swift:12:5`.
std::optional<FrameLine> image_frame(std::string_view rest) {
  constexpr std::string_view kIn = " in ";
  constexpr std::string_view kAt = " at ";
  FrameLine out{.language = FrameLanguage::kNative};
  if (!rest.starts_with("0x")) {
    const std::size_t end = rest.find(" 0x");
    if (end == kNone) return std::nullopt;
    out.module = text::trim(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  const std::size_t blank = rest.find(' ');
  if (blank == kNone) return out.module.empty() ? std::nullopt : std::optional(out);
  rest = text::trim(rest.substr(blank));
  if (const std::size_t at = rest.rfind(kAt); at != kNone) {
    if (const auto location = location_of(rest.substr(at + kAt.size()))) {
      out.file = location->file;
      out.line = location->line;
      out.column = location->column;
      rest = rest.substr(0, at);
    }
  }
  if (const std::size_t in = rest.rfind(kIn); in != kNone && out.module.empty()) {
    out.module = rest.substr(in + kIn.size());
    rest = rest.substr(0, in);
  }
  // `(File.swift:12)` behind the symbol.
  if (const std::size_t open = rest.rfind(" ("); open != kNone && rest.ends_with(')')) {
    if (const auto location = location_of(rest.substr(open + 2, rest.size() - open - 3))) {
      out.file = location->file;
      out.line = location->line;
      rest = rest.substr(0, open);
    }
  }
  const std::size_t plus = rest.rfind(" + ");
  const bool has_offset = plus != kNone && plus + 3 + digits_at(rest, plus + 3) == rest.size();
  out.function = has_offset ? rest.substr(0, plus) : rest;
  return out;
}

std::optional<FrameLine> rust_frame(std::string_view rest) {
  // `0x55d1 - core::panicking::panic` of full backtraces.
  if (rest.starts_with("0x")) {
    const std::size_t dash = rest.find(" - ");
    if (dash == kNone) return std::nullopt;
    rest.remove_prefix(dash + 3);
  }
  const bool is_sentence = rest.find(' ') != kNone && rest.find("::") == kNone;
  if (rest.empty() || is_sentence || rest.find(": ") != kNone) return std::nullopt;
  FrameLine out{.function = rest, .language = FrameLanguage::kRust, .awaits_location = true};
  const std::size_t crate = rest.starts_with('<') ? 1 : 0;
  const std::size_t path = rest.find("::");
  if (path != kNone) out.module = rest.substr(crate, path - crate);
  return out;
}

/// `fn at file.cpp:12`, `fn in ./program`, behind `0#`.
FrameLine stacktrace_frame(std::string_view rest) {
  FrameLine out{.function = rest, .language = FrameLanguage::kNative};
  if (const std::size_t at = rest.rfind(" at "); at != kNone) {
    if (const auto location = location_of(rest.substr(at + 4))) {
      return located(rest.substr(0, at), *location, FrameLanguage::kNative);
    }
  }
  if (const std::size_t in = rest.rfind(" in "); in != kNone) {
    out.function = rest.substr(0, in);
    out.module = rest.substr(in + 4);
  }
  return out;
}

std::optional<FrameLine> counted_frame(std::string_view line) {
  const std::size_t digits = digits_at(line, 0);
  if (digits == 0 || digits == line.size()) return std::nullopt;
  const std::size_t begin = skip_blanks(line, digits + 1);
  if (begin == digits + 1 && !is_blank(line[digits])) return std::nullopt;
  const std::string_view rest = line.substr(begin);
  if (line[digits] == ':') return rust_frame(rest);
  if (line[digits] == '#') return stacktrace_frame(rest);
  if (is_blank(line[digits])) return image_frame(rest);
  return std::nullopt;
}

// --- Ruby: `file.rb:12:in 'method'`; glibc: `./program(fn+0x1d) [0x4006]` ---

std::optional<FrameLine> ruby_frame(std::string_view line) {
  if (line.starts_with("from ")) line.remove_prefix(5);
  const std::size_t in = line.find(":in ");
  if (in == kNone || in + 5 >= line.size()) return std::nullopt;
  const char quote = line[in + 4];
  if (quote != '\'' && quote != '`') return std::nullopt;
  const auto location = location_of(line.substr(0, in));
  if (!location) return std::nullopt;
  const std::size_t end = line.find('\'', in + 5);
  if (end == kNone) return std::nullopt;
  return located(line.substr(in + 5, end - in - 5), *location, FrameLanguage::kRuby);
}

std::optional<FrameLine> glibc_frame(std::string_view line) {
  if (!line.ends_with(']')) return std::nullopt;
  const std::size_t address = line.rfind(" [0x");
  const std::size_t close = line.rfind(')', address);
  const std::size_t open = line.rfind('(', close);
  if (address == kNone || close == kNone || open == kNone || open == 0) return std::nullopt;
  const std::string_view symbol = line.substr(open + 1, close - open - 1);
  return FrameLine{.function = symbol.substr(0, symbol.rfind('+')),
                   .module = line.substr(0, open),
                   .language = FrameLanguage::kNative};
}

// --- calls whose place is on the next line: Go and our SDKs ---

/// `main.(*App).Load(0xc000010250, ...)`, `handleRequest()`, `created by net/http.Serve in
/// goroutine 1`.
std::optional<FrameLine> call_line(std::string_view line) {
  constexpr std::string_view kCreated = "created by ";
  FrameLine out{.awaits_location = true};
  if (line.starts_with(kCreated)) {
    line.remove_prefix(kCreated.size());
    out.function = line.substr(0, line.find(" in goroutine"));
    return out;
  }
  if (!line.ends_with(')') || is_blank(line.front())) return std::nullopt;
  // The arguments are the last parentheses; a receiver is in parentheses of its own.
  const std::size_t open = line.rfind('(');
  if (open == kNone || open == 0) return std::nullopt;
  out.function = line.substr(0, open);
  if (out.function.find(' ') != kNone && !out.function.starts_with("<")) return std::nullopt;
  return out;
}

/// `    Array.forEach [native code]`, as canonical JavaScript stacks write it.
std::optional<FrameLine> native_code(std::string_view line) {
  constexpr std::string_view kNative = " [native code]";
  if (!line.ends_with(kNative)) return std::nullopt;
  line.remove_suffix(kNative.size());
  return FrameLine{.function = line, .language = FrameLanguage::kJavaScript};
}

}  // namespace

std::optional<Location> location_of(std::string_view text) {
  if (const std::size_t offset = text.rfind(" +0x"); offset != kNone) text = text.substr(0, offset);
  const auto last = take_number(text);
  if (!last) return std::nullopt;
  std::string_view file = text;
  if (const auto line = take_number(file)) return Location{file, *line, *last};
  return Location{text, *last, 0};
}

std::optional<FrameLine> frame_of_line(std::string_view line) {
  const std::string_view trimmed = text::trim(line);
  if (trimmed.empty()) return std::nullopt;
  if (trimmed.starts_with("at ")) return at_frame(text::trim(trimmed.substr(3)));
  if (trimmed.front() == '#') return numbered_frame(trimmed);
  if (is_digit(trimmed.front())) return counted_frame(trimmed);
  if (auto python = python_frame(trimmed)) return python;
  if (auto gecko = gecko_frame(trimmed)) return gecko;
  if (auto ruby = ruby_frame(trimmed)) return ruby;
  if (auto glibc = glibc_frame(trimmed)) return glibc;
  if (is_blank(line.front())) return native_code(trimmed);
  return call_line(trimmed);
}

}  // namespace traceway::api
