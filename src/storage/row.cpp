#include "storage/row.h"

namespace traceway {

const Value* Row::find(std::string_view column) const {
  const std::vector<std::string>& names = *columns_;
  for (std::size_t i = 0; i < names.size() && i < values_.size(); ++i) {
    if (names[i] == column) return &values_[i];
  }
  return nullptr;
}

bool Row::is_null(std::string_view column) const {
  const Value* value = find(column);
  return value == nullptr || std::holds_alternative<std::monostate>(*value);
}

std::int64_t Row::integer(std::string_view column) const {
  const Value* value = find(column);
  if (value == nullptr) return 0;
  if (const auto* number = std::get_if<std::int64_t>(value)) return *number;
  if (const auto* number = std::get_if<double>(value)) {
    // A conversion outside the range is undefined; the bounds are the nearest doubles inside it.
    if (!(*number > -9.2e18 && *number < 9.2e18)) return 0;
    return static_cast<std::int64_t>(*number);
  }
  return 0;
}

double Row::real(std::string_view column) const {
  const Value* value = find(column);
  if (value == nullptr) return 0;
  if (const auto* number = std::get_if<double>(value)) return *number;
  if (const auto* number = std::get_if<std::int64_t>(value)) return static_cast<double>(*number);
  return 0;
}

std::string Row::text(std::string_view column) const {
  const Value* value = find(column);
  if (value == nullptr) return {};
  const auto* found = std::get_if<std::string>(value);
  return found == nullptr ? std::string() : *found;
}

Uuid Row::uuid(std::string_view column) const {
  const Value* value = find(column);
  if (value == nullptr) return {};
  const auto* found = std::get_if<Blob>(value);
  return found == nullptr ? Uuid{} : uuid_from_bytes(found->bytes);
}

std::string Row::blob(std::string_view column) const {
  const Value* value = find(column);
  if (value == nullptr) return {};
  const auto* found = std::get_if<Blob>(value);
  return found == nullptr ? std::string() : found->bytes;
}

}  // namespace traceway
