#include "storage/sqlite/blocks/metric_encode.h"

#include "base/hash.h"
#include "storage/sqlite/blocks/string_table.h"
#include "storage/sqlite/blocks/wire.h"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15ULL;
constexpr std::size_t kMaxKeptSeries = 8 * kMaxChunkRows;

bool is_key_less(const Attribute& a, const Attribute& b) {
  return a.key < b.key;
}

bool are_equal(const std::vector<Attribute>& a, const std::vector<Attribute>& b) {
  return std::ranges::equal(a, b, [](const Attribute& left, const Attribute& right) {
    return left.key == right.key && left.value == right.value;
  });
}

/// By key; of equal keys the last one stays, as in every map.
std::vector<Attribute> sorted_tags(std::span<const Attribute> tags) {
  std::vector<Attribute> out(tags.begin(), tags.end());
  std::ranges::stable_sort(out, is_key_less);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (kept > 0 && out[kept - 1].key == out[i].key) --kept;
    out[kept++] = out[i];
  }
  out.resize(kept);
  return out;
}

std::uint64_t hash_of(std::span<const Attribute> tags) {
  std::uint64_t mixed = tags.size();
  for (const Attribute& tag : tags) {
    mixed = (std::rotl(mixed, 23) ^ hash64(tag.key)) * kMix;
    mixed = (std::rotl(mixed, 23) ^ hash64(tag.value)) * kMix;
  }
  return mixed;
}

/// Most points come in order; equal times keep theirs.
void sort_by_time(SeriesPoints& series) {
  if (std::ranges::is_sorted(series.times)) return;
  std::vector<std::size_t> order(series.times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return series.times[i]; });
  const SeriesPoints before = series;
  for (std::size_t i = 0; i < order.size(); ++i) {
    series.times[i] = before.times[order[i]];
    series.values[i] = before.values[order[i]];
  }
}

/// Numbers the different sequences of times among the series.
class Tracks {
 public:
  [[nodiscard]] std::int64_t number_of(const std::vector<std::int64_t>& times) {
    const std::string_view bytes(reinterpret_cast<const char*>(times.data()),
                                 times.size() * sizeof(std::int64_t));
    const auto [known, is_new] =
        numbers_.try_emplace(bytes, static_cast<std::int64_t>(tracks_.size()));
    if (is_new) tracks_.push_back(&times);
    return known->second;
  }

  [[nodiscard]] const std::vector<const std::vector<std::int64_t>*>& all() const { return tracks_; }

 private:
  struct Hash {
    std::size_t operator()(std::string_view bytes) const { return hash64(bytes); }
  };

  std::unordered_map<std::string_view, std::int64_t, Hash> numbers_;
  std::vector<const std::vector<std::int64_t>*> tracks_;
};

}  // namespace

std::size_t MetricChunkEncoder::series_of(const MetricPoint& point,
                                          std::span<const Attribute> attributes) {
  const AttributeRange& range = point.attributes;
  if (range.first != seen_range_.first || range.count != seen_range_.count) {
    seen_range_ = range;
    seen_.tags = sorted_tags(attributes.subspan(range.first, range.count));
    seen_.hash = hash_of(seen_.tags);
  }
  const std::uint64_t hash = (std::rotl(seen_.hash, 23) ^ hash64(point.name)) * kMix;
  for (auto [at, end] = index_.equal_range(hash); at != end; ++at) {
    const SeriesPoints& known = series_[at->second];
    if (known.name == point.name && are_equal(known.tags, seen_.tags)) return at->second;
  }
  index_.emplace(hash, series_.size());
  series_.push_back({point.name, seen_.tags, {}, {}});
  return series_.size() - 1;
}

EncodedChunk MetricChunkEncoder::encode(std::span<const MetricPoint> points,
                                        std::span<const Attribute> attributes) {
  series_.clear();
  index_.clear();
  seen_range_ = {};
  seen_ = {hash_of({}), {}};
  for (const MetricPoint& point : points) {
    SeriesPoints& series = series_[series_of(point, attributes)];
    series.times.push_back(point.recorded_ns);
    series.values.push_back(point.value);
  }
  return encode(series_);
}

EncodedChunk MetricChunkEncoder::encode(std::span<SeriesPoints> series) {
  EncodedChunk chunk;
  stats_ = {};
  for (SeriesPoints& one : series) {
    sort_by_time(one);
    stats_.rows += static_cast<std::uint32_t>(one.times.size());
    stats_.min_time = std::min(stats_.min_time, one.times.front());
    stats_.max_time = std::max(stats_.max_time, one.times.back());
    chunk.id_hashes.push_back(hash64(one.name));
  }
  std::ranges::sort(chunk.id_hashes);
  const auto repeated = std::ranges::unique(chunk.id_hashes);
  chunk.id_hashes.erase(repeated.begin(), repeated.end());
  chunk.stats = stats_;
  write_points(series, chunk.parts[static_cast<std::size_t>(Part::kHot)]);
  std::string raw;
  write_series(series, raw);
  put_compressed(chunk.parts[static_cast<std::size_t>(Part::kAttributes)], raw);
  if (series_.capacity() > kMaxKeptSeries) std::vector<SeriesPoints>().swap(series_);
  return chunk;
}

