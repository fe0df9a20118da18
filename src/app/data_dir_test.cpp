#include "app/data_dir.h"

#include "base/id.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace traceway {

namespace {

/// A directory of the test's own, removed afterwards.
struct TempDir {
  std::string path =
      (std::filesystem::temp_directory_path() / ("traceway-test-" + to_hex(uuid_v4()))).string();

  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

}  // namespace

TEST_CASE("data dir: the second opener is refused with the holder's process id") {
  const TempDir dir;
  auto first = DataDir::open(dir.path, false);
  REQUIRE(first);
  const auto second = DataDir::open(dir.path, false);
  REQUIRE_FALSE(second);
  CHECK(second.error().message.find(std::to_string(::getpid())) != std::string::npos);
  first->reset();
  CHECK(DataDir::open(dir.path, false));
}

TEST_CASE("data dir: the secret is made once, readable by its owner only") {
  const TempDir dir;
  const auto opened = DataDir::open(dir.path, false);
  REQUIRE(opened);
  const auto secret = (*opened)->secret();
  REQUIRE(secret);
  CHECK(secret->size() == 64);
  CHECK((*opened)->secret().value() == *secret);
  struct stat info{};
  REQUIRE(::stat((dir.path + "/secret").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);
}

TEST_CASE("data dir: a secret too short to sign with is refused, not used") {
  const TempDir dir;
  const auto opened = DataDir::open(dir.path, false);
  REQUIRE(opened);
  std::ofstream(dir.path + "/secret") << "short";
  CHECK_FALSE((*opened)->secret());
}

}  // namespace traceway
