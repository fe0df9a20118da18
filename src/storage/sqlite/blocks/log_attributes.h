// Part 2 of a chunk of log records: the three attribute maps, and what a resource or scope says
// besides. Records of one resource lie together: a change begins a new entry.
//
//   maps of the records, columns and values    (attribute_maps.h)
//   of resources, then of scopes:
//     varint n
//     packed column                            per record: which of them
//     maps of them, columns and values
//     packed column                            per entry: its schema URL
//     packed column                            per entry: its version; scopes only
//   string table                               of schema URLs and versions
#pragma once

#include "model/log_record.h"
#include "storage/sqlite/blocks/attribute_maps.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::sqlite::blocks {

/// Encoding side; reused from chunk to chunk.
class LogAttributesEncoder {
 public:
  void write(std::span<const LogRecord> records, std::span<const Attribute> attributes,
             std::string& out);

 private:
  struct Owners {
    std::vector<std::int64_t> of_record;
    std::vector<AttributeRange> maps;
    TextColumn schema_urls;
    TextColumn versions;

    void clear();
  };

  void gather(std::span<const LogRecord> records);
  void write_owners(const Owners& owners, std::span<const Attribute> attributes, bool has_versions,
                    std::string& out);

  MapsEncoder maps_;
  Owners resources_;
  Owners scopes_;
  StringTable texts_;
};

/// Which of a record's maps.
enum class LogMap : std::uint8_t { kLog, kResource, kScope };

/// Reading side; views into the decompressed part.
class ChunkLogAttributes {
 public:
  /// False when the bytes are no attributes part of that many records.
  [[nodiscard]] bool read(std::string_view raw, std::uint32_t rows);
  /// The map of each of `rows` (ascending) as a JSON object of strings.
  [[nodiscard]] std::vector<std::string> maps(LogMap which,
                                              std::span<const std::uint32_t> rows) const;
  /// The value of that key in each row's map; no data where there is none.
  void values(LogMap which, std::string_view key, std::vector<std::string_view>& to) const;

  [[nodiscard]] std::string_view resource_schema_url(std::uint32_t row) const {
    return texts_.text(resources_.schema_urls[resources_.entry(row)]);
  }

  [[nodiscard]] std::string_view scope_schema_url(std::uint32_t row) const {
    return texts_.text(scopes_.schema_urls[scopes_.entry(row)]);
  }

  [[nodiscard]] std::string_view scope_version(std::uint32_t row) const {
    return texts_.text(scopes_.versions[scopes_.entry(row)]);
  }

 private:
  struct Owners {
    std::uint32_t count = 0;
    PackedColumn of_record;
    AttributeMaps maps;
    PackedColumn schema_urls;
    PackedColumn versions;

    bool read(Reader& from, std::uint32_t rows, bool has_versions);
    [[nodiscard]] std::uint32_t entry(std::uint32_t row) const;
    [[nodiscard]] std::vector<std::string> maps_of(std::span<const std::uint32_t> rows) const;
  };

  std::uint32_t rows_ = 0;
  AttributeMaps maps_;
  Owners resources_;
  Owners scopes_;
  Dictionary texts_;
};

}  // namespace traceway::sqlite::blocks
