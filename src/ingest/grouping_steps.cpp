#include "ingest/grouping_steps.h"

#include "ingest/scanner.h"

namespace traceway::ingest {

namespace {

using scanner::is_digit;
using scanner::is_hex;
using scanner::is_letter;
using scanner::is_space;
using scanner::is_word;
using scanner::line_end;
using scanner::location_end;
using scanner::LocationEnd;
using scanner::peek;
using scanner::Rewriter;
using scanner::skip;

constexpr std::size_t kNone = std::string_view::npos;

/// Step 1: `\x1b\[[0-?]*[ -/]*[@-~]`
bool strip_ansi(std::string_view text, std::string& out) {
  Rewriter rewriter(text, out);
  for (std::size_t at = text.find('\x1b'); at != kNone;) {
    std::size_t end = at + 1;
    if (peek(text, end) == '[') {
      end = skip(text, end + 1, [](char c) { return c >= '0' && c <= '?'; });
      end = skip(text, end, [](char c) { return c >= ' ' && c <= '/'; });
      if (const char last = peek(text, end); last >= '@' && last <= '~') {
        rewriter.replace(at, ++end, "");
      }
    }
    at = text.find('\x1b', end);
  }
  return rewriter.finish();
}

/// Matches a shape: `d` a digit, `-` one of `-/`, `T` one of `T` and blank, else itself. Returns
/// the end, kNone without a match.
std::size_t match_shape(std::string_view text, std::size_t at, std::string_view shape) {
  for (const char want : shape) {
    const char c = peek(text, at++);
    const bool fits = want == 'd'   ? is_digit(c)
                      : want == '-' ? c == '-' || c == '/'
                      : want == 'T' ? c == 'T' || c == ' '
                                    : c == want;
    if (!fits) return kNone;
  }
  return at;
}

std::size_t match_timestamp(std::string_view text, std::size_t at) {
  std::size_t end = match_shape(text, at, "dddd-dd-ddTdd:dd:dd");
  if (end == kNone) return kNone;
  if (const char mark = peek(text, end); (mark == '.' || mark == ',')) {
    const std::size_t digits = skip(text, end + 1, is_digit) - (end + 1);
    if (digits > 0) end += 1 + (digits < 9 ? digits : 9);
  }
  const char zone = peek(text, end);
  if (zone == 'Z') return end + 1;
  if (zone != '+' && zone != '-') return end;
  for (const std::string_view shape : {"dd:dd", "dddd"}) {
    if (const std::size_t with_zone = match_shape(text, end + 1, shape); with_zone != kNone) {
      return with_zone;
    }
  }
  return end;
}

/// Step 2: `\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?`
bool replace_timestamps(std::string_view text, std::string& out) {
  Rewriter rewriter(text, out);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = is_digit(text[at]) ? match_timestamp(text, at) : kNone;
    if (end != kNone) rewriter.replace(at, end, "<timestamp>");
    at = end != kNone ? end : at + 1;
  }
  return rewriter.finish();
}

/// The end of `:\s*.+` from the colon at `at`; kNone without a match. White space may cross lines;
/// at the end of the text it gives back what `.+` needs.
std::size_t match_message(std::string_view text, std::size_t at) {
  if (peek(text, at) != ':') return kNone;
  const std::size_t word = skip(text, at + 1, is_space);
  if (word < text.size()) return line_end(text, word);
  for (std::size_t last = word; last > at + 1; --last) {
    if (text[last - 1] != '\n') return last;
  }
  return kNone;
}

/// Calls match(line start), which returns the first and last position to drop or {kNone, …}, at
/// every line start that no earlier match covers.
template <class Match>
bool cut_at_line_starts(std::string_view text, std::string& out, Match match) {
  Rewriter rewriter(text, out);
  for (std::size_t at = 0; at < text.size();) {
    const auto [from, to] = match(at);
    if (from != kNone) {
      rewriter.replace(from, to, "");
      at = to;
    }
    at = line_end(text, at) + 1;
  }
  return rewriter.finish();
}

constexpr std::string_view kCause = "Caused by:";

/// Step 3: `^(Caused by:\s*[\w.$]+):\s*.+` lines, keeps $1
bool strip_cause_message(std::string_view text, std::string& out) {
  return cut_at_line_starts(text, out, [text](std::size_t at) {
    std::pair<std::size_t, std::size_t> cut{kNone, 0};
    if (!text.substr(at).starts_with(kCause)) return cut;
    const std::size_t type = skip(text, at + kCause.size(), is_space);
    const std::size_t end =
        skip(text, type, [](char c) { return is_word(c) || c == '.' || c == '$'; });
    if (end == type) return cut;
    if (const std::size_t to = match_message(text, end); to != kNone) cut = {end, to};
    return cut;
  });
}

/// Step 4: `^(\*?[\w.]+):\s*.+` lines, keeps $1
bool strip_header_message(std::string_view text, std::string& out) {
  return cut_at_line_starts(text, out, [text](std::size_t at) {
    std::pair<std::size_t, std::size_t> cut{kNone, 0};
    const std::size_t type = at + (peek(text, at) == '*' ? 1 : 0);
    const std::size_t end = skip(text, type, [](char c) { return is_word(c) || c == '.'; });
    if (end == type) return cut;
    if (const std::size_t to = match_message(text, end); to != kNone) cut = {end, to};
    return cut;
  });
}

/// ` {4}.+:\d+:\d+`, the whole line
bool is_location_line(std::string_view line) {
  if (!line.starts_with("    ")) return false;
  const LocationEnd found = location_end(line);
  return found.line != kNone && found.line > 4;
}

/// Step 5: `^( {0,4})(.+)\(\)(\n {4}.+:\d+:\d+)$` lines, to `$1<fn>$3`
bool replace_javascript_function(std::string_view text, std::string& out) {
  Rewriter rewriter(text, out);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = line_end(text, at);
    const std::string_view line = text.substr(at, end - at);
    std::size_t next = end + 1;
    if (line.size() > 2 && line.ends_with("()") && next < text.size()) {
      const std::size_t location_ends = line_end(text, next);
      if (is_location_line(text.substr(next, location_ends - next))) {
        std::size_t indent = 0;  // gives back what the name needs: at least one character
        while (indent < 4 && indent < line.size() - 3 && line[indent] == ' ') ++indent;
        rewriter.replace(at + indent, end, "<fn>");
        next = location_ends + 1;
      }
    }
    at = next;
  }
  return rewriter.finish();
}

