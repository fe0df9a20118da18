// One line of a stack text as a frame: the shapes that languages and runtimes print.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace traceway::api {

/// Whose habits decide what of a frame is the application's own.
enum class FrameLanguage : std::uint8_t {
  kUnknown,
  kJavaScript,
  kJvm,
  kDotnet,
  kPython,
  kPhp,
  kRuby,
  kGo,
  kRust,
  kDart,
  kNative  ///< Swift, C, C++
};

/// Views into the line. What it does not say is empty or 0.
struct FrameLine {
  std::string_view function = {};
  std::string_view file = {};
  std::int64_t line = 0;
  std::int64_t column = 0;
  std::string_view module = {};
  FrameLanguage language = FrameLanguage::kUnknown;
  /// The next line may say where this one is: Go, Rust and the two-line form of our SDKs.
  bool awaits_location = false;
};

/// `file:line`, `file:line:column`; empty when the text does not end like that. Source addresses
/// (` +0x1d`) behind it are ignored.
struct Location {
  std::string_view file;
  std::int64_t line = 0;
  std::int64_t column = 0;
};

[[nodiscard]] std::optional<Location> location_of(std::string_view text);

/// A line that is a frame by itself, or begins one. Linear in the line's length.
[[nodiscard]] std::optional<FrameLine> frame_of_line(std::string_view line);

/// True for frames that are neither a library nor the language's runtime.
[[nodiscard]] bool is_in_app(const FrameLine& frame);

}  // namespace traceway::api
