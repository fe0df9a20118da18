// JSON at the edge: structs with a field list <-> text. nlohmann-json stays inside json.cpp.
#pragma once

#include "base/clock.h"
#include "base/fields.h"
#include "base/id.h"
#include "base/result.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace traceway {

/// Validated JSON text that travels as it is (attribute maps, configuration). Empty text is written
/// as `null`.
struct RawJson {
  std::string text;
};

/// A time in ns since 1970 UTC that is RFC 3339 in JSON. Unset reads from absence and writes
/// `null`.
struct Timestamp {
  std::int64_t ns = 0;
};

namespace json {

/// Streaming writer of compact JSON. Commas are its business; calls must nest properly.
class Writer {
 public:
  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);
  Writer& value(std::string_view text);  ///< ill-formed UTF-8 is repaired

  Writer& value(const char* text) { return value(std::string_view(text)); }

  Writer& value(const std::string& text) { return value(std::string_view(text)); }

  Writer& value(std::int64_t number);

  Writer& value(int number) { return value(static_cast<std::int64_t>(number)); }

  Writer& value(std::uint32_t number) { return value(static_cast<std::int64_t>(number)); }

  Writer& value(std::uint64_t number);
  Writer& value(double number);  ///< NaN and infinities become 0
  Writer& value(bool flag);

  Writer& value(const Uuid& id) { return value(to_string(id)); }

  Writer& value(Timestamp time) { return value(to_rfc3339(time.ns)); }

  Writer& value(const RawJson& raw);
  Writer& null();

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void separate();
  std::string out_;
  bool needs_comma_ = false;
};

/// A parsed document: read-only, type-erased. Missing members read as absent values.
class Value {
 public:
  Value();
  Value(Value&&) noexcept;
  Value& operator=(Value&&) noexcept;
  ~Value();

  /// Errors: kMalformed for anything but one JSON value, and for nesting deeper than 64.
  [[nodiscard]] static Result<Value> parse(std::string_view text);

  [[nodiscard]] bool is_null() const;  ///< also when absent
  [[nodiscard]] bool is_object() const;
  [[nodiscard]] bool is_array() const;
  [[nodiscard]] std::optional<std::string> as_string() const;
  [[nodiscard]] std::optional<std::int64_t> as_int() const;  ///< an integral number
  [[nodiscard]] std::optional<double> as_double() const;     ///< any number
  [[nodiscard]] std::optional<bool> as_bool() const;
  [[nodiscard]] Value at(std::string_view key) const;   ///< absent when missing or not an object
  [[nodiscard]] std::vector<Value> items() const;       ///< empty when not an array
  [[nodiscard]] std::vector<std::string> keys() const;  ///< empty when not an object
  [[nodiscard]] std::string dump() const;               ///< compact text

 private:
  struct Tree;
  explicit Value(std::shared_ptr<const Tree> tree);
  std::shared_ptr<const Tree> tree_;
};

/// `p95_duration` -> `p95Duration`.
[[nodiscard]] std::string camel_case(std::string_view snake_case);

/// Reading: absent or null keeps the member's default; a wrong type is kMalformed.
Result<void> read(const Value& from, std::string& to);
Result<void> read(const Value& from, std::int64_t& to);
Result<void> read(const Value& from, int& to);
Result<void> read(const Value& from, double& to);
Result<void> read(const Value& from, bool& to);
Result<void> read(const Value& from, Uuid& to);
Result<void> read(const Value& from, Timestamp& to);
Result<void> read(const Value& from, RawJson& to);

template <class T>
Result<void> read(const Value& from, std::optional<T>& to) {
  if (from.is_null()) return {};
  return read(from, to.emplace());
}

template <class T>
Result<void> read(const Value& from, std::vector<T>& to) {
  if (from.is_null()) return {};
  if (!from.is_array()) return fail(ErrorCode::kMalformed, "expected an array");
  for (const Value& item : from.items()) {
    if (auto ok = read(item, to.emplace_back()); !ok) return ok;
  }
  return {};
}

template <HasFields T>
Result<void> read(const Value& from, T& to) {
  if (from.is_null()) return {};
  if (!from.is_object()) return fail(ErrorCode::kMalformed, "expected an object");
  Result<void> result{};
  for_each_field<T>([&](const auto& f) {
    if (!result) return;
    const std::string key = f.json_name.empty() ? camel_case(f.name) : std::string(f.json_name);
    result = read(from.at(key), to.*(f.member));
  });
  return result;
}

template <class T>
  requires(!HasFields<T>)
void write(Writer& out, const T& value) {
  out.value(value);
}

template <class T>
void write(Writer& out, const std::vector<T>& list);
template <class T>
void write(Writer& out, const std::optional<T>& maybe);

/// Every listed field is written; an std::optional without value is left out.
template <HasFields T>
void write(Writer& out, const T& value) {
  out.begin_object();
  for_each_field<T>([&](const auto& f) {
    const auto& member = value.*(f.member);
    if constexpr (requires { member.has_value(); }) {
      if (!member.has_value()) return;
    }
    out.key(f.json_name.empty() ? camel_case(f.name) : std::string(f.json_name));
    write(out, member);
  });
  out.end_object();
}

template <class T>
void write(Writer& out, const std::vector<T>& list) {
  out.begin_array();
  for (const T& item : list) write(out, item);
  out.end_array();
}

template <class T>
void write(Writer& out, const std::optional<T>& maybe) {
  if (maybe) {
    write(out, *maybe);
  } else {
    out.null();
  }
}

}  // namespace json

/// One value as compact JSON text.
template <class T>
[[nodiscard]] std::string to_json(const T& value) {
  json::Writer out;
  json::write(out, value);
  return out.take();
}

/// Text to a struct with a field list; unknown keys are ignored. Errors: kMalformed "Invalid
/// request body".
template <HasFields T>
[[nodiscard]] Result<T> from_json(std::string_view text) {
  auto tree = json::Value::parse(text);
  if (!tree || !tree->is_object()) return fail(ErrorCode::kMalformed, "Invalid request body");
  T out{};
  if (auto ok = json::read(*tree, out); !ok) {
    return fail(ErrorCode::kMalformed, "Invalid request body", ok.error().message);
  }
  return out;
}

}  // namespace traceway