/// Step 6: `[a-zA-Z][a-zA-Z0-9+.\-]*://[^/\s]*`
bool strip_url_origin(std::string_view text, std::string& out) {
  Rewriter rewriter(text, out);
  std::size_t free_from = 0;  // nothing before it may match again
  for (std::size_t at = text.find("://"); at != kNone; at = text.find("://", free_from)) {
    std::size_t scheme = at;
    for (std::size_t back = at; back > free_from; --back) {
      const char c = text[back - 1];
      if (!is_letter(c) && !is_digit(c) && c != '+' && c != '.' && c != '-') break;
      if (is_letter(c)) scheme = back - 1;
    }
    free_from = at + 3;
    if (scheme == at) continue;
    free_from = skip(text, free_from, [](char c) { return c != '/' && !is_space(c); });
    rewriter.replace(scheme, free_from, "");
  }
  return rewriter.finish();
}

/// Step 7: `/[^\s:]+/([^/\s:]+:\d+)`, keeps $1
bool strip_directories(std::string_view text, std::string& out) {
  Rewriter rewriter(text, out);
  for (std::size_t at = text.find('/'); at != kNone;) {
    std::size_t end = skip(text, at + 1, [](char c) { return c != ':' && !is_space(c); });
    const std::size_t slash = text.substr(0, end).rfind('/');
    // No later slash of the run can match where this one does not.
    if (slash > at + 1 && slash + 1 < end && peek(text, end) == ':' &&
        is_digit(peek(text, end + 1))) {
      rewriter.replace(at, slash + 1, "");
      end = skip(text, end + 1, is_digit);
    }
    at = text.find('/', end);
  }
  return rewriter.finish();
}

/// Step 8: `^(\s*.+:(?:[2-9]|[1-9]\d+)):\d+$` lines, keeps $1
bool strip_later_columns(std::string_view text, std::string& out) {
  return cut_at_line_starts(text, out, [text](std::size_t at) {
    const std::string_view line = text.substr(at, line_end(text, at) - at);
    const LocationEnd found = location_end(line);
    std::pair<std::size_t, std::size_t> cut{kNone, 0};
    if (found.line == kNone || found.line == 0) return cut;
    const std::string_view number = line.substr(found.line + 1, found.column - found.line - 1);
    if (number.front() == '0' || number == "1") return cut;
    cut = {at + found.column, at + line.size()};
    return cut;
  });
}

/// Step 9: `/\d+` before one of `/?#"')`, white space or the end
bool replace_path_ids(std::string_view text, std::string& out) {
  constexpr std::string_view kAfter = "/?#\"')";
  Rewriter rewriter(text, out);
  for (std::size_t at = text.find('/'); at != kNone;) {
    const std::size_t end = skip(text, at + 1, is_digit);
    const bool is_closed =
        end == text.size() || kAfter.find(text[end]) != kNone || is_space(text[end]);
    if (end > at + 1 && is_closed) rewriter.replace(at, end, "/<id>");
    at = text.find('/', end);
  }
  return rewriter.finish();
}

