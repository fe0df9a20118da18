// One family's chunks as rows: what materialise() asks of a family.
#pragma once

#include "storage/sqlite/blocks/block_format.h"
#include "storage/sqlite/materialise.h"
#include "storage/telemetry_db.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace traceway::sqlite {

/// Holds one decoded chunk. One thread.
class RowSource {
 public:
  virtual ~RowSource() = default;
  /// What of a chunk is needed, in the order in which it is decoded; the hot part comes first.
  [[nodiscard]] virtual std::span<const blocks::Part> parts() const = 0;
  /// False when the bytes are no such part. They must live until the rows are made.
  [[nodiscard]] virtual bool decode(blocks::Part part, std::string_view chunk) = 0;
  /// Rows of the decoded chunk; ascending.
  [[nodiscard]] virtual std::vector<Row> rows(std::span<const RowAddress> at) const = 0;
};

/// kSpans, kEndpoints or kTasks.
[[nodiscard]] std::unique_ptr<RowSource> span_rows(Family family);

[[nodiscard]] std::unique_ptr<RowSource> log_rows();

[[nodiscard]] inline Columns columns(std::vector<std::string> names) {
  return std::make_shared<const std::vector<std::string>>(std::move(names));
}

/// No bytes are null.
[[nodiscard]] inline Value id_value(std::string_view bytes) {
  if (bytes.empty()) return std::monostate{};
  return Blob{std::string(bytes)};
}

[[nodiscard]] inline Value id_value(const Uuid& id) {
  return id_value(id.is_zero() ? std::string_view() : id.view());
}

[[nodiscard]] inline Value text_value(std::string_view text) {
  return std::string(text);
}

}  // namespace traceway::sqlite
