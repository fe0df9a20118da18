#include "storage/sqlite/blocks/log_attributes.h"

#include <algorithm>
#include <numeric>

namespace traceway::sqlite::blocks {

namespace {

bool is_same(const AttributeRange& a, const AttributeRange& b) {
  return a.first == b.first && a.count == b.count;
}

std::span<const Attribute> map_of(std::span<const Attribute> attributes,
                                  const AttributeRange& range) {
  return attributes.subspan(range.first, range.count);
}

}  // namespace

void LogAttributesEncoder::Owners::clear() {
  of_record.clear();
  maps.clear();
  schema_urls.clear();
  versions.clear();
}

void LogAttributesEncoder::gather(std::span<const LogRecord> records) {
  resources_.clear();
  scopes_.clear();
  texts_.clear();
  const LogRecord* last = nullptr;
  for (const LogRecord& record : records) {
    if (last == nullptr || !is_same(last->resource_attributes, record.resource_attributes) ||
        last->resource_schema_url != record.resource_schema_url) {
      resources_.maps.push_back(record.resource_attributes);
      resources_.schema_urls.add(record.resource_schema_url, texts_);
    }
    if (last == nullptr || !is_same(last->scope_attributes, record.scope_attributes) ||
        last->scope_schema_url != record.scope_schema_url ||
        last->scope_version != record.scope_version) {
      scopes_.maps.push_back(record.scope_attributes);
      scopes_.schema_urls.add(record.scope_schema_url, texts_);
      scopes_.versions.add(record.scope_version, texts_);
    }
    resources_.of_record.push_back(static_cast<std::int64_t>(resources_.maps.size()) - 1);
    scopes_.of_record.push_back(static_cast<std::int64_t>(scopes_.maps.size()) - 1);
    last = &record;
  }
}

void LogAttributesEncoder::write_owners(const Owners& owners, std::span<const Attribute> attributes,
                                        bool has_versions, std::string& out) {
  put_varint(out, owners.maps.size());
  put_packed(out, owners.of_record);
  maps_.clear();
  for (const AttributeRange& range : owners.maps) maps_.add(map_of(attributes, range));
  maps_.write_columns(out);
  maps_.write_values(out);
  put_packed(out, owners.schema_urls.ids());
  if (has_versions) put_packed(out, owners.versions.ids());
}

void LogAttributesEncoder::write(std::span<const LogRecord> records,
                                 std::span<const Attribute> attributes, std::string& out) {
  gather(records);
  maps_.clear();
  for (const LogRecord& record : records) maps_.add(map_of(attributes, record.attributes));
  maps_.write_columns(out);
  maps_.write_values(out);
  write_owners(resources_, attributes, false, out);
  write_owners(scopes_, attributes, true, out);
  texts_.write(out);
}

// --- reading ---

bool ChunkLogAttributes::Owners::read(Reader& from, std::uint32_t rows, bool has_versions) {
  count = from.count(rows);
  of_record = PackedColumn(from, rows);
  if (!from.ok() || count == 0 || !maps.read_columns(from, count) || !maps.read_values(from))
    return false;
  schema_urls = PackedColumn(from, count);
  if (has_versions) versions = PackedColumn(from, count);
  return from.ok();
}

std::uint32_t ChunkLogAttributes::Owners::entry(std::uint32_t row) const {
  return std::min(static_cast<std::uint32_t>(of_record[row]), count - 1);
}

std::vector<std::string> ChunkLogAttributes::Owners::maps_of(
    std::span<const std::uint32_t> rows) const {
  std::vector<std::uint32_t> all(count);
  std::iota(all.begin(), all.end(), 0U);
  const std::vector<std::string> of_entries = maps.maps(all);
  std::vector<std::string> out;
  out.reserve(rows.size());
  for (const std::uint32_t row : rows) out.push_back(of_entries[entry(row)]);
  return out;
}

bool ChunkLogAttributes::read(std::string_view raw, std::uint32_t rows) {
  Reader from(raw);
  rows_ = rows;
  return maps_.read_columns(from, rows) && maps_.read_values(from) &&
         resources_.read(from, rows, false) && scopes_.read(from, rows, true) && texts_.read(from);
}

std::vector<std::string> ChunkLogAttributes::maps(LogMap which,
                                                  std::span<const std::uint32_t> rows) const {
  if (which == LogMap::kLog) return maps_.maps(rows);
  return which == LogMap::kResource ? resources_.maps_of(rows) : scopes_.maps_of(rows);
}

void ChunkLogAttributes::values(LogMap which, std::string_view key,
                                std::vector<std::string_view>& to) const {
  if (which == LogMap::kLog) return maps_.values(key, to);
  const Owners& owners = which == LogMap::kResource ? resources_ : scopes_;
  std::vector<std::string_view> of_entries;
  owners.maps.values(key, of_entries);
  to.resize(rows_);
  for (std::uint32_t row = 0; row < rows_; ++row) to[row] = of_entries[owners.entry(row)];
}

}  // namespace traceway::sqlite::blocks
