#include "demo/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace traceway::demo {

namespace {

constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;
constexpr double kManyEvents = 60;  // from here on the normal approximation is invisible

std::uint64_t mixed(std::uint64_t word) {
  word = (word ^ (word >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  word = (word ^ (word >> 27U)) * 0x94D049BB133111EBULL;
  return word ^ (word >> 31U);
}

}  // namespace

Random::Random(std::uint64_t seed, std::uint64_t stream)
    : state_(mixed(seed + kGolden) ^ mixed(mixed(stream) + kGolden)) {}

std::uint64_t Random::next() {
  state_ += kGolden;
  return mixed(state_);
}

double Random::unit() {
  return static_cast<double>(next() >> 11U) * 0x1.0p-53;
}

bool Random::chance(double probability) {
  return unit() < probability;
}

std::uint64_t Random::below(std::uint64_t limit) {
  return next() % limit;
}

double Random::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - unit()));
  return radius * std::cos(2 * std::numbers::pi * unit());
}

double Random::log_normal(double median, double sigma) {
  return median * std::exp(sigma * normal());
}

std::uint64_t Random::poisson(double mean) {
  if (mean <= 0) return 0;
  if (mean > kManyEvents) {
    return static_cast<std::uint64_t>(std::max(0.0, std::round(mean + std::sqrt(mean) * normal())));
  }
  const double floor = std::exp(-mean);
  std::uint64_t events = 0;
  for (double product = unit(); product > floor; product *= unit()) ++events;
  return events;
}

std::string Random::hex(std::size_t digits) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string out(digits, '0');
  for (char& digit : out) digit = kDigits[below(16)];
  return out;
}

Zipf::Zipf(std::size_t count, double exponent) {
  double sum = 0;
  for (std::size_t rank = 1; rank <= count; ++rank) {
    sum += std::pow(static_cast<double>(rank), -exponent);
    cumulative_.push_back(sum);
  }
  for (double& one : cumulative_) one /= sum;
}

std::size_t Zipf::draw(Random& random) const {
  const auto found = std::ranges::upper_bound(cumulative_, random.unit());
  const auto rank = static_cast<std::size_t>(found - cumulative_.begin());
  return std::min(rank, cumulative_.size() - 1);
}

}  // namespace traceway::demo
