#include "storage/sqlite/blocks/attribute_maps.h"

#include "base/hash.h"
#include "base/text.h"

#include <algorithm>
#include <bit>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15ULL;
constexpr std::size_t kFirstSlots = 64;
constexpr std::size_t kShort = 16;
static_assert(1U << (64U - 54U) == 1024);  // the slot of a seen value is a hash's top ten bits
/// Column buffers of a chunk with very many keys are not kept for the next one.
constexpr std::size_t kKeptColumns = 256;

/// The first min(size, 8) bytes as a number; texts of different sizes may give the same one.
std::uint64_t load_up_to_8(const char* data, std::size_t size) {
  if (size >= 8) return load<std::uint64_t>(data);
  if (size >= 4) {
    return load<std::uint32_t>(data) |
           static_cast<std::uint64_t>(load<std::uint32_t>(data + size - 4)) << 32U;
  }
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < size; ++i) word = word << 8U | static_cast<std::uint8_t>(data[i]);
  return word;
}

/// Cheap for the short texts that most values are.
std::uint64_t quick_hash(std::string_view text) {
  if (text.size() > kShort) return hash64(text);
  std::uint64_t word = load_up_to_8(text.data(), text.size());
  if (text.size() > 8) word ^= std::rotl(load_up_to_8(text.data() + text.size() - 8, 8), 23) * kMix;
  word = (word ^ text.size()) * kMix;
  return word ^ (word >> 29U);
}

/// Of a map's keys in order. Only a hint: equal keys are compared.
std::uint64_t signature_of(std::span<const Attribute> map) {
  std::uint64_t signature = map.size();
  for (const Attribute& attribute : map) {
    const std::string_view key = attribute.key;
    const std::size_t tail = key.size() > 8 ? key.size() - 8 : 0;
    signature = (std::rotl(signature, 5) ^ load_up_to_8(key.data() + tail, key.size() - tail) ^
                 key.size()) *
                kMix;
  }
  return signature ^ (signature >> 32U);
}

}  // namespace

void MapsEncoder::clear() {
  if (++chunk_ == 0) ++chunk_;  // 0 is the mark of entries that were never written
  if (columns_.size() > kKeptColumns) columns_.clear();
  keys_.clear();
  shapes_.clear();
  shape_columns_.clear();
  shape_slots_.assign(kFirstSlots, 0);
  row_shapes_.clear();
}

void MapsEncoder::add(std::span<const Attribute> map) {
  const std::uint32_t index = shape_of(map);
  row_shapes_.push_back(index);
  const std::uint32_t* column = shape_columns_.data() + shapes_[index].first;
  for (const Attribute& attribute : map) add_value(*column++, attribute.value);
}

std::uint32_t MapsEncoder::shape_of(std::span<const Attribute> map) {
  const std::uint64_t signature = signature_of(map);
  const std::size_t mask = shape_slots_.size() - 1;
  std::size_t slot = signature & mask;
  while (shape_slots_[slot] != 0) {
    const Shape& shape = shapes_[shape_slots_[slot] - 1];
    if (shape.signature == signature && has_shape(shape, map)) return shape_slots_[slot] - 1;
    slot = (slot + 1) & mask;
  }
  shape_slots_[slot] = add_shape(map, signature) + 1;
  const auto index = static_cast<std::uint32_t>(shapes_.size() - 1);
  if (shapes_.size() * 2 > shape_slots_.size()) {
    shape_slots_.assign(shape_slots_.size() * 4, 0);
    const std::size_t new_mask = shape_slots_.size() - 1;
    for (std::size_t i = 0; i < shapes_.size(); ++i) {
      std::size_t at = shapes_[i].signature & new_mask;
      while (shape_slots_[at] != 0) at = (at + 1) & new_mask;
      shape_slots_[at] = static_cast<std::uint32_t>(i + 1);
    }
  }
  return index;
}

