#include "storage/sqlite/blocks/sample.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace traceway::sqlite::blocks {

namespace {

constexpr unsigned kSubBits = 5;  // 32 buckets an octave
constexpr std::int32_t kSubBuckets = 1 << kSubBits;

/// Magnitudes below 32 have a bucket each; from there on an octave is cut into 32 equal parts,
/// which needs no logarithm. Negative values mirror.
std::int32_t bucket_of(std::int64_t value) {
  const std::uint64_t magnitude =
      value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
  std::int32_t bucket = 0;
  if (magnitude < kSubBuckets) {
    bucket = static_cast<std::int32_t>(magnitude);
  } else {
    const auto octave = static_cast<unsigned>(std::bit_width(magnitude)) - 1 - kSubBits;
    bucket = static_cast<std::int32_t>(octave) * kSubBuckets +
             static_cast<std::int32_t>(magnitude >> octave);
  }
  return value < 0 ? -bucket : bucket;
}

double middle_of(std::int32_t bucket) {
  const std::int32_t magnitude = bucket < 0 ? -bucket : bucket;
  double value = magnitude;
  if (magnitude >= 2 * kSubBuckets) {
    const std::int32_t octave = magnitude / kSubBuckets - 1;
    const std::int32_t within = magnitude - octave * kSubBuckets;
    value = std::ldexp(within + 0.5, octave);
  }
  return bucket < 0 ? -value : value;
}

}  // namespace

void Sample::add_bucket(std::int32_t bucket, std::uint64_t times) {
  if (buckets_.empty()) first_bucket_ = bucket;
  if (bucket < first_bucket_) {
    buckets_.insert(buckets_.begin(), static_cast<std::size_t>(first_bucket_ - bucket), 0);
    first_bucket_ = bucket;
  }
  const auto index = static_cast<std::size_t>(bucket - first_bucket_);
  if (index >= buckets_.size()) buckets_.resize(index + 1);
  buckets_[index] += times;
  total_ += times;
}

void Sample::add_to_histogram(std::int64_t value, std::uint64_t times) {
  add_bucket(bucket_of(value), times);
}

void Sample::to_histogram() {
  if (!is_exact_) return;
  is_exact_ = false;
  for (const std::int64_t value : values_) add_to_histogram(value, 1);
  std::vector<std::int64_t>().swap(values_);
}

void Sample::merge(const Sample& other) {
  if (other.is_exact_) {
    if (is_exact_) {
      values_.insert(values_.end(), other.values_.begin(), other.values_.end());
    } else {
      for (const std::int64_t value : other.values_) add_to_histogram(value, 1);
    }
    return;
  }
  to_histogram();
  for (std::size_t i = 0; i < other.buckets_.size(); ++i) {
    if (other.buckets_[i] > 0)
      add_bucket(other.first_bucket_ + static_cast<std::int32_t>(i), other.buckets_[i]);
  }
}

double Sample::value_at(std::uint64_t rank) const {
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    before += buckets_[i];
    if (rank < before) return middle_of(first_bucket_ + static_cast<std::int32_t>(i));
  }
  return 0;
}

double Sample::quantile(double p) {
  const std::uint64_t n = count();
  if (n == 0) return 0;
  const double x = std::clamp(p, 0.0, 1.0) * static_cast<double>(n - 1);
  const auto low = static_cast<std::uint64_t>(x);
  const double fraction = x - static_cast<double>(low);
  if (!is_exact_) {
    const double below = value_at(low);
    if (fraction == 0) return below;
    return below + fraction * (value_at(low + 1) - below);
  }
  const auto at = values_.begin() + static_cast<std::ptrdiff_t>(low);
  std::nth_element(values_.begin(), at, values_.end());
  const auto below = static_cast<double>(*at);
  if (fraction == 0) return below;
  const auto above = static_cast<double>(*std::min_element(at + 1, values_.end()));
  return below + fraction * (above - below);
}

std::size_t Sample::bytes() const {
  return values_.capacity() * sizeof(std::int64_t) + buckets_.capacity() * sizeof(std::uint64_t);
}

}  // namespace traceway::sqlite::blocks
