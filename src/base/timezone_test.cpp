#include "base/timezone.h"

#include "base/id.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

namespace traceway {

TEST_CASE("timezone: the form alone keeps paths out") {
  const std::string none = "/nonexistent";
  CHECK(is_timezone("UTC", none));
  CHECK(is_timezone("Europe/Belgrade", none));
  CHECK(is_timezone("Etc/GMT+5", none));
  for (const char* bad :
       {"", "/etc/passwd", "../x", "Europe/../x", "a//b", "a/", "Europe Berlin"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_timezone(bad, none));
  }
  CHECK_FALSE(is_timezone(std::string(65, 'a'), none));
}

TEST_CASE("timezone: with zone files, only a zone file is a zone") {
  const auto directory =
      std::filesystem::temp_directory_path() / ("traceway-test-" + to_hex(uuid_v4()));
  std::filesystem::create_directories(directory / "Europe");
  std::ofstream(directory / "Europe" / "Berlin") << "TZif2 and more";
  std::ofstream(directory / "README") << "text";
  CHECK(is_timezone("Europe/Berlin", directory.string()));
  CHECK_FALSE(is_timezone("Europe/Atlantis", directory.string()));
  CHECK_FALSE(is_timezone("README", directory.string()));
  CHECK_FALSE(is_timezone("Europe", directory.string()));
  std::filesystem::remove_all(directory);
}

}  // namespace traceway
