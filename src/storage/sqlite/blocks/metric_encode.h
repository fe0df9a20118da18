// Metric points to chunks: of one request on the thread that received it, and of many chunks merged
// into full ones.
#pragma once

#include "model/metric_point.h"
#include "storage/sqlite/blocks/block_format.h"
#include "storage/sqlite/blocks/metric_chunk.h"
#include "storage/sqlite/blocks/metric_forms.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace traceway::sqlite::blocks {

/// One series with some of its points, in any order.
struct SeriesPoints {
  std::string_view name;
  std::vector<Attribute> tags;  ///< by key, ascending; no key twice
  std::vector<std::int64_t> times;
  std::vector<double> values;
};

/// Encodes chunk after chunk in the same buffers. One thread at a time; keep one per thread.
class MetricChunkEncoder {
 public:
  /// At most kMaxChunkRows points, at least one. `attributes` is what their ranges index.
  [[nodiscard]] EncodedChunk encode(std::span<const MetricPoint> points,
                                    std::span<const Attribute> attributes);

  /// The same of series, in their order. Points of a series are sorted by time, equal times stay
  /// in their order.
  [[nodiscard]] EncodedChunk encode(std::span<SeriesPoints> series);

 private:
  [[nodiscard]] std::size_t series_of(const MetricPoint& point,
                                      std::span<const Attribute> attributes);
  void write_points(std::span<const SeriesPoints> series, std::string& out);
  void write_track(const std::vector<std::int64_t>& times, std::string& out);
  void write_series(std::span<const SeriesPoints> series, std::string& out);

  struct TagsSeen {
    std::uint64_t hash = 0;
    std::vector<Attribute> tags;
  };

  std::vector<SeriesPoints> series_;
  std::unordered_multimap<std::uint64_t, std::size_t> index_;  // by hash of name and tags
  TagsSeen seen_;                                              // of the last range of attributes
  AttributeRange seen_range_;
  BlockStats stats_;
  ValueWriter values_;
  std::vector<std::int64_t> column_;
};

/// The calling thread's encoder.
[[nodiscard]] MetricChunkEncoder& thread_metric_encoder();

/// A chunk as it lies in a block: its points part, and its series part with the compression it has
/// there.
struct MetricChunkParts {
  std::string_view points;
  std::string_view series;
};

/// Merges chunks into full ones: series by name and tags, their points by time, at most
/// kMaxSealedPoints a chunk. Pure; any thread. Chunks that cannot be read are left out and counted.
struct SealedMetrics {
  std::vector<EncodedChunk> chunks;
  std::size_t damaged = 0;
};

[[nodiscard]] SealedMetrics seal_metric_chunks(std::span<const MetricChunkParts> chunks);

}  // namespace traceway::sqlite::blocks
