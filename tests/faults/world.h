// What the worlds of this proof share: a clock that stands still, copies of database files, a
// connection past the product's.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

struct sqlite3;

namespace traceway::faults {

/// What is wrong, one sentence each; empty when nothing is.
using Problems = std::vector<std::string>;

class FixedClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_ns() const override { return 1'790'000'000'000'000'000; }
};

/// Copies the database files of one directory into another, without the WAL's index: that is what a
/// killed process leaves behind.
void copy_files(const std::filesystem::path& from, const std::filesystem::path& to);

/// A connection of the test's own.
class RawFile {
 public:
  explicit RawFile(const std::string& path);
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;
  ~RawFile();

  /// The first column of the first row as text; what went wrong instead, if something did.
  [[nodiscard]] std::string ask(const std::string& sql) const;

  /// Adds a problem when the answer is another.
  void expect(const std::string& sql, const std::string& wanted, Problems& out) const;

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace traceway::faults
