// A stack text taken apart for people: errors and their causes, frames, which of them are the
// application's own.
#pragma once

#include "base/fields.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace traceway::api {

/// One call. What the text does not say is empty or 0.
struct StackFrame {
  std::string function;
  std::string file;
  std::int64_t line = 0;
  std::int64_t column = 0;
  bool in_app = false;  ///< neither a library nor the language's runtime
  std::string module;   ///< class, package, image or npm package, where the text names one
};

/// One error of a chain, its frames innermost call first.
struct StackError {
  std::string type;     ///< empty when the text names none, and for messages
  std::string message;  ///< one line, at most 500 bytes
  std::vector<StackFrame> frames;
};

/// At most this many frames of one error, and errors of one text, are kept.
inline constexpr std::size_t kMaxFrames = 100;
inline constexpr std::size_t kMaxErrors = 10;

/// Reads the text of an exception in any of the shapes of ingest 5.4, in time linear in its length.
/// The error that was reported comes first, then what caused it, outermost first. Never empty; a
/// text without frames is one error without frames. Pure; any thread.
[[nodiscard]] std::vector<StackError> parse_stack(std::string_view text);

/// The text of a message: its first line, without type and frames.
[[nodiscard]] StackError message_error(std::string_view text);

/// Where to look first: the innermost frame of the application, failing that the innermost frame.
/// Null without frames.
[[nodiscard]] const StackFrame* culprit_of(const std::vector<StackError>& errors);

}  // namespace traceway::api

namespace traceway {

template <>
inline constexpr auto fields<api::StackFrame> = std::tuple{
    field("function", &api::StackFrame::function), field("file", &api::StackFrame::file),
    field("line", &api::StackFrame::line),         field("column", &api::StackFrame::column),
    field("in_app", &api::StackFrame::in_app),     field("module", &api::StackFrame::module)};

template <>
inline constexpr auto fields<api::StackError> =
    std::tuple{field("type", &api::StackError::type), field("message", &api::StackError::message),
               field("frames", &api::StackError::frames)};

}  // namespace traceway
