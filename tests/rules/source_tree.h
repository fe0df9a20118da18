// The repository as the house rules see it: files, their lines, their includes and their string
// literals.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::rules {

/// One file; `path` is relative to the repository, with slashes.
struct SourceFile {
  std::string path;
  std::string text;

  [[nodiscard]] std::vector<std::string_view> lines() const;
  /// "storage" of src/storage/sqlite/x.cpp; empty outside src/.
  [[nodiscard]] std::string_view layer() const;

  [[nodiscard]] bool is_test() const;  ///< x_test.cpp, test_support.h, anything under tests/

  [[nodiscard]] bool is_header() const { return path.ends_with(".h"); }

  [[nodiscard]] bool is_cpp() const { return is_header() || path.ends_with(".cpp"); }
};

/// `#include "x"` or `<x>` of a line.
struct Include {
  std::string_view path;
  bool is_ours = false;  ///< in quotes
};

/// Every text file of the repository, without what builds and package managers put there. Read
/// once.
[[nodiscard]] const std::vector<SourceFile>& all_files();
/// Those of src/ and tests/ that are C++.
[[nodiscard]] std::vector<const SourceFile*> cpp_files();
[[nodiscard]] std::vector<Include> includes_of(const SourceFile& file);

/// The contents of all string literals, adjacent ones joined; comments do not count.
[[nodiscard]] std::vector<std::string> strings_of(std::string_view cpp);
/// The same text with comments and string contents blanked, line for line.
[[nodiscard]] std::string code_of(std::string_view cpp);

}  // namespace traceway::rules
