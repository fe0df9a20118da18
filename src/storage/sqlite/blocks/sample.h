// Values whose quantiles are asked: exact while few, a log-scale histogram when many.
#pragma once

#include <cstdint>
#include <vector>

namespace traceway::sqlite::blocks {

/// One group's sample of non-negative and negative whole numbers. Exact until to_histogram(): then
/// each value is remembered by its bucket, 32 buckets per octave, so a quantile is at most 1.6 %
/// off the value of its rank.
class Sample {
 public:
  void add(std::int64_t value) {
    if (is_exact_) {
      values_.push_back(value);
    } else {
      add_to_histogram(value, 1);
    }
  }

  void merge(const Sample& other);
  void to_histogram();

  [[nodiscard]] bool is_exact() const { return is_exact_; }

  [[nodiscard]] std::uint64_t count() const { return is_exact_ ? values_.size() : total_; }

  /// Linear interpolation between the two nearest ranks; 0 when empty. Reorders an exact sample.
  /// Source: dashboard-api 1.8.
  [[nodiscard]] double quantile(double p);

  [[nodiscard]] std::size_t bytes() const;

 private:
  void add_to_histogram(std::int64_t value, std::uint64_t times);
  void add_bucket(std::int32_t bucket, std::uint64_t times);
  [[nodiscard]] double value_at(std::uint64_t rank) const;

  bool is_exact_ = true;
  std::vector<std::int64_t> values_;
  std::int32_t first_bucket_ = 0;
  std::vector<std::uint64_t> buckets_;
  std::uint64_t total_ = 0;
};

}  // namespace traceway::sqlite::blocks
