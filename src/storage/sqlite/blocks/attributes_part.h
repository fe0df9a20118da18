// Part 2 of a chunk of spans: the attribute map of every span and the client address of every
// entity.
//
//   columns of the maps (attribute_maps.h)
//   packed column                              per entity: number of its client address
//   string table                               of client addresses
//   values of the maps
#pragma once

#include "model/span.h"
#include "storage/sqlite/blocks/attribute_maps.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::sqlite::blocks {

/// Encoding side; reused from chunk to chunk.
class AttributesEncoder {
 public:
  void write(std::span<const Span> spans, std::span<const Attribute> attributes, std::string& out);

 private:
  MapsEncoder maps_;
  TextColumn client_ips_;
  StringTable client_ip_table_;
};

/// Reading side; views into the decompressed part.
class ChunkAttributes {
 public:
  /// False when the bytes are no attributes part of that many rows and entities.
  [[nodiscard]] bool read(std::string_view raw, std::uint32_t rows, std::uint32_t entities);

  /// The map of each of `rows` (ascending) as a JSON object of strings; of a repeated key the last
  /// value.
  [[nodiscard]] std::vector<std::string> maps(std::span<const std::uint32_t> rows) const {
    return maps_.maps(rows);
  }

  [[nodiscard]] std::string_view client_ip(std::uint32_t entity) const;

 private:
  AttributeMaps maps_;
  PackedColumn client_ips_;
  Dictionary client_ip_table_;
};

}  // namespace traceway::sqlite::blocks
