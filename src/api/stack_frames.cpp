#include "api/stack_frames.h"

#include "api/frame_lines.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <optional>

namespace traceway::api {

namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kMaxMessageBytes = 500;
constexpr std::size_t kMaxTypeBytes = 256;
constexpr std::size_t kMaxNameBytes = 1000;

std::string cut(std::string_view text, std::size_t most) {
  return std::string(text::truncate_utf8(text, most));
}

StackFrame to_frame(const FrameLine& line) {
  return {.function = cut(line.function, kMaxNameBytes),
          .file = cut(line.file, kMaxNameBytes),
          .line = line.line,
          .column = line.column,
          .in_app = is_in_app(line),
          .module = cut(line.module, kMaxNameBytes)};
}

/// What runtimes print before the type of an error nobody caught.
std::string_view without_prelude(std::string_view line) {
  constexpr auto kPreludes = std::to_array<std::string_view>(
      {"PHP Fatal error:  ", "Fatal error: Uncaught ", "Uncaught (in promise) ",
       "Uncaught exception: ", "Uncaught ", "Unhandled exception. ",
       "Unhandled exception: ", "Unhandled Exception: "});
  for (const std::string_view prelude : kPreludes) {
    if (line.starts_with(prelude)) line.remove_prefix(prelude.size());
  }
  constexpr std::string_view kThread = "Exception in thread \"";
  if (line.starts_with(kThread)) {
    const std::size_t end = line.find("\" ", kThread.size());
    if (end != kNone) line.remove_prefix(end + 2);
  }
  constexpr std::string_view kSanitizer = "==ERROR: ";
  if (const std::size_t error = line.find(kSanitizer); line.starts_with("==") && error != kNone) {
    line.remove_prefix(error + kSanitizer.size());
  }
  return line;
}

struct Header {
  std::string_view type;
  std::string_view message;
};

bool looks_like_type(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTypeBytes &&
         text.find_first_of(" \t(){}[]\"'/=") == kNone;
}

/// `type: message`, a type alone, or a message alone. A type has no blanks; a code or an argument
/// may stand behind it in parentheses or brackets: `System.Net.Sockets.SocketException (111):
/// refused`.
Header split_header(std::string_view line) {
  const std::size_t colon = line.find(": ");
  std::string_view type = line.substr(0, colon);
  if (colon == kNone && type.ends_with(':')) type.remove_suffix(1);
  if (type.ends_with(')')) type = type.substr(0, type.find(" ("));
  if (type.ends_with(']')) type = type.substr(0, type.find(" ["));
  const bool is_sentence = colon == kNone && type.find_first_of(".\\") == kNone &&
                           !type.ends_with("Error") && !type.ends_with("Exception");
  if (!looks_like_type(type) || is_sentence) return {{}, line};
  if (text::parse_int(type)) return {{}, line.substr(colon + 2)};  // `0: cause` of Rust's anyhow
  return {type, colon == kNone ? std::string_view() : text::trim(line.substr(colon + 2))};
}

/// `main.(*App).Load` -> `main`, `net/http.(*conn).serve` -> `net/http`; our SDK cuts it off.
std::string_view go_package(std::string_view function) {
  const std::size_t slash = function.rfind('/');
  const std::size_t dot = function.find('.', slash == kNone ? 0 : slash);
  return dot == kNone || function.starts_with('(') ? std::string_view() : function.substr(0, dot);
}

/// Builds the chain line by line. Each line costs its own length.
class StackReader {
 public:
  void read_line(std::string_view line);
  [[nodiscard]] std::vector<StackError> take();

 private:
  struct Part {
    StackError error;
    bool has_header = false;
    bool has_innermost_last = false;  ///< Python; those are the ones to keep
  };

