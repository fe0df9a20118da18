// The neutral row: what crosses the database seam, so that slices never see a driver type.
#pragma once

#include "base/fields.h"
#include "base/id.h"
#include "base/json.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace traceway {

struct Blob {
  std::string bytes;
  friend auto operator<=>(const Blob&, const Blob&) = default;
};

using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;

/// Column names shared by all rows of one result.
using Columns = std::shared_ptr<const std::vector<std::string>>;

/// One row: values by column name. A name that is not there, or of another type, reads as the
/// type's zero value.
class Row {
 public:
  Row(Columns columns, std::vector<Value> values)
      : columns_(std::move(columns)), values_(std::move(values)) {}

  [[nodiscard]] const Value* find(std::string_view column) const;
  [[nodiscard]] bool is_null(std::string_view column) const;
  [[nodiscard]] std::int64_t integer(std::string_view column) const;  ///< a double is truncated
  [[nodiscard]] double real(std::string_view column) const;           ///< an integer is converted
  [[nodiscard]] std::string text(std::string_view column) const;
  [[nodiscard]] Uuid uuid(std::string_view column) const;  ///< from a 16-byte blob
  [[nodiscard]] std::string blob(std::string_view column) const;

  [[nodiscard]] const std::vector<std::string>& columns() const { return *columns_; }

  [[nodiscard]] const std::vector<Value>& values() const { return values_; }

 private:
  Columns columns_;
  std::vector<Value> values_;
};

using Rows = std::vector<Row>;

namespace row {

inline void get(const Row& r, std::string_view c, std::string& to) {
  to = r.text(c);
}

inline void get(const Row& r, std::string_view c, std::int64_t& to) {
  to = r.integer(c);
}

inline void get(const Row& r, std::string_view c, int& to) {
  to = static_cast<int>(r.integer(c));
}

inline void get(const Row& r, std::string_view c, double& to) {
  to = r.real(c);
}

inline void get(const Row& r, std::string_view c, bool& to) {
  to = r.integer(c) != 0;
}

inline void get(const Row& r, std::string_view c, Uuid& to) {
  to = r.uuid(c);
}

inline void get(const Row& r, std::string_view c, Timestamp& to) {
  to.ns = r.integer(c);
}

inline void get(const Row& r, std::string_view c, RawJson& to) {
  to.text = r.text(c);
}

template <class T>
void get(const Row& r, std::string_view c, std::optional<T>& to) {
  if (r.is_null(c)) {
    to.reset();
  } else {
    get(r, c, to.emplace());
  }
}

}  // namespace row

/// A struct with a field list from a row, by column name. Columns the struct does not list are
/// ignored.
template <HasFields T>
[[nodiscard]] T from_row(const Row& source) {
  T out{};
  for_each_field<T>([&](const auto& f) { row::get(source, f.name, out.*(f.member)); });
  return out;
}

/// Named parameters of a statement.
using Params = std::vector<std::pair<std::string_view, Value>>;

[[nodiscard]] inline Value to_value(const Uuid& id) {
  return Blob{std::string(id.view())};
}

[[nodiscard]] inline Value to_value(std::string_view text) {
  return std::string(text);
}

[[nodiscard]] inline Value to_value(std::int64_t number) {
  return number;
}

}  // namespace traceway
