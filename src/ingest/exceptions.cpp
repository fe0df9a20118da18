#include "ingest/exceptions.h"

#include "base/crypto.h"
#include "base/hash.h"
#include "base/text.h"
#include "ingest/grouping.h"

#include <algorithm>

namespace traceway::ingest {

namespace {

constexpr std::string_view kUnknownException = "unknown exception";

template <class T>
T item_or(const std::vector<T>& items, std::size_t index, const T& otherwise) {
  return index < items.size() ? items[index] : otherwise;
}

std::vector<std::string> strings_of(const KnownAttributes& known, Known name) {
  const AttributeValue* value = known.find(name);
  return value == nullptr ? std::vector<std::string>{} : string_items(*value);
}

std::vector<std::int64_t> integers_of(const KnownAttributes& known, Known name) {
  const AttributeValue* value = known.find(name);
  return value == nullptr ? std::vector<std::int64_t>{} : integer_items(*value);
}

/// `{type}: {message}`, or the one of them that is there.
std::string header_of(std::string_view type, std::string_view message) {
  std::string header(type);
  if (!type.empty() && !message.empty()) header += ": ";
  header += message;
  return header;
}

/// The frames a browser instrumentation took apart, in the SDK's two-line form; empty without any.
std::string browser_frames(const KnownAttributes& known) {
  const auto urls = strings_of(known, Known::kFrameUrls);
  if (urls.empty()) return {};
  const auto functions = strings_of(known, Known::kFrameFunctions);
  const auto lines = integers_of(known, Known::kFrameLines);
  const auto columns = integers_of(known, Known::kFrameColumns);
  std::string out;
  for (std::size_t i = 0; i < urls.size(); ++i) {
    if (i > 0) out += '\n';
    if (const auto name = item_or(functions, i, {}); !name.empty()) out += name + "()\n";
    out += "    " + urls[i] + ':' + std::to_string(item_or<std::int64_t>(lines, i, 0)) + ':' +
           std::to_string(item_or<std::int64_t>(columns, i, 0));
  }
  return out;
}

std::string android_frames(const KnownAttributes& known) {
  const auto classes = strings_of(known, Known::kFrameClasses);
  const auto methods = strings_of(known, Known::kFrameMethods);
  const auto files = strings_of(known, Known::kFrameSourceFiles);
  const auto lines = integers_of(known, Known::kFrameLines);
  std::string out;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (i > 0) out += '\n';
    out += "\tat " + classes[i] + '.' + item_or(methods, i, {}) + '(' + item_or(files, i, {});
    if (const auto line = item_or<std::int64_t>(lines, i, 0); line > 0) {
      out += ':' + std::to_string(line);
    }
    out += ')';
  }
  return out;
}

/// Java's SDK names a nested class with a dot (Card.Refused), stack texts have its binary name.
bool begins_with_type(std::string_view stack, std::string_view type) {
  if (type.empty() || stack.size() < type.size()) return false;
  return std::ranges::equal(type, stack.substr(0, type.size()), [](char named, char written) {
    return named == written || (named == '.' && written == '$');
  });
}

std::string under_header(std::string header, std::string_view type, std::string_view stack) {
  if (stack.empty()) return header;
  if (header.empty() || begins_with_type(stack, type)) return std::string(stack);
  header += '\n';
  header += stack;
  return header;
}

bool is_any_of(std::string_view text, std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(
      names, [&](std::string_view name) { return text::equals_ignore_case(text, name); });
}

void append_number(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xFFU);
}

Uuid first_half_of_sha256(std::string_view name) {
  const auto digest = crypto::sha256(name);
  return uuid_from_bytes({reinterpret_cast<const char*>(digest.data()), 16});
}

}  // namespace

std::string_view exception_text(const KnownAttributes& known, bool is_javascript, Arena& arena) {
  std::string out;
  const std::string_view type = known.text(Known::kExceptionType);
  const std::string_view message = known.text(Known::kExceptionMessage);
  if (std::string frames = browser_frames(known); !frames.empty()) {
    out = header_of(type, message);  // these frames are canonical already
    if (!out.empty()) out += '\n';
    out += frames;
  } else {
    std::string_view stack = known.text(Known::kExceptionStacktrace);
    if (stack.empty()) stack = frames = android_frames(known);
    out = under_header(header_of(type, message), type, stack);
    if (is_javascript) out = canonical_javascript_stack(out);
  }
  if (out.empty()) return kUnknownException;
  return stored_text(arena.copy(out), kMaxStackBytes, arena);
}

std::string exception_text(std::string_view type, std::string_view message,
                           std::string_view stack) {
  std::string out = under_header(header_of(type, message), type, stack);
  return out.empty() ? std::string(kUnknownException) : out;
}

bool is_javascript_language(std::string_view language) {
  return is_any_of(language, {"webjs", "nodejs", "javascript", "typescript"});
}

bool is_kept_language(std::string_view language) {
  return is_javascript_language(language) || is_any_of(language, {"android", "java", "kotlin"});
}

bool is_javascript_scope(std::string_view scope_name) {
  return scope_name == "next.js" ||
         (scope_name.starts_with('@') && scope_name.find('/') != std::string_view::npos);
}

Uuid ExceptionIds::next(const Uuid& project, const Exception& exception) {
  std::string name;
  name.reserve(64 + exception.stack_trace.size());
  name += project.view();
  name += exception.trace.view();
  append_number(name, static_cast<std::uint64_t>(exception.recorded_ns));
  name += exception.hash;
  name += exception.stack_trace;
  append_number(name, equals_[hash128(name)]++);
  return first_half_of_sha256(name);
}

Uuid ExceptionIds::of_frame(const Uuid& project, const Uuid& frame, std::size_t index) {
  std::string name(project.view());
  name += frame.view();
  append_number(name, index);
  return first_half_of_sha256(name);
}

}  // namespace traceway::ingest
