#include "storage/sqlite/blocks/chunk.h"

#include "base/hash.h"
#include "base/text.h"
#include "storage/sqlite/blocks/columns.h"
#include "storage/sqlite/blocks/text_table.h"

#include <algorithm>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::string_view kMagic = "TWSB";
constexpr std::size_t kHeaderBytes = 4 + 2 + 2 + 4 + 8;

/// Buffers of one encoding thread, kept from request to request.
struct HotBuffers {
  TextTable texts;
  std::vector<std::int64_t> columns[8];
  std::vector<std::uint64_t> keys;

  void clear() {
    texts.clear();
    for (auto& column : columns) column.clear();
    keys.clear();
  }
};

std::string encode_hot(const TelemetryBatch& batch, HotBuffers& buffers) {
  auto& [recorded, duration, traits_of, name, service, entity, status, size] = buffers.columns;
  for (const Span& span : batch.spans) {
    recorded.push_back(span.start_ns);
    duration.push_back(span.duration_ns);
    traits_of.push_back(traits::pack(span));
    name.push_back(buffers.texts.intern(span.name));
    service.push_back(buffers.texts.intern(span.service_name));
    entity.push_back(buffers.texts.intern(span.entity_name));
    status.push_back(span.http_status);
    size.push_back(span.body_size);
  }
  std::string out;
  ByteWriter writer(out);
  writer.varint(batch.spans.size());
  writer.varint(buffers.texts.entries().size());
  for (const TextTable::Entry& entry : buffers.texts.entries()) {
    writer.scalar(entry.hash);
    writer.text(entry.text);
  }
  for (const auto& column : buffers.columns) writer.column(column);
  return out;
}

std::string encode_keys(const TelemetryBatch& batch, std::vector<std::uint64_t>& keys) {
  const TraceId* last = nullptr;
  for (const Span& span : batch.spans) {
    if (last == nullptr || *last != span.trace) keys.push_back(key_of(span.trace));
    last = &span.trace;
    if (span.entity != EntityKind::kNone) keys.push_back(key_of(span.entity_id));
  }
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::string out;
  ByteWriter writer(out);
  writer.varint(keys.size());
  writer.bytes({reinterpret_cast<const char*>(keys.data()), keys.size() * sizeof(std::uint64_t)});
  return out;
}

Error broken(std::string what) {
  return {ErrorCode::kInternal, "a stored block cannot be read", std::move(what)};
}

}  // namespace

std::int64_t traits::pack(const Span& span) {
  return static_cast<std::int64_t>(span.kind) | (span.status_code & 3) << 3 |
         static_cast<std::int64_t>(span.entity) << 5 | (span.parent.is_empty() ? 1 : 0) << 7 |
         (span.is_stream ? 1 : 0) << 8;
}

std::uint64_t key_of(const Uuid& id) {
  return hash64(id.view());
}

Chunk encode_chunk(const TelemetryBatch& batch) {
  thread_local HotBuffers buffers;
  buffers.clear();
  Chunk chunk;
  chunk.rows = static_cast<std::uint32_t>(batch.spans.size());
  chunk.min_recorded_at = chunk.max_recorded_at = batch.spans.front().start_ns;
  for (const Span& span : batch.spans) {
    chunk.endpoints += span.entity == EntityKind::kEndpoint ? 1 : 0;
    chunk.tasks += span.entity == EntityKind::kTask ? 1 : 0;
    chunk.roots += span.parent.is_empty() ? 1 : 0;
    chunk.min_recorded_at = std::min(chunk.min_recorded_at, span.start_ns);
    chunk.max_recorded_at = std::max(chunk.max_recorded_at, span.start_ns);
  }
  chunk.hot = encode_hot(batch, buffers);
  chunk.keys = encode_keys(batch, buffers.keys);
  chunk.cold = encode_cold(batch);
  return chunk;
}

std::string join_hot(const std::vector<const Chunk*>& chunks) {
  std::size_t size = kHeaderBytes + chunks.size() * sizeof(std::uint32_t);
  for (const Chunk* chunk : chunks) size += chunk->hot.size();
  std::string out;
  out.reserve(size);
  ByteWriter writer(out);
  writer.bytes(kMagic);
  writer.scalar(kFormatVersion);
  writer.scalar<std::uint16_t>(0);
  writer.scalar(static_cast<std::uint32_t>(chunks.size()));
  writer.scalar<std::uint64_t>(0);
  for (const Chunk* chunk : chunks) writer.scalar(static_cast<std::uint32_t>(chunk->hot.size()));
  for (const Chunk* chunk : chunks) writer.bytes(chunk->hot);
  const std::uint64_t checksum = hash64(std::string_view(out).substr(kHeaderBytes));
  std::memcpy(out.data() + kHeaderBytes - sizeof checksum, &checksum, sizeof checksum);
  return out;
}

Result<std::vector<std::string_view>> split_hot(std::string_view data) {
  ByteReader reader(data);
  if (reader.bytes(kMagic.size()) != kMagic) return tl::unexpected(broken("not a span block"));
  if (reader.scalar<std::uint16_t>() != kFormatVersion)
    return tl::unexpected(broken("unknown block version"));
  reader.scalar<std::uint16_t>();
  const auto count = reader.scalar<std::uint32_t>();
  const auto checksum = reader.scalar<std::uint64_t>();
  if (!reader.ok() || checksum != hash64(data.substr(kHeaderBytes)))
    return tl::unexpected(broken("checksum"));
  if (count > reader.left() / sizeof(std::uint32_t)) return tl::unexpected(broken("chunk count"));
  std::vector<std::uint32_t> lengths(count);
  for (auto& length : lengths) length = reader.scalar<std::uint32_t>();
  std::vector<std::string_view> parts;
  parts.reserve(count);
  for (const std::uint32_t length : lengths) parts.push_back(reader.bytes(length));
  if (!reader.ok()) return tl::unexpected(broken("chunk length"));
  return parts;
}

std::vector<std::uint32_t> chunks_with_key(std::string_view keys, std::uint64_t key) {
  std::vector<std::uint32_t> found;
  ByteReader reader(keys);
  for (std::uint32_t chunk = 0; reader.left() > 0 && reader.ok(); ++chunk) {
    const std::uint64_t count = reader.varint();
    const std::string_view raw = reader.bytes(count * sizeof key);
    if (!reader.ok()) break;
    std::size_t low = 0;
    std::size_t high = count;
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      std::uint64_t value = 0;
      std::memcpy(&value, raw.data() + middle * sizeof value, sizeof value);
      if (value == key) {
        found.push_back(chunk);
        break;
      }
      if (value < key)
        low = middle + 1;
      else
        high = middle;
    }
  }
  return found;
}

std::string attributes_json(const std::vector<Attribute>& attributes) {
  std::string out = "{";
  for (const Attribute& one : attributes) {
    if (out.size() > 1) out += ',';
    text::append_json_string(out, one.key);
    out += ':';
    text::append_json_string(out, one.value);
  }
  return out + '}';
}

}  // namespace traceway::sqlite::blocks