bool MapsEncoder::has_shape(const Shape& shape, std::span<const Attribute> map) const {
  if (shape.count != map.size()) return false;
  for (std::size_t i = 0; i < map.size(); ++i) {
    if (columns_[shape_columns_[shape.first + i]].key != map[i].key) return false;
  }
  return true;
}

std::uint32_t MapsEncoder::add_shape(std::span<const Attribute> map, std::uint64_t signature) {
  shapes_.push_back({signature, static_cast<std::uint32_t>(shape_columns_.size()),
                     static_cast<std::uint32_t>(map.size())});
  for (const Attribute& attribute : map) {
    const std::size_t known = keys_.size();
    const std::uint32_t id = keys_.id_of(attribute.key);
    if (id == known) {
      if (columns_.size() == known) columns_.emplace_back();
      Column& column = columns_[id];
      column.key = attribute.key;
      column.values.clear();
      column.indices.clear();
    }
    shape_columns_.push_back(id);
  }
  return static_cast<std::uint32_t>(shapes_.size() - 1);
}

void MapsEncoder::add_value(std::uint32_t column, std::string_view value) {
  Column& to = columns_[column];
  const std::uint64_t hash = quick_hash(value);
  Seen& seen = seen_[(hash + column * kMix) >> 54U];
  if (seen.hash == hash && seen.column == column && seen.chunk == chunk_ &&
      to.values[seen.index] == value) {
    to.indices.push_back(seen.index);
    return;
  }
  seen = {hash, column, static_cast<std::uint32_t>(to.values.size()), chunk_};
  to.indices.push_back(seen.index);
  to.values.push_back(value);
}

void MapsEncoder::write_columns(std::string& out) {
  const std::span<const Column> columns(columns_.data(), keys_.size());
  put_varint(out, columns.size());
  for (const Column& column : columns) {
    put_varint(out, column.key.size());
    out.append(column.key);
  }
  put_varint(out, shapes_.size());
  for (const Shape& shape : shapes_) {
    put_varint(out, shape.count);
    for (std::uint32_t i = 0; i < shape.count; ++i)
      put_varint(out, shape_columns_[shape.first + i]);
  }
  put_packed(out, row_shapes_);
  for (const Column& column : columns) {
    put_varint(out, column.indices.size());
    put_varint(out, column.values.size());
    lengths_.clear();
    for (const std::string_view value : column.values)
      lengths_.push_back(static_cast<std::int64_t>(value.size()));
    put_packed(out, lengths_);
    if (column.values.size() < column.indices.size()) put_packed(out, column.indices);
  }
}

void MapsEncoder::write_values(std::string& out) const {
  for (const Column& column : std::span(columns_.data(), keys_.size())) {
    for (const std::string_view value : column.values) out.append(value);
  }
}

// --- reading ---

bool AttributeMaps::read_columns(Reader& from, std::uint32_t rows) {
  rows_ = rows;
  columns_.assign(from.count(from.left()), {});
  for (Column& column : columns_) column.key = from.bytes(from.count(from.left()));
  if (!read_shapes(from)) return false;
  row_shapes_ = PackedColumn(from, rows);
  for (Column& column : columns_) {
    const auto values = static_cast<std::size_t>(from.varint());
    const auto distinct = static_cast<std::size_t>(from.varint());
    if (!from.ok() || distinct > values) return false;
    column.lengths = PackedColumn(from, distinct);
    column.has_indices = distinct < values;
    if (column.has_indices) column.indices = PackedColumn(from, values);
  }
  return from.ok();
}

bool AttributeMaps::read_values(Reader& from) {
  for (Column& column : columns_) {
    std::uint64_t size = 0;
    for (std::size_t i = 0; i < column.lengths.count(); ++i)
      size += static_cast<std::uint64_t>(column.lengths[i]);
    column.bytes = from.bytes(size);
  }
  return from.ok();
}

bool AttributeMaps::read_shapes(Reader& from) {
  shapes_.assign(from.count(from.left()), {});
  shape_columns_.clear();
  for (Shape& shape : shapes_) {
    shape.first = static_cast<std::uint32_t>(shape_columns_.size());
    shape.count = from.count(from.left());
    for (std::uint32_t i = 0; i < shape.count; ++i) {
      const std::uint64_t column = from.varint();
      if (column >= columns_.size()) return false;
      shape_columns_.push_back(static_cast<std::uint32_t>(column));
    }
  }
  return from.ok();
}

