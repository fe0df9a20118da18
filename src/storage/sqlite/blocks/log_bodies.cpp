#include "storage/sqlite/blocks/log_bodies.h"

namespace traceway::sqlite::blocks {

void write_bodies(std::span<const LogRecord> records, std::string& out) {
  std::vector<std::int64_t> lengths;
  lengths.reserve(records.size());
  for (const LogRecord& record : records)
    lengths.push_back(static_cast<std::int64_t>(record.body.size()));
  put_packed(out, lengths);
  for (const LogRecord& record : records) out.append(record.body);
}

bool ChunkBodies::read(std::string_view raw, std::uint32_t rows) {
  Reader from(raw);
  const PackedColumn lengths(from, rows);
  if (!from.ok()) return false;
  joined_ = from.bytes(from.left());
  ends_.resize(rows);
  std::size_t end = 0;
  for (std::uint32_t row = 0; row < rows; ++row) {
    const auto length = static_cast<std::uint64_t>(lengths[row]);
    if (length > joined_.size() - end) return false;
    end += length;
    ends_[row] = end;
  }
  return end == joined_.size();
}

}  // namespace traceway::sqlite::blocks
