#include "faults/world.h"

#include <sqlite3.h>

#include <optional>

namespace traceway::faults {

void copy_files(const std::filesystem::path& from, const std::filesystem::path& to) {
  for (const auto& entry : std::filesystem::directory_iterator(from)) {
    if (!entry.is_regular_file() || entry.path().string().ends_with("-shm")) continue;
    std::filesystem::copy_file(entry.path(), to / entry.path().filename(),
                               std::filesystem::copy_options::overwrite_existing);
  }
}

RawFile::RawFile(const std::string& path) {
  sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE, nullptr);
}

RawFile::~RawFile() {
  sqlite3_close(database_);
}

std::string RawFile::ask(const std::string& sql) const {
  std::optional<std::string> first;
  const auto keep = [](void* to, int /*columns*/, char** values, char** /*names*/) {
    auto& kept = *static_cast<std::optional<std::string>*>(to);
    if (!kept) kept = values[0] == nullptr ? "" : values[0];
    return 0;
  };
  if (sqlite3_exec(database_, sql.c_str(), keep, &first, nullptr) != SQLITE_OK)
    return sqlite3_errmsg(database_);
  return first.value_or("no row");
}

void RawFile::expect(const std::string& sql, const std::string& wanted, Problems& out) const {
  if (std::string found = ask(sql); found != wanted) out.push_back(sql + ": " + found);
}

}  // namespace traceway::faults