/// A literal, then one or more characters of a class.
template <class InClass>
bool replace_prefixed(std::string_view text, std::string& out, std::string_view literal,
                      InClass in_class, std::string_view with) {
  Rewriter rewriter(text, out);
  for (std::size_t at = text.find(literal); at != kNone;) {
    const std::size_t start = at + literal.size();
    const std::size_t end = skip(text, start, in_class);
    if (end > start) rewriter.replace(at, end, with);
    at = text.find(literal, end > start ? end : at + 1);
  }
  return rewriter.finish();
}

/// Step 10: `@v[\d.]+`
bool strip_versions(std::string_view text, std::string& out) {
  return replace_prefixed(text, out, "@v", [](char c) { return is_digit(c) || c == '.'; }, "");
}

/// Step 11: `0x[0-9a-fA-F]+`
bool replace_hex(std::string_view text, std::string& out) {
  return replace_prefixed(text, out, "0x", is_hex, "<hex>");
}

bool is_uuid(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

/// Step 12: 8-4-4-4-12 hex digits
bool replace_uuids(std::string_view text, std::string& out) {
  constexpr std::size_t kLength = 36;
  Rewriter rewriter(text, out);
  for (std::size_t dash = text.find('-'); dash != kNone; dash = text.find('-', dash + 1)) {
    if (dash < 8 || dash - 8 + kLength > text.size()) continue;
    if (!is_uuid(text.substr(dash - 8, kLength))) continue;
    rewriter.replace(dash - 8, dash - 8 + kLength, "<uuid>");
    dash += kLength - 9 + 8;  // the next one needs eight digits before its dash
  }
  return rewriter.finish();
}

std::size_t code_point_end(std::string_view text, std::size_t at) {
  return skip(text, at + 1,
              [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; });
}

/// Step 13: `(^|[^:\d])(\d{5,})($|[^\d])` (text start and end), to `$1<id>$3`. A match eats its
/// neighbours, so what follows it cannot precede the next.
bool replace_large_numbers(std::string_view text, std::string& out) {
  Rewriter rewriter(text, out);
  bool may_start = true;  // `^`, or a neighbour that is neither digit nor colon
  for (std::size_t at = 0; at < text.size();) {
    if (!is_digit(text[at])) {
      may_start = text[at] != ':';
      ++at;
      continue;
    }
    const std::size_t end = skip(text, at, is_digit);
    const bool is_match = may_start && end - at >= 5;
    may_start = false;
    if (is_match) rewriter.replace(at, end, "<id>");
    at = is_match && end < text.size() ? code_point_end(text, end) : end;
  }
  return rewriter.finish();
}

bool is_mail_char(char c) {
  return is_word(c) || c == '.' || c == '-';
}

/// Step 14: `[\w.\-]+@[\w.\-]+\.\w+`
bool replace_emails(std::string_view text, std::string& out) {
  Rewriter rewriter(text, out);
  std::size_t free_from = 0;
  for (std::size_t at = text.find('@'); at != kNone; at = text.find('@', free_from)) {
    std::size_t local = at;
    while (local > free_from && is_mail_char(text[local - 1])) --local;
    free_from = at + 1;
    if (local == at) continue;
    const std::size_t end = skip(text, at + 1, is_mail_char);
    for (std::size_t dot = end; dot-- > at + 2;) {  // greedy: the last dot that a word follows
      if (text[dot] != '.' || !is_word(peek(text, dot + 1))) continue;
      free_from = skip(text, dot + 1, is_word);
      rewriter.replace(local, free_from, "<email>");
      break;
    }
  }
  return rewriter.finish();
}

/// `\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(:\d+)?` at `at`; kNone without a match.
std::size_t match_ip(std::string_view text, std::size_t at) {
  for (int part = 0; part < 4; ++part) {
    const std::size_t start = at;
    while (at < start + 3 && is_digit(peek(text, at))) ++at;
    if (at == start) return kNone;
    if (part == 3) break;
    if (peek(text, at) != '.') return kNone;
    ++at;
  }
  if (peek(text, at) == ':' && is_digit(peek(text, at + 1))) at = skip(text, at + 1, is_digit);
  return at;
}

/// Step 15: IPv4 with port
bool replace_ips(std::string_view text, std::string& out) {
  Rewriter rewriter(text, out);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = is_digit(text[at]) ? match_ip(text, at) : kNone;
    if (end != kNone) rewriter.replace(at, end, "<ip>");
    at = end != kNone ? end : at + 1;
  }
  return rewriter.finish();
}

