// The cold part of a chunk. Row by row, after the chunk's texts:
//   16 trace id | u8 span id size, bytes | u8 parent id size, bytes | u8 has entity, [16 entity id]
//   | u8 has link, [16 linked trace] varint zigzag(source start - recorded at)... the exact wire
//   times: u64 source start | u64 source end varint flags, dropped attributes, dropped events,
//   dropped links positions among the texts: status message, service version, scope name, scope
//   version, trace state, resource schema, scope schema, resource, scope, client ip events, links:
//   varint length, bytes | varint attributes, each: position of the key, varint length, value
#include "base/hash.h"
#include "storage/sqlite/blocks/chunk.h"
#include "storage/sqlite/blocks/columns.h"
#include "storage/sqlite/blocks/text_table.h"

#include <zstd.h>

#include <memory>
#include <tuple>

namespace traceway::sqlite::blocks {

namespace {

/// A cold part larger than this was not written by us: spans of one request, at most its decoded
/// body several times over.
constexpr std::uint32_t kMaxPlainBytes = 1U << 30U;

constexpr std::size_t kHeaderBytes = 2 + 8 + 4;
constexpr int kZstdLevel = 1;
constexpr std::size_t kKeptBufferBytes = 2U << 20U;

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

/// The texts of a span that repeat within a request, in the order of the format.
template <class S>
auto repeated_texts(S& span) {
  return std::tie(span.status_message, span.service_version, span.scope_name, span.scope_version,
                  span.trace_state, span.resource_schema_url, span.scope_schema_url,
                  span.resource_json, span.scope_json, span.client_ip);
}

void append_id(ByteWriter& writer, const SpanId& id) {
  writer.scalar(id.size);
  writer.bytes(id.view());
}

void append_optional(ByteWriter& writer, const Uuid& id, bool is_there) {
  writer.scalar<std::uint8_t>(is_there ? 1 : 0);
  if (is_there) writer.bytes(id.view());
}

void append_span(ByteWriter& writer, TextTable& texts, const Span& span,
                 const TelemetryBatch& batch) {
  writer.bytes(span.trace.view());
  append_id(writer, span.id);
  append_id(writer, span.parent);
  append_optional(writer, span.entity_id, span.entity != EntityKind::kNone);
  append_optional(writer, span.linked_trace, !span.linked_trace.is_zero());
  writer.scalar(span.source_start_ns);
  writer.scalar(span.source_end_ns);
  writer.varint(span.flags);
  writer.varint(span.dropped_attributes);
  writer.varint(span.dropped_events);
  writer.varint(span.dropped_links);
  std::apply([&](const auto&... text) { (writer.varint(texts.intern(text)), ...); },
             repeated_texts(span));
  writer.text(span.events_json);
  writer.text(span.links_json);
  writer.varint(span.attributes.count);
  for (std::uint32_t i = 0; i < span.attributes.count; ++i) {
    const Attribute& one = batch.attributes[span.attributes.first + i];
    writer.varint(texts.intern(one.key));
    writer.text(one.value);
  }
}

SpanId read_id(ByteReader& reader) {
  return span_id_from_bytes(reader.bytes(reader.scalar<std::uint8_t>()));
}

Uuid read_optional(ByteReader& reader) {
  if (reader.scalar<std::uint8_t>() == 0) return {};
  return uuid_from_bytes(reader.bytes(16));
}

/// Reads text positions; one past the table marks the chunk as broken through `is_ok`.
struct Texts {
  std::vector<std::string_view> all;
  bool is_ok = true;

