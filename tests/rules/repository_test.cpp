// What the repository holds besides code: SQL files, lock files, nothing of anybody's machine.
#include "base/text.h"
#include "rules/source_tree.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::rules {

namespace {

// In two pieces, so that this file does not break its own rules.
const std::vector<std::string>& hosts_of_registries() {
  static const std::vector<std::string> hosts = {
      std::string("registry.") + "npmjs", std::string("registry.") + "yarnpkg",
      std::string("deb.") + "debian.org", std::string("proxy.") + "golang.org",
      std::string("pypi.") + "org",       std::string("files.") + "pythonhosted"};
  return hosts;
}

const std::vector<std::string>& machine_paths() {
  static const std::vector<std::string> paths = {
      std::string("/ho") + "me/", std::string("/ro") + "ot/", std::string("/Us") + "ers/",
      std::string("/wo") + "rk/", std::string("C:\\Us") + "ers"};
  return paths;
}

const std::vector<std::string>& unfinished_markers() {
  static const std::vector<std::string> markers = {
      std::string("TO") + "DO", std::string("FIX") + "ME", std::string("XX") + "X:"};
  return markers;
}

/// Recorded traffic and stack traces name paths of the machines they came from.
bool is_recorded(std::string_view path) {
  return path.starts_with("tests/fixtures/") || path.starts_with("tests/expected/") ||
         path.starts_with("tests/fuzz/corpus/") || path.starts_with("tests/grouping/");
}

bool is_source(std::string_view path) {
  return std::ranges::any_of(
      std::array<std::string_view, 12>{".cpp", ".h", ".sql", ".ts", ".svelte", ".mjs", ".js",
                                       ".css", ".cmake", ".md", ".yml", ".txt"},
      [&](std::string_view ending) { return path.ends_with(ending); });
}

struct Statement {
  std::string name;
  std::set<std::string> params = {};
  std::string sql = {};
};

std::vector<Statement> statements_of(const SourceFile& file) {
  std::vector<Statement> out;
  for (const std::string_view line : file.lines()) {
    if (line.starts_with("-- name:")) {
      out.push_back({std::string(text::trim(line.substr(8)))});
    } else if (line.starts_with("-- params:") && !out.empty()) {
      for (const std::string_view one : text::split(line.substr(10), ',')) {
        if (!text::trim(one).empty()) out.back().params.emplace(text::trim(one));
      }
    } else if (!line.starts_with("--")) {
      if (out.empty() && !text::trim(line).empty()) out.push_back({"(unnamed)"});
      if (!out.empty()) out.back().sql.append(line).append("\n");
    }
  }
  return out;
}

/// Names after a colon, outside string literals.
std::set<std::string> parameters_in(std::string_view sql) {
  std::set<std::string> out;
  bool is_quoted = false;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] == '\'') is_quoted = !is_quoted;
    if (is_quoted || sql[i] != ':') continue;
    std::size_t end = i + 1;
    while (end < sql.size() &&
           (std::isalnum(static_cast<unsigned char>(sql[end])) != 0 || sql[end] == '_')) {
      ++end;
    }
    if (end > i + 1) out.emplace(sql.substr(i + 1, end - i - 1));
  }
  return out;
}

bool is_query_file(const SourceFile& file) {
  return file.path.starts_with("sql/") && file.path.find("/queries/") != std::string::npos &&
         file.path.ends_with(".sql");
}

/// What a text puts between backticks.
std::vector<std::string_view> quoted_names(std::string_view markdown) {
  std::vector<std::string_view> out;
  const auto parts = text::split(markdown, '`');
  for (std::size_t i = 1; i < parts.size(); i += 2) out.push_back(parts[i]);
  return out;
}

bool consists_of(std::string_view text, std::string_view more) {
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
           more.find(c) != std::string_view::npos;
  });
}

bool is_file_name(std::string_view name) {
  return consists_of(name, "./") &&
         std::ranges::any_of(std::array<std::string_view, 4>{".cpp", ".h", ".ts", ".svelte"},
                             [&](std::string_view ending) { return name.ends_with(ending); });
}

/// `Front::Core::feed`, `submit_and_wait`: a function or type of ours, and no word of a shell or of
/// SQL.
bool is_code_name(std::string_view name) {
  const bool has_lower = std::ranges::any_of(
      name, [](char c) { return std::islower(static_cast<unsigned char>(c)) != 0; });
  return consists_of(name, ":") && has_lower;
}

/// Every word of the program's source.
std::set<std::string_view> words_of_source() {
  std::set<std::string_view> out;
  for (const SourceFile& file : all_files()) {
    const bool is_product = (file.path.starts_with("src/") && file.is_cpp() && !file.is_test()) ||
                            file.path.starts_with("assets/src/");
    if (!is_product) continue;
    const std::string_view all = file.text;
    for (std::size_t at = 0; at < all.size();) {
      std::size_t end = at;
      while (end < all.size() && consists_of(all.substr(end, 1), "")) ++end;
      if (end > at) out.insert(all.substr(at, end - at));
      at = end + 1;
    }
  }
  return out;
}

}  // namespace

TEST_CASE("rules: nothing names a package registry") {
  for (const SourceFile& file : all_files()) {
    for (const std::string& host : hosts_of_registries()) {
      CHECK_MESSAGE(file.text.find(host) == std::string::npos, file.path, " names ", host);
    }
  }
  CHECK(all_files().size() > 100);
}