void MetricChunkEncoder::write_track(const std::vector<std::int64_t>& times, std::string& out) {
  put_signed(out, wrapping_difference(times.front(), stats_.min_time));
  column_.clear();
  std::size_t unit = kTimeUnits.size() - 1;
  for (std::size_t i = 1; i < times.size(); ++i) {
    column_.push_back(wrapping_difference(times[i], times[i - 1]));
    while (column_.back() % kTimeUnits[unit] != 0) --unit;
  }
  for (std::int64_t& difference : column_) difference /= kTimeUnits[unit];
  out.push_back(static_cast<char>(unit));
  put_packed(out, column_);
}

void MetricChunkEncoder::write_points(std::span<const SeriesPoints> series, std::string& out) {
  Tracks tracks;
  std::vector<std::int64_t> track_of;
  for (const SeriesPoints& one : series) track_of.push_back(tracks.number_of(one.times));
  put_varint(out, stats_.rows);
  put_varint(out, series.size());
  put_varint(out, tracks.all().size());
  put_signed(out, stats_.min_time);
  put_signed(out, stats_.max_time);
  column_.clear();
  for (const auto* times : tracks.all())
    column_.push_back(static_cast<std::int64_t>(times->size()));
  put_packed(out, column_);
  for (const auto* times : tracks.all()) write_track(*times, out);
  put_packed(out, track_of);
  for (const SeriesPoints& one : series) values_.write(one.values, out);
}

void MetricChunkEncoder::write_series(std::span<const SeriesPoints> series, std::string& out) {
  StringTable texts;
  std::vector<std::int64_t> names, counts, keys, values;
  for (const SeriesPoints& one : series) {
    names.push_back(texts.id_of(one.name));
    counts.push_back(static_cast<std::int64_t>(one.tags.size()));
    for (const Attribute& tag : one.tags) {
      keys.push_back(texts.id_of(tag.key));
      values.push_back(texts.id_of(tag.value));
    }
  }
  put_varint(out, texts.size());
  column_.clear();
  for (std::size_t i = 0; i < texts.size(); ++i)
    column_.push_back(static_cast<std::int64_t>(texts.text(static_cast<std::uint32_t>(i)).size()));
  put_packed(out, column_);
  for (std::size_t i = 0; i < texts.size(); ++i)
    out.append(texts.text(static_cast<std::uint32_t>(i)));
  put_varint(out, series.size());
  for (const auto* column : {&names, &counts, &keys, &values}) put_packed(out, *column);
}

MetricChunkEncoder& thread_metric_encoder() {
  thread_local MetricChunkEncoder encoder;
  return encoder;
}

// --- merging ---

namespace {

/// The tags as texts of a series, which outlive the chunk they were read from.
using SeriesName = std::pair<std::string, std::vector<std::pair<std::string, std::string>>>;

struct Points {
  std::vector<std::int64_t> times;
  std::vector<double> values;
};

using AllSeries = std::map<SeriesName, Points>;

bool add_chunk(const MetricChunkParts& parts, AllSeries& all) {
  std::string buffer;
  const auto raw = decompress(parts.series, buffer);
  MetricSeries series;
  MetricPoints points;
  if (!raw || !series.read(*raw) || !points.read(parts.points) ||
      series.size() != points.series()) {
    return false;
  }
  for (std::size_t i = 0; i < series.size(); ++i) {
    SeriesName name;
    name.first = series.name(i);
    for (const TagNumbers& tag : series.tags(i))
      name.second.emplace_back(series.text(tag.key), series.text(tag.value));
    Points& to = all[std::move(name)];
    const auto times = points.times(i);
    to.times.insert(to.times.end(), times.begin(), times.end());
    const auto values = points.values(i);
    to.values.insert(to.values.end(), values.begin(), values.end());
  }
  return true;
}

}  // namespace

SealedMetrics seal_metric_chunks(std::span<const MetricChunkParts> chunks) {
  SealedMetrics out;
  AllSeries all;
  for (const MetricChunkParts& parts : chunks) {
    if (!add_chunk(parts, all)) ++out.damaged;
  }
  MetricChunkEncoder encoder;
  std::vector<SeriesPoints> batch;
  std::size_t rows = 0;
  const auto finish = [&] {
    if (!batch.empty()) out.chunks.push_back(encoder.encode(batch));
    batch.clear();
    rows = 0;
  };
  for (const auto& [name, points] : all) {
    SeriesPoints whole{name.first, {}, points.times, points.values};
    for (const auto& [key, value] : name.second) whole.tags.push_back({key, value});
    sort_by_time(whole);
    // A series is cut only when it is longer than a chunk: half of one costs its description twice.
    if (rows + whole.times.size() > kMaxSealedPoints) finish();
    for (std::size_t first = 0; first < whole.times.size(); first += kMaxSealedPoints) {
      const std::size_t count = std::min(whole.times.size() - first, kMaxSealedPoints);
      const auto begin = static_cast<std::ptrdiff_t>(first);
      const auto end = static_cast<std::ptrdiff_t>(first + count);
      if (rows + count > kMaxSealedPoints) finish();
      batch.push_back({whole.name,
                       whole.tags,
                       {whole.times.begin() + begin, whole.times.begin() + end},
                       {whole.values.begin() + begin, whole.values.begin() + end}});
      rows += count;
    }
  }
  finish();
  return out;
}

}  // namespace traceway::sqlite::blocks
