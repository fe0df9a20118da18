#include "base/json.h"

#include "base/text.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>

namespace traceway::json {

namespace {

constexpr int kMaxDepth = 64;

Result<void> wrong_type(std::string_view expected) {
  return fail(ErrorCode::kMalformed, "expected " + std::string(expected));
}

/// Builds the tree, but gives up past kMaxDepth instead of recursing as deep as the sender likes.
std::optional<nlohmann::json> parse_bounded(std::string_view text) {
  bool is_too_deep = false;
  const nlohmann::json::parser_callback_t check =
      [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json&) {
        if (event != nlohmann::json::parse_event_t::value && depth > kMaxDepth) is_too_deep = true;
        return !is_too_deep;
      };
  nlohmann::json tree =
      nlohmann::json::parse(text.begin(), text.end(), check, /*allow_exceptions=*/false);
  if (is_too_deep || tree.is_discarded()) return std::nullopt;
  return tree;
}

}  // namespace

/// A node and the document that keeps it alive.
struct Value::Tree {
  std::shared_ptr<const nlohmann::json> document;
  const nlohmann::json* node = nullptr;  // null = absent
};

Value::Value() = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

Value::Value(std::shared_ptr<const Tree> tree) : tree_(std::move(tree)) {}

Result<Value> Value::parse(std::string_view text) {
  auto parsed = parse_bounded(text);
  if (!parsed) return fail(ErrorCode::kMalformed, "not a JSON value");
  auto document = std::make_shared<const nlohmann::json>(std::move(*parsed));
  const nlohmann::json* node = document.get();
  return Value(std::make_shared<const Tree>(Tree{std::move(document), node}));
}

bool Value::is_null() const {
  return !tree_ || tree_->node->is_null();
}

bool Value::is_object() const {
  return tree_ && tree_->node->is_object();
}

bool Value::is_array() const {
  return tree_ && tree_->node->is_array();
}

std::optional<std::string> Value::as_string() const {
  if (!tree_ || !tree_->node->is_string()) return std::nullopt;
  return tree_->node->get<std::string>();
}

std::optional<std::int64_t> Value::as_int() const {
  if (!tree_ || !tree_->node->is_number()) return std::nullopt;
  if (tree_->node->is_number_unsigned()) {
    const auto value = tree_->node->get<std::uint64_t>();
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return std::nullopt;
    return static_cast<std::int64_t>(value);
  }
  if (tree_->node->is_number_integer()) return tree_->node->get<std::int64_t>();
  const double value = tree_->node->get<double>();
  if (std::trunc(value) != value || std::fabs(value) > 9.0e18) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::optional<double> Value::as_double() const {
  if (!tree_ || !tree_->node->is_number()) return std::nullopt;
  return tree_->node->get<double>();
}

std::optional<bool> Value::as_bool() const {
  if (!tree_ || !tree_->node->is_boolean()) return std::nullopt;
  return tree_->node->get<bool>();
}

Value Value::at(std::string_view key) const {
  if (!is_object()) return {};
  const auto found = tree_->node->find(key);
  if (found == tree_->node->end()) return {};
  return Value(std::make_shared<const Tree>(Tree{tree_->document, &*found}));
}

std::vector<Value> Value::items() const {
  std::vector<Value> out;
  if (!is_array()) return out;
  out.reserve(tree_->node->size());
  for (const auto& item : *tree_->node) {
    out.push_back(Value(std::make_shared<const Tree>(Tree{tree_->document, &item})));
  }
  return out;
}

std::vector<std::string> Value::keys() const {
  std::vector<std::string> out;
  if (!is_object()) return out;
  for (const auto& member : tree_->node->items()) out.push_back(member.key());
  return out;
}

std::string Value::dump() const {
  if (!tree_) return "null";
  return tree_->node->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string camel_case(std::string_view snake_case) {
  std::string out;
  out.reserve(snake_case.size());
  bool is_next_upper = false;
  for (const char c : snake_case) {
    if (c == '_') {
      is_next_upper = true;
      continue;
    }
    out += is_next_upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    is_next_upper = false;
  }
  return out;
}

Result<void> read(const Value& from, std::string& to) {
  if (from.is_null()) return {};
  auto value = from.as_string();
  if (!value) return wrong_type("a string");
  to = std::move(*value);
  return {};
}

Result<void> read(const Value& from, std::int64_t& to) {
  if (from.is_null()) return {};
  const auto value = from.as_int();
  if (!value) return wrong_type("an integer");
  to = *value;
  return {};
}

Result<void> read(const Value& from, int& to) {
  if (from.is_null()) return {};
  const auto value = from.as_int();
  if (!value || *value < std::numeric_limits<int>::min() ||
      *value > std::numeric_limits<int>::max()) {
    return wrong_type("a small integer");
  }
  to = static_cast<int>(*value);
  return {};
}

Result<void> read(const Value& from, double& to) {
  if (from.is_null()) return {};
  const auto value = from.as_double();
  if (!value) return wrong_type("a number");
  to = *value;
  return {};
}

Result<void> read(const Value& from, bool& to) {
  if (from.is_null()) return {};
  const auto value = from.as_bool();
  if (!value) return wrong_type("true or false");
  to = *value;
  return {};
}

Result<void> read(const Value& from, Uuid& to) {
  if (from.is_null()) return {};
  const auto text = from.as_string();
  const auto id = text ? parse_uuid(*text) : std::nullopt;
  if (!id) return wrong_type("a UUID");
  to = *id;
  return {};
}

Result<void> read(const Value& from, Timestamp& to) {
  if (from.is_null()) return {};
  const auto text = from.as_string();
  const auto time = text ? parse_rfc3339(*text) : std::nullopt;
  if (!time) return wrong_type("an RFC 3339 time");
  to.ns = *time;
  return {};
}

Result<void> read(const Value& from, RawJson& to) {
  if (from.is_null()) return {};
  to.text = from.dump();
  return {};
}

void Writer::separate() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
}

Writer& Writer::begin_object() {
  separate();
  out_ += '{';
  needs_comma_ = false;
  return *this;
}

Writer& Writer::end_object() {
  out_ += '}';
  needs_comma_ = true;
  return *this;
}

Writer& Writer::begin_array() {
  separate();
  out_ += '[';
  needs_comma_ = false;
  return *this;
}

Writer& Writer::end_array() {
  out_ += ']';
  needs_comma_ = true;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  separate();
  text::append_json_string(out_, name);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

Writer& Writer::value(std::string_view text) {
  separate();
  Arena arena;
  text::append_json_string(out_, text::clean_utf8(text, arena));
  return *this;
}

Writer& Writer::value(std::int64_t number) {
  separate();
  out_ += std::to_string(number);
  return *this;
}

Writer& Writer::value(std::uint64_t number) {
  separate();
  out_ += std::to_string(number);
  return *this;
}

Writer& Writer::value(double number) {
  separate();
  if (!std::isfinite(number)) number = 0;
  out_ += text::number_to_text(number);
  return *this;
}

Writer& Writer::value(bool flag) {
  separate();
  out_ += flag ? "true" : "false";
  return *this;
}

Writer& Writer::value(const RawJson& raw) {
  separate();
  out_ += raw.text.empty() ? std::string_view("null") : std::string_view(raw.text);
  return *this;
}

Writer& Writer::null() {
  separate();
  out_ += "null";
  return *this;
}

}  // namespace traceway::json
