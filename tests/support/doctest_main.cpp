// The main() of every doctest program: prints the seed first, and what to do at the end second.
#define DOCTEST_CONFIG_IMPLEMENT
#include "support/scenario.h"
#include "support/seed.h"

#include <doctest/doctest.h>

#include <cstdio>

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  std::printf("seed: TRACEWAY_TEST_SEED=%llu\n",
              static_cast<unsigned long long>(traceway::test::seed()));
  const int result = context.run();
  if (!context.shouldExit()) traceway::test::report_untouched_routes();
  return result;
}