TEST_CASE("rules: nothing names a path of somebody's machine") {
  for (const SourceFile& file : all_files()) {
    if (is_recorded(file.path)) continue;
    for (const std::string& path : machine_paths()) {
      // Inside a longer path it is a route or a folder of ours.
      const std::size_t at = file.text.find(path);
      const bool is_path =
          at != std::string::npos &&
          (at == 0 || std::isalnum(static_cast<unsigned char>(file.text[at - 1])) == 0);
      CHECK_MESSAGE(!is_path, file.path, " names ", path);
    }
  }
}

TEST_CASE("rules: nothing is left for later") {
  for (const SourceFile& file : all_files()) {
    if (!is_source(file.path) || is_recorded(file.path)) continue;
    for (const std::string& marker : unfinished_markers()) {
      CHECK_MESSAGE(file.text.find(marker) == std::string::npos, file.path, " has a ", marker);
    }
  }
}

TEST_CASE("rules: lock files name versions and hashes, not where they were downloaded") {
  int seen = 0;
  for (const SourceFile& file : all_files()) {
    if (!file.path.ends_with("package-lock.json")) continue;
    ++seen;
    CHECK_MESSAGE(file.text.find("\"resolved\"") == std::string::npos, file.path,
                  " has download addresses");
    CHECK_MESSAGE(file.text.find("\"integrity\"") != std::string::npos, file.path,
                  " has no hashes");
  }
  CHECK(seen > 0);
}

TEST_CASE("rules: every statement has a name and lists exactly the parameters it uses") {
  std::map<std::string, std::string> owners;
  for (const SourceFile& file : all_files()) {
    if (!is_query_file(file)) continue;
    const std::string folder = file.path.substr(0, file.path.rfind('/'));
    for (const Statement& statement : statements_of(file)) {
      const std::string name = file.path + " " + statement.name;
      CHECK_MESSAGE(statement.name != "(unnamed)", file.path, " has SQL before the first name");
      CHECK_MESSAGE(owners.emplace(name, file.path).second, name, " exists twice");
      const auto used = parameters_in(statement.sql);
      for (const std::string& one : used) {
        CHECK_MESSAGE(statement.params.contains(one), name, " does not list :", one);
      }
      for (const std::string& one : statement.params) {
        CHECK_MESSAGE(used.contains(one), name, " lists ", one, " and does not use it");
      }
      CHECK_MESSAGE(statement.sql.find("SELECT *") == std::string::npos, name, " selects *");
      CHECK_MESSAGE(text::trim(statement.sql).ends_with(';'), name, " does not end in a semicolon");
    }
  }
  CHECK(owners.size() > 10);
}

TEST_CASE("rules: migrations are numbered without holes, one statement each, tables are strict") {
  std::map<std::string, int> last;
  for (const SourceFile& file : all_files()) {
    const std::size_t at = file.path.find("/migrations/");
    if (!file.path.starts_with("sql/") || at == std::string::npos) continue;
    const std::string folder = file.path.substr(0, at);
    const std::string name = file.path.substr(at + 12);
    CHECK_MESSAGE(name.ends_with(".up.sql"), file.path, " is not up only");
    const auto number = text::parse_int(name.substr(0, 4));
    REQUIRE_MESSAGE(number, file.path, " has no number");
    CHECK_MESSAGE(*number == ++last[folder], file.path, " leaves a hole or repeats a number");
    std::string sql;
    for (const std::string_view line : file.lines()) {
      if (!line.starts_with("--")) sql.append(line).append("\n");
    }
    const std::string_view trimmed = text::trim(sql);
    CHECK_MESSAGE(std::ranges::count(trimmed, ';') == 1, file.path, " is not one statement");
    CHECK_MESSAGE(trimmed.ends_with(';'), file.path, " does not end in a semicolon");
    if (trimmed.starts_with("CREATE TABLE")) {
      CHECK_MESSAGE(trimmed.find("STRICT") != std::string_view::npos, file.path, " is not STRICT");
    }
  }
  CHECK(last.size() >= 2);
}

TEST_CASE("rules: every folder at the top says what it is") {
  for (const std::string_view folder : {"src", "sql", "assets", "tests", "packaging"}) {
    const std::string readme = std::string(folder) + "/README.md";
    const bool is_there = std::ranges::any_of(
        all_files(), [&](const SourceFile& file) { return file.path == readme; });
    CHECK_MESSAGE(is_there, readme, " is missing");
  }
}

TEST_CASE("rules: the journeys of src/README.md name files and functions that exist") {
  const auto readme = std::ranges::find(all_files(), "src/README.md", &SourceFile::path);
  REQUIRE(readme != all_files().end());
  std::string_view journeys = readme->text;
  journeys = journeys.substr(0, journeys.find("\n## Threads"));
  journeys.remove_prefix(journeys.find("\n## Journey 1"));
  const auto words = words_of_source();
  int seen = 0;
  for (const std::string_view name : quoted_names(journeys)) {
    if (is_file_name(name)) {
      const bool exists = std::ranges::any_of(all_files(), [&](const SourceFile& file) {
        return file.path == name || file.path.ends_with("/" + std::string(name));
      });
      CHECK_MESSAGE(exists, "src/README.md names the file ", name);
      ++seen;
    } else if (is_code_name(name)) {
      for (const std::string_view word : text::split(name, ':')) {
        CHECK_MESSAGE((word.empty() || words.contains(word)), "src/README.md names ", name);
      }
      ++seen;
    }
  }
  CHECK(seen > 50);
}

}  // namespace traceway::rules
