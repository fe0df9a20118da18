// The main database, what its client did with it, and what must hold whatever happened.
#pragma once

#include "faults/world.h"
#include "storage/main_db.h"
#include "storage/sqlite/temporary_directory.h"

#include <cstdint>
#include <memory>
#include <set>
#include <string>

namespace traceway::faults {

/// People are known by number. One transaction signs one up: a user, an organization, the
/// membership and a project.
class MainWorld {
 public:
  struct Notes {
    std::set<std::uint64_t> attempted = {};
    std::set<std::uint64_t> acknowledged = {};
  };

  MainWorld() = default;
  /// Starts with a copy of another world's files and notes as they are now.
  MainWorld(const MainWorld& other);
  MainWorld& operator=(const MainWorld&) = delete;

  Result<void> open();

  void close() { db_.reset(); }

  [[nodiscard]] bool is_open() const { return db_ != nullptr; }

  /// Noted. That somebody is there already counts as done.
  Result<void> sign_up(std::uint64_t person);
  /// Signs up everybody who was not acknowledged.
  Result<void> retry();
  /// How many projects the product finds.
  [[nodiscard]] Result<std::size_t> projects();

  /// Opens what is there and looks: who was acknowledged is there with everything, nobody is half
  /// there, SQLite finds nothing wrong. Leaves it open.
  [[nodiscard]] Problems problems();

  [[nodiscard]] std::string path() const { return directory_.file("traceway.db"); }

  [[nodiscard]] std::string directory() const { return directory_.path(); }

  Notes notes;

 private:
  sqlite::TemporaryDirectory directory_;
  FixedClock clock_;
  std::unique_ptr<MainDb> db_;
};

}  // namespace traceway::faults
