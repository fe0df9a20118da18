#include "storage/sqlite/blocks/metric_chunk.h"

#include "base/hash.h"
#include "storage/sqlite/blocks/metric_forms.h"
#include "storage/sqlite/blocks/wire.h"

#include <algorithm>
#include <bit>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15ULL;
/// No chunk that was ever written is larger: a count beyond this is damage, not data.
constexpr std::size_t kMaxRows = 1U << 20U;

/// A column of numbers below `bound`, appended to `to`; false when it is none.
bool read_numbers(Reader& from, std::size_t count, std::size_t bound,
                  std::vector<std::uint32_t>& to) {
  const PackedColumn column(from, count);
  if (!from.ok() || column.count() != count) return false;
  to.reserve(to.size() + count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t value = column[i];
    if (value < 0 || static_cast<std::uint64_t>(value) >= bound) return false;
    to.push_back(static_cast<std::uint32_t>(value));
  }
  return true;
}

}  // namespace

// --- MetricSeries ---

bool MetricSeries::read(std::string_view raw) {
  for (auto* numbers : {&names_, &first_tags_}) numbers->clear();
  texts_.clear();
  hashes_.clear();
  tags_.clear();
  Reader from(raw);
  const std::uint32_t count = from.count(kMaxRows * 8);
  const PackedColumn lengths(from, count);
  if (!from.ok() || lengths.count() != count) return false;
  texts_.reserve(std::min<std::size_t>(count, raw.size()));
  for (std::size_t i = 0; i < count; ++i) {
    texts_.push_back(from.bytes(static_cast<std::size_t>(lengths[i])));
    if (!from.ok()) return false;
    hashes_.push_back(hash64(texts_.back()));
  }
  const std::uint32_t series = from.count(kMaxRows);
  return from.ok() && read_numbers(from, series, texts_.size(), names_) && read_tags(from, series);
}

bool MetricSeries::read_tags(Reader& from, std::size_t series) {
  std::vector<std::uint32_t> counts;
  if (!read_numbers(from, series, kMaxRows, counts)) return false;
  first_tags_.push_back(0);
  std::size_t all = 0;
  for (const std::uint32_t count : counts) {
    all += count;
    if (all > kMaxRows * 8) return false;
    first_tags_.push_back(static_cast<std::uint32_t>(all));
  }
  std::vector<std::uint32_t> keys;
  std::vector<std::uint32_t> values;
  if (!read_numbers(from, all, texts_.size(), keys)) return false;
  if (!read_numbers(from, all, texts_.size(), values)) return false;
  tags_.reserve(all);
  for (std::size_t i = 0; i < all; ++i) tags_.push_back({keys[i], values[i]});
  return true;
}

std::uint64_t MetricSeries::identity(std::size_t series) const {
  std::uint64_t mixed = name_hash(series) * kMix;
  for (const TagNumbers& tag : tags(series)) {
    mixed = (std::rotl(mixed, 23) ^ hashes_[tag.key]) * kMix;
    mixed = (std::rotl(mixed, 23) ^ hashes_[tag.value]) * kMix;
  }
  return mixed ^ (mixed >> 32U);
}

std::uint32_t MetricSeries::number_of(std::string_view text) const {
  return static_cast<std::uint32_t>(std::ranges::find(texts_, text) - texts_.begin());
}

// --- MetricPoints ---

bool MetricPoints::read(std::string_view chunk) {
  tracks_.clear();
  values_.clear();
  times_of_ = SIZE_MAX;
  Reader from(chunk);
  rows_ = from.count(kMaxRows);
  const std::uint32_t series = from.count(rows_);
  const std::uint32_t tracks = from.count(series);
  min_time_ = from.signed_varint();
  max_time_ = from.signed_varint();
  if (!from.ok() || !read_tracks(from, tracks)) return false;
  std::vector<std::uint32_t> track_of;
  if (!read_numbers(from, series, tracks, track_of)) return false;
  values_.resize(series);
  std::size_t rows = 0;
  for (std::size_t i = 0; i < series; ++i) {
    values_[i].track = track_of[i];
    rows += count(i);
    if (!read_values(from, values_[i])) return false;
  }
  return rows == rows_;
}

bool MetricPoints::read_tracks(Reader& from, std::size_t tracks) {
  std::vector<std::uint32_t> lengths;
  if (!read_numbers(from, tracks, kMaxRows + 1, lengths)) return false;
  tracks_.resize(tracks);
  for (std::size_t i = 0; i < tracks; ++i) {
    Track& track = tracks_[i];
    track.times = lengths[i];
    track.first = wrapping_sum(min_time_, from.signed_varint());
    const unsigned unit = from.fixed<std::uint8_t>();
    if (track.times == 0 || unit >= kTimeUnits.size()) return false;
    track.unit = kTimeUnits[unit];
    track.differences = PackedColumn(from, track.times - 1);
    if (!from.ok() || track.differences.count() != track.times - 1) return false;
  }
  return true;
}

bool MetricPoints::read_values(Reader& from, Values& values) {
  const std::size_t size = tracks_[values.track].times;
  values.form = from.fixed<std::uint8_t>();
  if (values.form > kBitsForm) return false;
  const bool is_whole_column = values.form < kDifferencesForm;
  if (values.form == kBitsForm) {
    values.first = from.fixed<std::int64_t>();
    values.shift = from.fixed<std::uint8_t>();
    if (values.shift > 63) return false;
  } else if (!is_whole_column) {
    values.first = from.signed_varint();
  }
  const std::size_t packed = is_whole_column ? size : size - 1;
  values.column = PackedColumn(from, packed);
  return from.ok() && values.column.count() == packed;
}

std::span<const std::int64_t> MetricPoints::times(std::size_t series) {
  const std::uint32_t wanted = values_[series].track;
  const Track& track = tracks_[wanted];
  if (times_of_ != wanted) {
    times_of_ = wanted;
    times_.resize(track.times);
    times_[0] = track.first;
    if (track.times > 1) track.differences.unpack(times_.data() + 1);
    for (std::size_t i = 1; i < track.times; ++i)
      times_[i] = wrapping_sum(times_[i - 1], wrapping_product(times_[i], track.unit));
  }
  return times_;
}

std::span<const double> MetricPoints::values(std::size_t series) {
  const Values& from = values_[series];
  const std::size_t size = count(series);
  numbers_.resize(size);
  decoded_.resize(size);
  if (from.form < kDifferencesForm) {
    from.column.unpack(numbers_.data());
    to_decimals(numbers_, from.form, decoded_);
    return decoded_;
  }
  numbers_[0] = from.first;
  if (size > 1) from.column.unpack(numbers_.data() + 1);
  if (from.form == kBitsForm) {
    for (std::size_t i = 1; i < size; ++i)
      numbers_[i] =
          static_cast<std::int64_t>(static_cast<std::uint64_t>(numbers_[i - 1]) ^
                                    static_cast<std::uint64_t>(numbers_[i]) << from.shift);
    for (std::size_t i = 0; i < size; ++i) decoded_[i] = std::bit_cast<double>(numbers_[i]);
    return decoded_;
  }
  for (std::size_t i = 1; i < size; ++i) numbers_[i] = wrapping_sum(numbers_[i - 1], numbers_[i]);
  to_decimals(numbers_, from.form - kDifferencesForm, decoded_);
  return decoded_;
}

}  // namespace traceway::sqlite::blocks
