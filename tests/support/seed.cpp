#include "support/seed.h"

#include <cstdlib>

namespace traceway::test {

std::uint64_t seed() {
  static const std::uint64_t value = [] {
    const char* given = std::getenv("TRACEWAY_TEST_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  }();
  return value;
}

std::mt19937_64 random_generator(std::uint64_t salt) {
  return std::mt19937_64(seed() * 0x9E3779B97F4A7C15ULL + salt);
}

}  // namespace traceway::test