std::vector<std::vector<std::uint32_t>> AttributeMaps::value_offsets() const {
  std::vector<std::vector<std::uint32_t>> offsets(columns_.size());
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const PackedColumn& lengths = columns_[c].lengths;
    offsets[c].reserve(lengths.count() + 1);
    std::uint32_t at = 0;
    offsets[c].push_back(at);
    for (std::size_t i = 0; i < lengths.count(); ++i) {
      at += static_cast<std::uint32_t>(lengths[i]);
      offsets[c].push_back(at);
    }
  }
  return offsets;
}

std::vector<std::string> AttributeMaps::maps(std::span<const std::uint32_t> rows) const {
  std::vector<std::string> out;
  if (rows.empty()) return out;
  out.reserve(rows.size());
  const auto offsets = value_offsets();
  std::vector<std::uint32_t> next(columns_.size(), 0);  // per column: its values used so far
  const auto value = [&](std::uint32_t column, std::uint32_t position) -> std::string_view {
    const Column& from = columns_[column];
    const auto index = static_cast<std::size_t>(
        from.has_indices ? (position < from.indices.count() ? from.indices[position] : 0)
                         : position);
    if (index + 1 >= offsets[column].size()) return {};
    return from.bytes.substr(offsets[column][index],
                             offsets[column][index + 1] - offsets[column][index]);
  };
  for (std::uint32_t row = 0; row < rows_ && out.size() < rows.size(); ++row) {
    const auto shape_index = static_cast<std::size_t>(row_shapes_[row]);
    const Shape shape = shape_index < shapes_.size() ? shapes_[shape_index] : Shape{};
    const std::span keys(shape_columns_.data() + shape.first, shape.count);
    if (rows[out.size()] != row) {
      for (const std::uint32_t key : keys) ++next[key];
      continue;
    }
    std::string& map = out.emplace_back("{");
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::uint32_t position = next[keys[i]]++;
      if (std::ranges::find(keys.subspan(i + 1), keys[i]) != keys.end()) continue;
      if (map.size() > 1) map.push_back(',');
      text::append_json_string(map, columns_[keys[i]].key);
      map.push_back(':');
      text::append_json_string(map, value(keys[i], position));
    }
    map.push_back('}');
  }
  return out;
}

void AttributeMaps::values(std::string_view key, std::vector<std::string_view>& to) const {
  to.assign(rows_, {});
  const auto column = std::ranges::find(columns_, key, &Column::key);
  if (column == columns_.end()) return;
  const auto number = static_cast<std::uint32_t>(column - columns_.begin());
  std::vector<std::string_view> distinct;
  distinct.reserve(column->lengths.count());
  std::size_t at = 0;
  for (std::size_t i = 0; i < column->lengths.count(); ++i) {
    const auto size = static_cast<std::size_t>(column->lengths[i]);
    distinct.emplace_back(column->bytes.data() + at, size);
    at += size;
  }
  std::vector<std::uint32_t> uses;  // per shape: how often it has the key
  for (const Shape& shape : shapes_) {
    const std::span keys(shape_columns_.data() + shape.first, shape.count);
    uses.push_back(static_cast<std::uint32_t>(std::ranges::count(keys, number)));
  }
  std::size_t next = 0;
  for (std::uint32_t row = 0; row < rows_; ++row) {
    const auto shape = static_cast<std::size_t>(row_shapes_[row]);
    if (shape >= uses.size() || uses[shape] == 0) continue;
    next += uses[shape];
    std::size_t index = next - 1;
    if (column->has_indices)
      index =
          index < column->indices.count() ? static_cast<std::size_t>(column->indices[index]) : 0;
    if (index < distinct.size()) to[row] = distinct[index];
  }
}

}  // namespace traceway::sqlite::blocks
