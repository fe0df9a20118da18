// A directory for one unit test's database files, removed with its content afterwards. Tests only.
#pragma once

#include "base/id.h"

#include <filesystem>
#include <string>

namespace traceway::sqlite {

class TemporaryDirectory {
 public:
  TemporaryDirectory() { std::filesystem::create_directories(path_); }

  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ =
      (std::filesystem::temp_directory_path() / ("traceway-test-" + to_hex(uuid_v4()))).string();
};

}  // namespace traceway::sqlite
