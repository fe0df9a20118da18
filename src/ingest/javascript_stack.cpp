// JavaScript stack traces of V8, Gecko and JavaScriptCore in the SDK's two-line frame form. Source:
// ingest 5.5.
#include "base/text.h"
#include "ingest/grouping.h"
#include "ingest/scanner.h"

#include <optional>

namespace traceway::ingest {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

struct Frame {
  std::string_view name;
  std::string location;  ///< `file:line:column`; empty for native and anonymous code
};

bool is_location(std::string_view text) {
  const scanner::LocationEnd end = scanner::location_end(text);
  return end.line != kNone && end.line > 0;
}

/// The first parenthesised location of `eval at f (https://x/a.js:1:2), <anonymous>:1:1`.
std::string_view eval_location(std::string_view inside) {
  for (std::size_t open = inside.find('('); open != kNone;) {
    const std::size_t end = inside.find_first_of("()", open + 1);
    if (end == kNone) break;
    const std::string_view candidate = inside.substr(open + 1, end - open - 1);
    if (inside[end] == ')' && is_location(candidate)) return candidate;
    open = inside[end] == '(' ? end : inside.find('(', end);
  }
  return {};
}

std::optional<Frame> v8_frame(std::string_view line) {
  line = text::trim(line);
  if (!line.starts_with("at ")) return std::nullopt;
  line.remove_prefix(3);
  for (const std::string_view modifier : {"async ", "new "}) {
    if (line.starts_with(modifier)) line.remove_prefix(modifier.size());
  }
  const std::size_t open = line.find(" (");
  if (!line.ends_with(')') || open == kNone) {
    if (!is_location(line)) return std::nullopt;
    return Frame{{}, std::string(line)};
  }
  std::string_view name = line.substr(0, open);
  name = name.substr(0, name.find(" [as "));
  const std::string_view inside = line.substr(open + 2, line.size() - open - 3);
  if (inside.starts_with("eval at ")) return Frame{name, std::string(eval_location(inside))};
  return Frame{name, is_location(inside) ? std::string(inside) : std::string()};
}

/// `https://x/a.js line 7 > eval:1:1` names the line of the eval call: `https://x/a.js:7:1`.
std::string gecko_location(std::string_view location) {
  constexpr std::string_view kLine = " line ";
  for (std::size_t at = location.find(kLine); at != kNone; at = location.find(kLine, at + 1)) {
    const std::size_t digits = at + kLine.size();
    const std::size_t end = scanner::skip(location, digits, scanner::is_digit);
    const std::string_view rest = location.substr(end);
    if (end > digits && at > 0 &&
        (rest.starts_with(" > eval") || rest.starts_with(" > Function"))) {
      std::string out(location.substr(0, at));
      out += ':';
      out += location.substr(digits, end - digits);
      return out + ":1";
    }
  }
  return std::string(location);
}

std::optional<Frame> gecko_frame(std::string_view line) {
  line = text::trim(line);
  const std::size_t at = line.rfind('@');
  if (at == kNone) return std::nullopt;
  const std::string_view location = line.substr(at + 1);
  if (location == "[native code]") return Frame{line.substr(0, at), {}};
  if (!is_location(location)) return std::nullopt;
  return Frame{line.substr(0, at), gecko_location(location)};
}

using ParseFrame = std::optional<Frame> (*)(std::string_view line);

/// Which engine wrote the text; null for neither.
ParseFrame engine_of(const std::vector<std::string_view>& lines) {
  std::size_t v8 = 0;
  std::size_t gecko = 0;
  for (const std::string_view line : lines) {
    if (const auto frame = v8_frame(line); frame && !frame->location.empty()) ++v8;
    if (const auto frame = gecko_frame(line); frame && !frame->location.empty()) ++gecko;
  }
  if (v8 > 0 && v8 >= gecko) return v8_frame;
  return gecko > 0 ? gecko_frame : nullptr;
}

/// Asynchronous frames (`async*load`, `handleEvent*`) keep what follows the last star; nothing left
/// means there is no frame. True when a location was written.
bool append_frame(std::string& out, Frame frame) {
  if (const std::size_t star = frame.name.rfind('*'); star != kNone) {
    frame.name.remove_prefix(star + 1);
    if (frame.name.empty()) return false;
  }
  if (frame.location.empty()) {
    if (!frame.name.empty()) out.append("    ").append(frame.name).append(" [native code]\n");
    return false;
  }
  if (!frame.name.empty()) out.append(frame.name).append("()\n");
  out.append("    ").append(frame.location).append("\n");
  return true;
}

}  // namespace

std::string canonical_javascript_stack(std::string_view stack_trace) {
  const std::vector<std::string_view> lines = text::split(stack_trace, '\n');
  const ParseFrame parse = engine_of(lines);
  if (parse == nullptr) return std::string(stack_trace);
  std::string out;
  out.reserve(stack_trace.size());
  bool has_location = false;
  for (const std::string_view line : lines) {
    if (auto frame = parse(line)) {
      has_location |= append_frame(out, std::move(*frame));
    } else {
      out.append(line).append("\n");
    }
  }
  if (!has_location) return std::string(stack_trace);
  out.pop_back();  // every line got a line break, the last one had none
  return out;
}

}  // namespace traceway::ingest