/// Step 16: `goroutine \d+`
bool replace_goroutines(std::string_view text, std::string& out) {
  return replace_prefixed(text, out, "goroutine ", is_digit, "goroutine <n>");
}

bool is_jvm_file(std::string_view file) {
  for (const std::string_view extension : {".java", ".kt", ".scala"}) {
    if (file.size() > extension.size() && file.ends_with(extension)) return is_word(file.front());
  }
  return false;
}

/// Step 17: `\((\w[\w.$]*\.(?:java|kt|scala)):\d+\)`, to `($1)`
bool strip_jvm_lines(std::string_view text, std::string& out) {
  Rewriter rewriter(text, out);
  for (std::size_t at = text.find('('); at != kNone; at = text.find('(', at + 1)) {
    const std::size_t end =
        skip(text, at + 1, [](char c) { return is_word(c) || c == '.' || c == '$'; });
    if (peek(text, end) != ':' || !is_jvm_file(text.substr(at + 1, end - at - 1))) continue;
    const std::size_t close = skip(text, end + 1, is_digit);
    if (close > end + 1 && peek(text, close) == ')') rewriter.replace(end, close, "");
  }
  return rewriter.finish();
}

/// Step 18: `\.\.\. \d+ more`
bool strip_jvm_rest(std::string_view text, std::string& out) {
  Rewriter rewriter(text, out);
  for (std::size_t at = text.find("... "); at != kNone; at = text.find("... ", at + 1)) {
    const std::size_t end = skip(text, at + 4, is_digit);
    if (end > at + 4 && text.substr(end).starts_with(" more")) {
      rewriter.replace(at + 3, end, "");
    }
  }
  return rewriter.finish();
}

/// Runs of a class become one character.
template <class InClass>
bool collapse(std::string_view text, std::string& out, InClass in_class, std::string_view one) {
  Rewriter rewriter(text, out);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!in_class(text[at])) continue;
    const std::size_t end = skip(text, at, in_class);
    if (text.substr(at, end - at) != one) rewriter.replace(at, end, one);
    at = end;
  }
  return rewriter.finish();
}

/// Step 19: `[ \t]+`
bool collapse_blanks(std::string_view text, std::string& out) {
  return collapse(text, out, [](char c) { return c == ' ' || c == '\t'; }, " ");
}

/// Step 20: `\n+`
bool collapse_line_breaks(std::string_view text, std::string& out) {
  return collapse(text, out, [](char c) { return c == '\n'; }, "\n");
}

constexpr GroupingStep kSteps[] = {
    {"ansi", strip_ansi, true},
    {"timestamp", replace_timestamps, true},
    {"causedBy", strip_cause_message},
    {"header", strip_header_message},
    {"jsFunction", replace_javascript_function},
    {"urlOrigin", strip_url_origin},
    {"absolutePath", strip_directories},
    {"laterColumn", strip_later_columns},
    {"pathId", replace_path_ids, true},
    {"version", strip_versions},
    {"hex", replace_hex},
    {"uuid", replace_uuids},
    {"largeNumber", replace_large_numbers},
    {"email", replace_emails},
    {"ip", replace_ips},
    {"goroutine", replace_goroutines},
    {"javaLine", strip_jvm_lines},
    {"javaEllipsis", strip_jvm_rest},
    {"spaces", collapse_blanks},
    {"newlines", collapse_line_breaks},
};

/// Length of the Unicode white space character at the front, 0 without one.
std::size_t white_space_length(std::string_view text) {
  constexpr std::string_view kWide[] = {"\u0085", "\u00A0", "\u1680", "\u2000", "\u2001",
                                        "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
                                        "\u2007", "\u2008", "\u2009", "\u200A", "\u2028",
                                        "\u2029", "\u202F", "\u205F", "\u3000"};
  if (text.empty()) return 0;
  if (is_space(text.front()) || text.front() == '\v') return 1;
  for (const std::string_view wide : kWide) {
    if (text.starts_with(wide)) return wide.size();
  }
  return 0;
}

}  // namespace

std::span<const GroupingStep> grouping_steps() {
  return kSteps;
}

std::string_view trim_unicode(std::string_view text) {
  while (const std::size_t length = white_space_length(text)) text.remove_prefix(length);
  while (!text.empty()) {
    std::size_t last = text.size() - 1;
    while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xC0U) == 0x80U) --last;
    if (white_space_length(text.substr(last)) != text.size() - last) break;
    text = text.substr(0, last);
  }
  return text;
}

}  // namespace traceway::ingest
