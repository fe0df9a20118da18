// The seed of everything random in a test run: printed at the start, repeated with
// TRACEWAY_TEST_SEED.
#pragma once

#include <cstdint>
#include <random>

namespace traceway::test {

/// TRACEWAY_TEST_SEED, or one drawn at the start of the process. Any thread.
[[nodiscard]] std::uint64_t seed();

/// A generator of its own for each caller: the same salt gives the same numbers in every run with
/// one seed.
[[nodiscard]] std::mt19937_64 random_generator(std::uint64_t salt);

}  // namespace traceway::test