  bool read_cause(std::string_view trimmed);
  bool read_python(std::string_view line, std::string_view trimmed);
  bool read_group(std::string_view& line);
  bool read_place(std::string_view line, std::string_view trimmed);
  void read_frame(const FrameLine& frame, std::string_view trimmed);
  void read_header(std::string_view line);
  void read_panic(std::string_view place);
  bool begin_error(std::string_view header);
  void add(const FrameLine& frame);
  void flush_call();

  Part& part() { return parts_[at_]; }

  std::vector<Part> parts_ = std::vector<Part>(1);
  std::size_t at_ = 0;
  std::vector<std::size_t> outer_;  ///< .NET: whose frames follow when the inner ones end
  std::optional<FrameLine> call_;   ///< waits for the line that says where it is
  std::string_view panic_place_;    ///< Rust; a frame when there is no backtrace
  bool prints_causes_first_ = false;
  bool is_python_ = false;    ///< inside a traceback: the error's name follows its frames
  bool is_skipping_ = false;  ///< a suppressed error, or one more than are kept
  bool awaits_message_ = false;
  bool is_in_group_ =
      false;  ///< a Python exception group: errors beside each other, drawn as a tree
};

void StackReader::add(const FrameLine& frame) {
  if (is_skipping_) return;
  auto& frames = part().error.frames;
  if (frame.language == FrameLanguage::kPython) part().has_innermost_last = true;
  if (part().has_innermost_last && frames.size() == 2 * kMaxFrames) {
    frames.erase(frames.begin(), frames.begin() + kMaxFrames);
  }
  if (part().has_innermost_last || frames.size() < kMaxFrames) frames.push_back(to_frame(frame));
}

/// A call that got no place: Rust's are whole without one, others were no calls.
void StackReader::flush_call() {
  if (call_ && call_->language == FrameLanguage::kRust) add(*call_);
  call_.reset();
}

/// The line under a call says where it is; in our SDKs' form it may stand alone.
bool StackReader::read_place(std::string_view line, std::string_view trimmed) {
  if (line.front() != ' ' && line.front() != '\t') return false;
  std::string_view place = trimmed;
  if (place.starts_with("at ")) {
    if (!call_ || call_->language != FrameLanguage::kRust) return false;
    place.remove_prefix(3);
  }
  const auto location = location_of(place);
  const bool is_place = location && !location->file.empty() &&
                        (call_ || location->file.find(' ') == kNone) &&
                        !location->file.starts_with('#') && !location->file.starts_with("File \"");
  if (!is_place) return false;
  FrameLine frame = call_.value_or(FrameLine{});
  call_.reset();
  frame.file = location->file;
  frame.line = location->line;
  frame.column = location->column;
  if (frame.language == FrameLanguage::kUnknown) {
    const bool is_go = frame.file.ends_with(".go") || frame.file == "_cgo_gotypes.go";
    frame.language = is_go ? FrameLanguage::kGo : FrameLanguage::kJavaScript;
    if (is_go) frame.module = go_package(frame.function);
  }
  add(frame);
  return true;
}

/// False when it is one more than are kept; its lines are skipped then.
bool StackReader::begin_error(std::string_view header) {
  is_skipping_ = parts_.size() == kMaxErrors;
  if (is_skipping_) return false;
  parts_.emplace_back();
  at_ = parts_.size() - 1;
  if (!header.empty()) read_header(header);
  return true;
}

/// Lines that begin or end another error of the chain, or stand for frames left out.
bool StackReader::read_cause(std::string_view trimmed) {
  for (const std::string_view mark : {"Caused by:", "[cause]: ", "{ [cause]: "}) {
    if (!trimmed.starts_with(mark)) continue;
    (void)begin_error(text::trim(trimmed.substr(mark.size())));
    return true;
  }
  if (trimmed.starts_with("Suppressed: ")) {
    is_skipping_ = true;
    return true;
  }
  constexpr std::string_view kInner = "---> ";
  if (trimmed.starts_with(kInner)) {
    outer_.push_back(at_);
    (void)begin_error(trimmed.substr(kInner.size()));
    return true;
  }
  if (trimmed.starts_with("--- End of inner exception stack trace")) {
    is_skipping_ = false;
    if (outer_.empty()) return true;
    at_ = outer_.back();
    outer_.pop_back();
    return true;
  }
  constexpr std::string_view kNext = "Next ";  // PHP: what follows was caused by what stands above
  if (trimmed.starts_with(kNext) && !part().error.frames.empty()) {
    prints_causes_first_ = true;
    (void)begin_error(trimmed.substr(kNext.size()));
    return true;
  }
  return trimmed.starts_with("... ") || trimmed.starts_with("--- End of stack trace") ||
         trimmed == "Stack trace:";
}

/// Python names an error below its frames, and what caused it above.
bool StackReader::read_python(std::string_view line, std::string_view trimmed) {
  if (trimmed.starts_with("Traceback (most recent call last)")) {
    is_python_ = true;
    return true;
  }
  if (trimmed.starts_with("Exception Group Traceback (most recent call last)")) {
    is_python_ = is_in_group_ = true;
    return true;
  }
  if (trimmed.starts_with("The above exception was the direct cause of") ||
      trimmed.starts_with("During handling of the above exception, another")) {
    prints_causes_first_ = true;
    (void)begin_error({});
    return true;
  }
  if (!is_python_ || trimmed.starts_with("File \"")) return false;
  if (line.front() != ' ' && line.front() != '\t') {
    is_python_ = false;  // what follows is more of the message
    part().has_header = false;
    if (!is_skipping_) read_header(trimmed);
  }
  return true;
}

void StackReader::read_panic(std::string_view place) {
  part().error.type = "panic";
  awaits_message_ = place.ends_with(':');
  if (awaits_message_) {
    panic_place_ = place.substr(0, place.size() - 1);
    return;
  }
  const std::size_t end = place.rfind(", ");  // older compilers: 'message', src/main.rs:4:5
  part().error.message = cut(place.substr(0, end), kMaxMessageBytes);
  if (end != kNone) panic_place_ = place.substr(end + 2);
}

void StackReader::read_header(std::string_view line) {
  Part& to = part();
  to.has_header = true;
  line = without_prelude(line);
  constexpr std::string_view kPanicked = " panicked at ";
  constexpr std::string_view kInner = " ---> ";
  constexpr std::string_view kIn = " in ";
  if (const std::size_t at = line.find(kPanicked); at != kNone && line.starts_with("thread '")) {
    return read_panic(line.substr(at + kPanicked.size()));
  }
  constexpr std::string_view kTerminated = "terminate called after throwing an instance of '";
  if (line.starts_with(kTerminated)) {
    const std::string_view type = line.substr(kTerminated.size());
    to.error.type = cut(type.substr(0, type.find('\'')), kMaxTypeBytes);
    awaits_message_ = true;
    return;
  }
  const std::size_t inner = line.find(kInner);
  const Header header = split_header(line.substr(0, inner));
  to.error.type = header.type;
  std::string_view message = header.message;
  if (const std::size_t in = message.rfind(kIn); in != kNone) {  // PHP: where it was thrown
    const auto location = location_of(message.substr(in + kIn.size()));
    if (location && location->file.ends_with(".php")) {
      message = message.substr(0, in);
      add({.file = location->file, .line = location->line, .language = FrameLanguage::kPhp});
    }
  }
  to.error.message = cut(message, kMaxMessageBytes);
  if (inner == kNone) return;
  outer_.push_back(at_);
  (void)begin_error(line.substr(inner + kInner.size()));
}

void StackReader::read_frame(const FrameLine& frame, std::string_view trimmed) {
  if (frame.awaits_location) {
    call_ = frame;
    return;
  }
  // Ruby's report of an uncaught error: `file.rb:12:in 'm': message (Type)`.
  const std::size_t quote = trimmed.find("': ");
  if (frame.language == FrameLanguage::kRuby && quote != kNone && trimmed.ends_with(')')) {
    const std::size_t open = trimmed.rfind(" (");
    if (open != kNone && open > quote) {
      if (!part().error.frames.empty()) (void)begin_error({});
      part().has_header = true;
      if (!is_skipping_) {
        part().error.type = cut(trimmed.substr(open + 2, trimmed.size() - open - 3), kMaxTypeBytes);
        part().error.message = cut(trimmed.substr(quote + 3, open - quote - 3), kMaxMessageBytes);
      }
    }
  }
  part().has_header = true;
  add(frame);
}

/// Takes the tree off a line of an exception group: `  | line`, `  + line`. True when there is
/// nothing else on it: `  +-+---------------- 1 ----------------` begins one of its errors.
bool StackReader::read_group(std::string_view& line) {
  const std::string_view drawn = text::trim(line);
  const bool is_rule =
      is_in_group_ && drawn.starts_with("+-") && drawn.find_first_not_of("+- 0123456789") == kNone;
  if (is_rule) {
    flush_call();
    is_python_ = false;
    if (drawn.find_first_of("0123456789") != kNone) (void)begin_error({});
    return true;
  }
  if (drawn == "|") {
    line = {};
  } else if (drawn.starts_with("| ") || drawn.starts_with("+ Exception Group Traceback")) {
    line = drawn.substr(2);
  }
  return false;
}

void StackReader::read_line(std::string_view line) {
  if (read_group(line)) return;
  std::string_view trimmed = text::trim(line);
  if (trimmed.empty()) return flush_call();
  if (awaits_message_) {
    awaits_message_ = false;
    if (trimmed.starts_with("what():")) trimmed = text::trim(trimmed.substr(7));
    part().error.message = cut(trimmed, kMaxMessageBytes);
    return;
  }
  if (read_place(line, trimmed)) return;
  flush_call();
  if (read_python(line, trimmed) || read_cause(trimmed)) return;
  const auto frame = frame_of_line(line);
  const bool is_first = !part().has_header;
  if (frame && !(is_first && frame->awaits_location)) {
    if (frame->language == FrameLanguage::kPython) is_python_ = true;
    return read_frame(*frame, trimmed);
  }
  if (is_first && !is_skipping_) read_header(trimmed);
}

std::vector<StackError> StackReader::take() {
  flush_call();
  if (const auto location = location_of(panic_place_);
      location && parts_.front().error.frames.empty()) {
    at_ = 0;
    is_skipping_ = false;
    add({.file = location->file,
         .line = location->line,
         .column = location->column,
         .language = FrameLanguage::kRust});
  }
  std::vector<StackError> out;
  for (Part& one : parts_) {
    auto& frames = one.error.frames;
    if (one.has_innermost_last) std::ranges::reverse(frames);
    if (frames.size() > kMaxFrames) frames.resize(kMaxFrames);
    out.push_back(std::move(one.error));
  }
  if (prints_causes_first_) std::ranges::reverse(out);
  return out;
}

}  // namespace

std::vector<StackError> parse_stack(std::string_view text) {
  StackReader reader;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    reader.read_line(text.substr(at, end - at));
    at = end + 1;
  }
  return reader.take();
}

StackError message_error(std::string_view text) {
  const std::string_view first = text::trim(text);
  return {.type = {},
          .message = cut(text::trim(first.substr(0, first.find('\n'))), kMaxMessageBytes),
          .frames = {}};
}

const StackFrame* culprit_of(const std::vector<StackError>& errors) {
  for (const StackError& error : errors) {
    const auto own = std::ranges::find(error.frames, true, &StackFrame::in_app);
    if (own != error.frames.end()) return &*own;
  }
  for (const StackError& error : errors) {
    if (!error.frames.empty()) return &error.frames.front();
  }
  return nullptr;
}

}  // namespace traceway::api
