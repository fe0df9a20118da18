#include "storage/sqlite/blocks/log_ids.h"

#include "storage/sqlite/blocks/filter.h"

namespace traceway::sqlite::blocks {

namespace {

constexpr std::size_t kTraceBytes = 16;
constexpr std::size_t kSpanBytes = 8;

}  // namespace

void LogIdsEncoder::write_table(std::string& out) const {
  put_varint(out, table_.size());
  for (std::uint32_t i = 0; i < table_.size(); ++i) out.append(table_.text(i));
  put_packed(out, numbers_);
}

void LogIdsEncoder::write(std::span<const LogRecord> records, std::string& out,
                          std::vector<std::uint64_t>& id_hashes) {
  table_.clear();
  numbers_.clear();
  for (const LogRecord& record : records)
    numbers_.push_back(
        record.trace.is_zero() ? 0 : 1 + std::int64_t{table_.id_of(record.trace.view())});
  write_table(out);
  id_hashes.reserve(id_hashes.size() + table_.size());
  for (std::uint32_t i = 0; i < table_.size(); ++i)
    id_hashes.push_back(id_hash(uuid_from_bytes(table_.text(i))));

  table_.clear();
  numbers_.clear();
  for (const LogRecord& record : records)
    numbers_.push_back(
        record.span.size != kSpanBytes ? 0 : 1 + std::int64_t{table_.id_of(record.span.view())});
  write_table(out);
}

bool ChunkLogIds::Ids::read(Reader& from, std::size_t id_bytes, std::uint32_t rows) {
  size = id_bytes;
  bytes = from.bytes(from.count(from.left() / id_bytes) * id_bytes);
  numbers = PackedColumn(from, rows);
  return from.ok();
}

std::string_view ChunkLogIds::Ids::id(std::uint32_t row) const {
  const auto number = static_cast<std::uint64_t>(numbers[row]);
  if (number == 0 || number > bytes.size() / size) return {};
  return bytes.substr((number - 1) * size, size);
}

bool ChunkLogIds::read(std::string_view part, std::uint32_t rows) {
  Reader from(part);
  return traces_.read(from, kTraceBytes, rows) && spans_.read(from, kSpanBytes, rows);
}

bool ChunkLogIds::has_trace(std::string_view id) const {
  for (std::size_t at = 0; at < traces_.bytes.size(); at += kTraceBytes) {
    if (traces_.bytes.substr(at, kTraceBytes) == id) return true;
  }
  return false;
}

}  // namespace traceway::sqlite::blocks
