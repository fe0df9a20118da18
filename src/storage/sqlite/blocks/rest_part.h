// Part 3 of a chunk: what a trace's detail shows and no scan or list needs.
//
//   10 packed columns of string numbers        status message, trace state, scope name and version,
//                                              resource and scope schema URL, resource, scope,
//                                              events, links
//   4 packed columns                           flags; dropped attributes, events, links
//   varint n | n x (varint row, u64, u64)      source times that are not what recorded_at and
//   duration
//                                              already say
//   string table
#pragma once

#include "model/span.h"
#include "storage/sqlite/blocks/packed_column.h"
#include "storage/sqlite/blocks/string_table.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace traceway::sqlite::blocks {

enum class RestText : std::uint8_t {
  kStatusMessage,
  kTraceState,
  kScopeName,
  kScopeVersion,
  kResourceSchemaUrl,
  kScopeSchemaUrl,
  kResource,
  kScope,
  kEvents,
  kLinks,
};

enum class RestNumber : std::uint8_t { kFlags, kDroppedAttributes, kDroppedEvents, kDroppedLinks };

inline constexpr std::size_t kRestTexts = 10;
inline constexpr std::size_t kRestNumbers = 4;

/// Encoding side; reused from chunk to chunk.
class RestEncoder {
 public:
  void write(std::span<const Span> spans, std::string& out);

 private:
  std::array<TextColumn, kRestTexts> texts_;
  std::array<std::vector<std::int64_t>, kRestNumbers> numbers_;
  StringTable table_;
};

/// Exact times on the wire, unsigned ns.
struct SourceTimes {
  std::uint64_t start_ns = 0;
  std::uint64_t end_ns = 0;
};

/// Reading side; views into the decompressed part.
class ChunkRest {
 public:
  /// False when the bytes are no rest part of `rows` rows.
  [[nodiscard]] bool read(std::string_view raw, std::uint32_t rows);
  [[nodiscard]] std::string_view text(RestText column, std::uint32_t row) const;
  [[nodiscard]] std::int64_t number(RestNumber column, std::uint32_t row) const;
  [[nodiscard]] SourceTimes source_times(std::uint32_t row, std::int64_t start_ns,
                                         std::int64_t duration_ns) const;

 private:
  std::array<PackedColumn, kRestTexts> texts_;
  std::array<PackedColumn, kRestNumbers> numbers_;
  std::vector<std::pair<std::uint32_t, SourceTimes>> exact_;
  Dictionary dictionary_;
};

}  // namespace traceway::sqlite::blocks
