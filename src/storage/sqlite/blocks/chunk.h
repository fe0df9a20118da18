// The span block on disk: chunks, one per request, encoded where the request was received and never
// touched again.
//
//   span_block_hot.data    "TWSB" | u16 version | u16 0 | u32 chunks | u64 XXH3 of all that follows
//                          chunks times: u32 length of the chunk's hot part
//                          chunks times: hot part
//   hot part               varint rows | varint texts | texts times: u64 XXH3, varint length, bytes
//                          columns (see columns.h), a value a row:
//                          recorded_at ns | duration ns | traits | name | service | entity name |
//                          http status | body size (name, service, entity name: position among the
//                          texts)
//   span_block_keys.data   chunks times: varint keys, keys times u64, ascending: XXH3 of each
//   distinct trace id and entity id span_chunk_cold.data   u16 version | u64 XXH3 of the frame |
//   u32 plain length | zstd frame of the cold part cold part              varint texts | texts
//   times: varint length, bytes; then row by row (see cold.cpp)
//
// A block is self-contained: no ids into anything outside it, so expiry is deleting rows. Grouping
// across blocks goes by the hash of the text. Merging small blocks into full ones reads and writes
// this same format.
#pragma once

#include "base/result.h"
#include "model/batch.h"
#include "storage/row.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::sqlite::blocks {

inline constexpr std::uint16_t kFormatVersion = 1;

/// The small facts of a span in one integer column.
///   bits 0-2 kind | 3-4 status | 5-6 entity | 7 is root | 8 is stream
namespace traits {
[[nodiscard]] std::int64_t pack(const Span& span);

[[nodiscard]] constexpr std::int64_t kind(std::int64_t t) {
  return t & 7;
}

[[nodiscard]] constexpr std::int64_t status(std::int64_t t) {
  return t >> 3 & 3;
}

[[nodiscard]] constexpr EntityKind entity(std::int64_t t) {
  return static_cast<EntityKind>(t >> 5 & 3);
}

[[nodiscard]] constexpr std::int64_t is_root(std::int64_t t) {
  return t >> 7 & 1;
}

[[nodiscard]] constexpr std::int64_t is_stream(std::int64_t t) {
  return t >> 8 & 1;
}
}  // namespace traits

/// One request's spans, ready to be concatenated into a block.
struct Chunk {
  std::uint32_t rows = 0;
  std::uint32_t endpoints = 0;
  std::uint32_t tasks = 0;
  std::uint32_t roots = 0;
  std::int64_t min_recorded_at = 0;
  std::int64_t max_recorded_at = 0;
  std::string hot;
  std::string keys;
  std::string cold;  ///< complete row of span_chunk_cold

  [[nodiscard]] std::size_t bytes() const { return hot.size() + keys.size() + cold.size(); }
};

/// Encodes all spans of a batch. Any thread; pure. The batch must have at least one span.
[[nodiscard]] Chunk encode_chunk(const TelemetryBatch& batch);

/// The hash by which ids are found in span_block_keys.
[[nodiscard]] std::uint64_t key_of(const Uuid& id);

/// The data of span_block_hot for these chunks.
[[nodiscard]] std::string join_hot(const std::vector<const Chunk*>& chunks);

/// The hot parts of a block. Errors: kInternal for a foreign version, a wrong checksum or a length
/// past the end.
[[nodiscard]] Result<std::vector<std::string_view>> split_hot(std::string_view data);

/// Positions of the chunks that hold this key, from span_block_keys.data.
[[nodiscard]] std::vector<std::uint32_t> chunks_with_key(std::string_view keys, std::uint64_t key);

/// The cold half of one span, as views into the decoded chunk.
struct ColdSpan {
  TraceId trace;
  SpanId id;
  SpanId parent;
  Uuid entity_id;
  TraceId linked_trace;
  std::uint64_t source_start_ns = 0;
  std::uint64_t source_end_ns = 0;
  std::uint32_t flags = 0;
  std::uint32_t dropped_attributes = 0;
  std::uint32_t dropped_events = 0;
  std::uint32_t dropped_links = 0;
  std::string_view status_message;
  std::string_view service_version;
  std::string_view scope_name;
  std::string_view scope_version;
  std::string_view trace_state;
  std::string_view resource_schema_url;
  std::string_view scope_schema_url;
  std::string_view resource_json;
  std::string_view scope_json;
  std::string_view events_json;
  std::string_view links_json;
  std::string_view client_ip;
  std::vector<Attribute> attributes;
};

/// A decoded cold part: owns the bytes its spans point into.
struct ColdChunk {
  std::string plain;
  std::vector<ColdSpan> spans;
};

/// Errors: kInternal for a foreign version, a wrong checksum, a broken frame.
[[nodiscard]] Result<ColdChunk> decode_cold(std::string_view data);

/// Attributes as a JSON object of strings; `{}` for none.
[[nodiscard]] std::string attributes_json(const std::vector<Attribute>& attributes);

/// The cold row of a batch; encode_chunk uses it.
[[nodiscard]] std::string encode_cold(const TelemetryBatch& batch);

}  // namespace traceway::sqlite::blocks
