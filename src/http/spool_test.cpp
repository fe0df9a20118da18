#include "http/spool.h"

#include "http/test_support.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sys/stat.h>

namespace traceway::http {

namespace {

std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 31 + (i >> 8U));
  return out;
}

}  // namespace

TEST_CASE("spool: a body comes back whole from memory and file") {
  const test::TempDirectory directory;
  Spool spool(directory.path() + "/spool", 10'000, 1U << 20U);
  REQUIRE(spool.prepare());
  const std::string sent = pattern(1'000'000);
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{10'000}, std::size_t{10'001}, sent.size()}) {
    CAPTURE(size);
    ByteBudget budget(2U << 20U);
    ReceivedBody body;
    body.expect(size);
    for (std::size_t at = 0; at < size; at += 777) {
      REQUIRE(body.append(std::string_view(sent).substr(at, std::min<std::size_t>(777, size - at)),
                          spool));
    }
    CHECK(body.is_spooled() == (size > 10'000));
    CHECK(spool.memory().used() <= 10'000);
    ByteLease lease;
    const auto bytes = body.take(budget, lease);
    REQUIRE(bytes);
    CHECK(std::string_view(bytes->data(), bytes->size()) == std::string_view(sent).substr(0, size));
    CHECK(budget.used() == size);
    CHECK(spool.memory().used() == 0);
  }
}

TEST_CASE("spool: when all memory is taken, bodies go to files from their first byte") {
  const test::TempDirectory directory;
  Spool spool(directory.path() + "/spool", 100'000, 100'000);
  REQUIRE(spool.prepare());
  ReceivedBody first;
  ReceivedBody second;
  REQUIRE(first.append(pattern(90'000), spool));
  REQUIRE(second.append(pattern(50'000), spool));
  CHECK_FALSE(first.is_spooled());
  CHECK(second.is_spooled());
  CHECK(std::filesystem::is_empty(directory.path() + "/spool"));  // unlinked while open
  ByteBudget budget(60'000);
  ByteLease lease;
  CHECK(second.take(budget, lease)->size() == 50'000);
  CHECK(first.take(budget, lease).error().code == ErrorCode::kUnavailable);
}

TEST_CASE("spool: its directory is private, and what a crash left is removed") {
  const test::TempDirectory directory;
  const std::string path = directory.path() + "/data/spool";
  const Spool spool(path, 1, 1);
  REQUIRE(spool.prepare());
  struct stat about{};
  REQUIRE(::stat(path.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777U) == 0700U);
  std::ofstream(path + "/body-left") << "x";
  std::ofstream(path + "/foreign") << "x";
  REQUIRE(spool.prepare());
  CHECK_FALSE(std::filesystem::exists(path + "/body-left"));
  CHECK(std::filesystem::exists(path + "/foreign"));
}

TEST_CASE("spool: a directory that cannot be written refuses the body") {
  const test::TempDirectory directory;
  std::ofstream(directory.path() + "/file") << "x";
  Spool spool(directory.path() + "/file", 1, 1);
  ReceivedBody body;
  const auto kept = body.append("too much", spool);
  REQUIRE_FALSE(kept);
  CHECK(kept.error().code == ErrorCode::kUnavailable);
}

}  // namespace traceway::http
