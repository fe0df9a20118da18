// A chunk of metric points: the layout, and its reading side.
//
// Points lie by series (one name with one set of tags), then by time. Series that are exported
// together have equal times: such a sequence is stored once, as a *track*.
//
// Part 0, points; never compressed:
//
//   varint rows | varint series | varint tracks | zigzag min time | zigzag max time
//   packed column                         per track: its length
//   per track: zigzag first time less the chunk's min time | u8 unit, a power of ten in ns
//              packed column              of the differences between neighbours, in units
//   packed column                         per series: its track
//   per series: its values, a u8 form and
//     form 0..15, one number: packed column of v * 10^form          (every v is such a decimal)
//     form 16..31: zigzag first v * 10^(form - 16) | packed column of differences
//     form 32: u64 bits of the first | u8 shift | packed column of (bits ^ bits before) >> shift
//
// Part 2, series, as a cold part:
//
//   varint texts | packed column of their lengths | the texts, joined
//   packed column                         per series: its name
//   packed column                         per series: how many tags it has
//   packed column                         of their keys, joined; of a series by text, ascending
//   packed column                         of their values, joined
//
// A request's chunk and a merged one have the same layout: the latter only has longer series.
#pragma once

#include "storage/sqlite/blocks/packed_column.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace traceway::sqlite::blocks {

/// Points of a merged chunk: more than of other families, so that what describes a series costs
/// little per point.
inline constexpr std::size_t kMaxSealedPoints = 16'384;

/// A tag as numbers of texts.
struct TagNumbers {
  std::uint32_t key = 0;
  std::uint32_t value = 0;
};

/// Part 2, decompressed. Views into it. Reused from chunk to chunk.
class MetricSeries {
 public:
  /// False when the bytes are no series part. kPadding readable bytes lie behind them.
  [[nodiscard]] bool read(std::string_view raw);

  [[nodiscard]] std::size_t size() const { return names_.size(); }

  [[nodiscard]] std::string_view name(std::size_t series) const { return texts_[names_[series]]; }

  [[nodiscard]] std::span<const TagNumbers> tags(std::size_t series) const {
    return std::span(tags_).subspan(first_tags_[series],
                                    first_tags_[series + 1] - first_tags_[series]);
  }

  [[nodiscard]] std::string_view text(std::uint32_t number) const { return texts_[number]; }

  /// Of a text; the same in every chunk.
  [[nodiscard]] std::uint64_t hash(std::uint32_t number) const { return hashes_[number]; }

  [[nodiscard]] std::uint64_t name_hash(std::size_t series) const {
    return hashes_[names_[series]];
  }

  /// Of name and tags; the same in every chunk. Among a million series the chance that two share
  /// one is 1 in 10^7.
  [[nodiscard]] std::uint64_t identity(std::size_t series) const;

  /// The number of a text; texts_size() when the chunk does not have it.
  [[nodiscard]] std::uint32_t number_of(std::string_view text) const;

  [[nodiscard]] std::uint32_t texts_size() const {
    return static_cast<std::uint32_t>(texts_.size());
  }

 private:
  [[nodiscard]] bool read_tags(Reader& from, std::size_t series);

  std::vector<std::string_view> texts_;
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint32_t> names_;
  std::vector<std::uint32_t> first_tags_;  // one more than series
  std::vector<TagNumbers> tags_;
};

/// Part 0. Views into it. Reused from chunk to chunk.
class MetricPoints {
 public:
  /// False when the bytes are no points part. kPadding readable bytes lie behind them.
  [[nodiscard]] bool read(std::string_view chunk);

  [[nodiscard]] std::uint32_t rows() const { return rows_; }

  [[nodiscard]] std::size_t series() const { return values_.size(); }

  [[nodiscard]] std::int64_t min_time() const { return min_time_; }

  [[nodiscard]] std::int64_t max_time() const { return max_time_; }

  [[nodiscard]] std::size_t count(std::size_t series) const {
    return tracks_[values_[series].track].times;
  }

  /// Ascending. Valid until times of another track are asked for.
  [[nodiscard]] std::span<const std::int64_t> times(std::size_t series);

  /// As many as times(). Valid until the next call.
  [[nodiscard]] std::span<const double> values(std::size_t series);

 private:
  struct Track {
    std::size_t times = 0;
    std::int64_t first = 0;
    std::int64_t unit = 1;
    PackedColumn differences;
  };

  struct Values {
    std::uint32_t track = 0;
    std::uint8_t form = 0;
    std::uint8_t shift = 0;
    std::int64_t first = 0;  // whole number, or bits
    PackedColumn column;
  };

  [[nodiscard]] bool read_tracks(Reader& from, std::size_t tracks);
  [[nodiscard]] bool read_values(Reader& from, Values& values);

  std::uint32_t rows_ = 0;
  std::int64_t min_time_ = 0;
  std::int64_t max_time_ = 0;
  std::vector<Track> tracks_;
  std::vector<Values> values_;
  std::vector<std::int64_t> times_;  // of track times_of_
  std::size_t times_of_ = SIZE_MAX;
  std::vector<std::int64_t> numbers_;
  std::vector<double> decoded_;
};

}  // namespace traceway::sqlite::blocks
