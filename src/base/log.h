// One event per line to stderr: a constant message plus typed fields. The only owner of the log
// sink.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace traceway::log {

enum class Level : std::uint8_t { kDebug, kInfo, kWarn, kError, kOff };

/// One typed field of a log line: `{"commit_ms", 3.1}`. Never pass tokens, bodies or attribute
/// values.
struct Field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}

  Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}

  Field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}

  Field(std::string_view k, bool v) : key(k), value(v) {}

  Field(std::string_view k, double v) : key(k), value(v) {}

  template <class I>
    requires(std::is_integral_v<I> && !std::is_same_v<I, bool>)
  Field(std::string_view k, I v) : key(k), value(static_cast<std::int64_t>(v)) {}
};

using Fields = std::initializer_list<Field>;

/// Sets format (`logfmt` or `json`) and levels (`info`, or `info,pipeline=debug`). Once, before
/// threads start. Errors: kInvalid with a sentence that says what is allowed.
[[nodiscard]] Result<void> configure(std::string_view format, std::string_view levels);

/// `area` is the folder name of the caller: "http", "pipeline", ... Any thread.
void debug(std::string_view area, std::string_view message, Fields fields = {});
void info(std::string_view area, std::string_view message, Fields fields = {});
void warn(std::string_view area, std::string_view message, Fields fields = {});
void error(std::string_view area, std::string_view message, Fields fields = {});

}  // namespace traceway::log