  std::string_view at(std::uint64_t position) {
    if (position < all.size()) return all[position];
    is_ok = false;
    return {};
  }
};

void read_span(ByteReader& reader, Texts& texts, ColdSpan& span) {
  span.trace = uuid_from_bytes(reader.bytes(16));
  span.id = read_id(reader);
  span.parent = read_id(reader);
  span.entity_id = read_optional(reader);
  span.linked_trace = read_optional(reader);
  span.source_start_ns = reader.scalar<std::uint64_t>();
  span.source_end_ns = reader.scalar<std::uint64_t>();
  span.flags = static_cast<std::uint32_t>(reader.varint());
  span.dropped_attributes = static_cast<std::uint32_t>(reader.varint());
  span.dropped_events = static_cast<std::uint32_t>(reader.varint());
  span.dropped_links = static_cast<std::uint32_t>(reader.varint());
  std::apply([&](auto&... text) { ((text = texts.at(reader.varint())), ...); },
             repeated_texts(span));
  span.events_json = reader.text();
  span.links_json = reader.text();
  const std::uint64_t attributes = reader.varint();
  if (attributes > reader.left()) {
    texts.is_ok = false;
    return;
  }
  span.attributes.reserve(attributes);
  for (std::uint64_t i = 0; i < attributes; ++i) {
    const std::string_view key = texts.at(reader.varint());
    span.attributes.push_back({key, reader.text()});
  }
}

Error broken(std::string what) {
  return {ErrorCode::kInternal, "a stored block cannot be read", std::move(what)};
}

Result<std::string> decompress(std::string_view data) {
  ByteReader reader(data);
  if (reader.scalar<std::uint16_t>() != kFormatVersion)
    return tl::unexpected(broken("unknown chunk version"));
  const auto checksum = reader.scalar<std::uint64_t>();
  const auto plain_bytes = reader.scalar<std::uint32_t>();
  if (!reader.ok() || plain_bytes > kMaxPlainBytes) return tl::unexpected(broken("chunk header"));
  const std::string_view frame = data.substr(kHeaderBytes);
  if (checksum != hash64(frame)) return tl::unexpected(broken("checksum"));
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context(ZSTD_createDCtx());
  std::string plain(plain_bytes, '\0');
  const std::size_t got =
      ZSTD_decompressDCtx(context.get(), plain.data(), plain.size(), frame.data(), frame.size());
  if (ZSTD_isError(got) != 0 || got != plain.size()) return tl::unexpected(broken("zstd frame"));
  return plain;
}

}  // namespace

std::string encode_cold(const TelemetryBatch& batch) {
  thread_local TextTable texts;
  thread_local std::string rows;
  thread_local std::string plain;
  texts.clear();
  rows.clear();
  plain.clear();
  ByteWriter row_writer(rows);
  for (const Span& span : batch.spans) append_span(row_writer, texts, span, batch);
  ByteWriter writer(plain);
  writer.varint(batch.spans.size());
  writer.varint(texts.entries().size());
  for (const TextTable::Entry& entry : texts.entries()) writer.text(entry.text);
  writer.bytes(rows);

  thread_local const std::unique_ptr<ZSTD_CCtx, FreeCompressor> context(ZSTD_createCCtx());
  std::string out(kHeaderBytes + ZSTD_compressBound(plain.size()), '\0');
  const std::size_t length =
      ZSTD_compressCCtx(context.get(), out.data() + kHeaderBytes, out.size() - kHeaderBytes,
                        plain.data(), plain.size(), kZstdLevel);
  out.resize(kHeaderBytes + length);
  std::string header;
  ByteWriter header_writer(header);
  header_writer.scalar(kFormatVersion);
  header_writer.scalar(hash64(std::string_view(out).substr(kHeaderBytes)));
  header_writer.scalar(static_cast<std::uint32_t>(plain.size()));
  std::memcpy(out.data(), header.data(), kHeaderBytes);
  out.shrink_to_fit();
  // One huge request must not leave its size behind on every worker.
  for (std::string* buffer : {&rows, &plain}) {
    if (buffer->capacity() > kKeptBufferBytes) std::string().swap(*buffer);
  }
  return out;
}

Result<ColdChunk> decode_cold(std::string_view data) {
  auto plain = decompress(data);
  if (!plain) return fail(plain);
  ColdChunk chunk;
  chunk.plain = std::move(*plain);
  ByteReader reader(chunk.plain);
  const std::uint64_t rows = reader.varint();
  const std::uint64_t count = reader.varint();
  if (rows > reader.left() || count > reader.left()) return tl::unexpected(broken("chunk counts"));
  Texts texts;
  texts.all.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) texts.all.push_back(reader.text());
  chunk.spans.resize(rows);
  for (ColdSpan& span : chunk.spans) {
    read_span(reader, texts, span);
    if (!texts.is_ok || !reader.ok()) return tl::unexpected(broken("chunk rows"));
  }
  return chunk;
}

}  // namespace traceway::sqlite::blocks
