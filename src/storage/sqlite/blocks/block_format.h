// The layout of a block: the frame around its parts, and the checks that guard it.
//
// A block is many rows of one family and project in a few blobs ("parts"), each framed alike:
//
//   0   u64   XXH3 of everything that follows
//   8   u32   magic "TWSB"
//   12  u8    version (1) | u8 part | u16 zero
//   16  u32   chunks
//   20  u32   rows of all chunks
//   24  u32   end of chunk i, counted from the first chunk's begin, for each chunk
//   ..        the chunks, joined
//   ..        8 spare bytes (packed values are read a word at a time)
//
// A chunk is what one request sent (at most kMaxChunkRows rows of it), encoded on the thread that
// received it. It is self-contained: own dictionaries, nothing outside is needed to read it. Chunk
// i of every part of a block is the same rows. The writer only joins chunks.
//
//   part 0, hot (hot_chunk.h; of metrics metric_chunk.h): packed columns that scans read; never
//           compressed.
//   part 1, ids (ids_part.h): trace, span, parent ids; never compressed, they are random.
//   part 2, attributes (attributes_part.h) and part 3, the rest (rest_part.h): u8 codec (0 raw,
//           1 zstd) | varint raw size | bytes.
//
// Of log records: ids as log_ids.h, attributes as log_attributes.h draw them, part 3 the bodies
// (log_bodies.h), part 4 a filter of their tokens (tokens.h), never compressed.
//
// A reader knows every version there ever was; only the newest is written. A part whose checksum is
// wrong is skipped, reported and counted, and never ends a question.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::sqlite::blocks {

/// What has blocks, and tables of its own for them.
enum class BlockFamily : std::uint8_t { kSpans, kLogs, kMetrics };

inline constexpr std::size_t kBlockFamilies = 3;
inline constexpr std::array<BlockFamily, kBlockFamilies> kAllBlockFamilies = {
    BlockFamily::kSpans, BlockFamily::kLogs, BlockFamily::kMetrics};

/// Lower case, plural: how a family is called in logs and reports.
[[nodiscard]] std::string_view to_string(BlockFamily family);

enum class Part : std::uint8_t {
  kHot,
  kIds,
  kAttributes,
  kRest,            ///< spans
  kBodies = kRest,  ///< log records
  kTokens,          ///< log records; in a table of its own
};

inline constexpr std::size_t kParts = 5;

/// The parts that rest apart from the hot one, in the table of cold parts.
inline constexpr std::array<Part, 3> kColdParts = {Part::kIds, Part::kAttributes, Part::kRest};
inline constexpr std::uint8_t kFormatVersion = 1;
/// Larger chunks leave the L2 cache while they are scanned.
inline constexpr std::size_t kMaxChunkRows = 4096;
/// Bounds what encoding one chunk may take in memory: every attribute may have a key of its own.
inline constexpr std::size_t kMaxChunkAttributes = 128 * 1024;

/// What a question needs to know before it reads a block.
struct BlockStats {
  std::uint32_t rows = 0;
  std::uint32_t endpoints = 0;
  std::uint32_t tasks = 0;
  std::uint32_t errors = 0;       ///< span status error, HTTP status from 500, or severity from 17
  std::uint32_t severities = 0;   ///< log records: bit n: there is one of severity n
  std::int64_t first_number = 0;  ///< log records: of the first row; 0: the writer numbers them
  std::int64_t last_number = 0;
  std::int64_t min_time = INT64_MAX;
  std::int64_t max_time = INT64_MIN;
  std::int64_t min_duration = INT64_MAX;
  std::int64_t max_duration = INT64_MIN;

  void merge(const BlockStats& other);
};

/// One chunk, ready to be joined into a block.
struct EncodedChunk {
  BlockStats stats;
  std::array<std::string, kParts> parts;
  std::vector<std::uint64_t> id_hashes;  ///< of trace and entity ids, for the block's filter

  [[nodiscard]] std::size_t bytes() const;
};

/// The same part of each chunk, framed as one blob.
[[nodiscard]] std::string join_chunks(std::span<const EncodedChunk* const> chunks, Part part);

/// A framed part as it was read. Views into the blob.
class BlockView {
 public:
  /// Empty when the blob is not a whole, unharmed part of that kind.
  [[nodiscard]] static std::optional<BlockView> open(std::string_view blob, Part part);

  [[nodiscard]] std::size_t chunks() const { return chunks_; }

  [[nodiscard]] std::uint32_t rows() const { return rows_; }

  /// kPadding readable bytes lie behind each.
  [[nodiscard]] std::string_view chunk(std::size_t index) const;

 private:
  std::string_view blob_;
  std::size_t chunks_ = 0;
  std::uint32_t rows_ = 0;
};

/// Appends `raw` as a cold chunk part: compressed when that helps. Uses a compression context of
/// the calling thread.
void put_compressed(std::string& out, std::string_view raw);

/// The raw bytes of a cold chunk part followed by kPadding spare ones, in `buffer`. Empty when the
/// bytes cannot be what put_compressed() wrote.
[[nodiscard]] std::optional<std::string_view> decompress(std::string_view part,
                                                         std::string& buffer);

}  // namespace traceway::sqlite::blocks
