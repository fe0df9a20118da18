// What C++ files look like: length, headers, banned constructs, no SQL in strings.
#include "base/text.h"
#include "rules/source_tree.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::rules {

namespace {

constexpr std::size_t kMaxLines = 600;
constexpr std::size_t kMaxTestLines = 1000;
constexpr std::size_t kMaxFunctionLines = 60;

bool starts_statement(std::string_view text, std::string_view word) {
  return text.starts_with(word) && text.size() > word.size() &&
         (text[word.size()] == ' ' || text[word.size()] == '\n');
}

/// SQL in capitals, as this house writes it. PRAGMA and transaction control are another matter.
bool is_sql(std::string_view text) {
  text = text::trim(text);
  for (const std::string_view word :
       {"SELECT", "INSERT INTO", "INSERT OR", "UPDATE", "DELETE FROM", "CREATE TABLE",
        "CREATE INDEX", "CREATE UNIQUE", "CREATE VIEW", "DROP TABLE", "DROP INDEX", "ALTER TABLE",
        "WITH RECURSIVE", "REPLACE INTO"}) {
    if (starts_statement(text, word)) return true;
  }
  return text.find("SELECT ") != std::string_view::npos &&
         text.find(" FROM ") != std::string_view::npos;
}

bool is_database_control(std::string_view text) {
  text = text::trim(text);
  return std::ranges::any_of(
      std::array<std::string_view, 6>{"PRAGMA", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE", "SAVEPOINT",
                                      "VACUUM", "ATTACH"},
      [&](std::string_view word) { return text == word || starts_statement(text, word); });
}

/// Tables of data: one row is one thing, so their length says nothing.
constexpr std::array<std::string_view, 1> kTables = {"src/app/config.cpp"};

struct Function {
  std::size_t line = 0;
  std::size_t length = 0;
};

bool starts_declaration(std::string_view line) {
  return !line.empty() && (std::isalpha(static_cast<unsigned char>(line.front())) != 0 ||
                           line.front() == '[' || line.front() == '~');
}

bool starts_type_or_scope(std::string_view line) {
  return std::ranges::any_of(
      std::array<std::string_view, 7>{"class ", "struct ", "enum ", "union ", "namespace ",
                                      "extern \"", "template "},
      [&](std::string_view word) { return line.starts_with(word); });
}

/// Every function at the margin, from its name to its closing brace: clang-format puts both there.
std::vector<Function> functions_of(std::string_view code) {
  std::vector<Function> out;
  const auto lines = text::split(code, '\n');
  std::size_t start = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (starts_declaration(lines[i])) start = i;
    const bool has_body = lines[i] == "}" && lines[start].find('(') != std::string_view::npos;
    if (has_body && !starts_type_or_scope(lines[start])) out.push_back({start + 1, i - start + 1});
  }
  return out;
}

/// The comment a file starts with, up to its first empty line, as one line.
std::string first_paragraph(const std::vector<std::string_view>& lines) {
  std::string out;
  for (const std::string_view line : lines) {
    if (!line.starts_with("// ")) break;
    out.append(line.substr(2));
  }
  return out;
}

bool is_word_at(std::string_view code, std::size_t at, std::string_view word) {
  const auto is_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  if (!is_name(word.front()) || !is_name(word.back())) return true;
  const std::size_t end = at + word.size();
  return (at == 0 || !is_name(code[at - 1])) && (end >= code.size() || !is_name(code[end]));
}

bool has_word(std::string_view code, std::string_view word) {
  for (std::size_t at = code.find(word); at != std::string_view::npos;
       at = code.find(word, at + 1)) {
    if (is_word_at(code, at, word)) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("rules: files stay under their limit") {
  for (const SourceFile* file : cpp_files()) {
    const std::size_t limit = file->is_test() ? kMaxTestLines : kMaxLines;
    CHECK_MESSAGE(file->lines().size() <= limit, file->path, " has ", file->lines().size(),
                  " lines");
  }
}

TEST_CASE("rules: functions stay under their limit") {
  std::size_t seen = 0;
  for (const SourceFile* file : cpp_files()) {
    if (file->is_test() || !file->path.ends_with(".cpp")) continue;
    if (std::ranges::find(kTables, file->path) != kTables.end()) continue;
    for (const auto& [line, length] : functions_of(code_of(file->text))) {
      ++seen;
      CHECK_MESSAGE(length <= kMaxFunctionLines, file->path, ":", line, " is ", length,
                    " lines long");
    }
  }
  CHECK(seen > 100);
}

TEST_CASE("rules: a header says first what it is for, then guards itself") {
  for (const SourceFile* file : cpp_files()) {
    if (!file->is_header()) continue;
    const auto lines = file->lines();
    REQUIRE(!lines.empty());
    const std::string purpose = first_paragraph(lines);
    CHECK_MESSAGE(purpose.find_first_of(".:") != std::string::npos, file->path,
                  " does not start with a sentence");
    const auto code =
        std::ranges::find_if(lines, [](std::string_view line) { return !line.starts_with("//"); });
    const bool is_for_assembly = file->path == "src/embed/incbin.h";
    CHECK_MESSAGE((is_for_assembly || (code != lines.end() && *code == "#pragma once")), file->path,
                  " has no #pragma once after its first comment");
  }
}

TEST_CASE("rules: what is banned is not there") {
  struct Banned {
    std::string_view what;
    std::string_view why;
  };

  constexpr std::array kBanned = {
      Banned{"std::regex", "overflows the stack on long input; RE2 is linear"},
      Banned{"#include <regex>", "see std::regex"},
      Banned{".detach()", "every thread has an owner that joins it"},
      Banned{"strcpy(", "no bounds"},
      Banned{"sprintf(", "no bounds"},
      Banned{"std::endl", "flushes; \\n does"},
      Banned{"typedef ", "using"},
      Banned{"NULL", "nullptr"},
  };
  for (const SourceFile* file : cpp_files()) {
    const std::string code = code_of(file->text);
    for (const Banned& banned : kBanned) {
      CHECK_MESSAGE(!has_word(code, banned.what), file->path, ": ", banned.what, ": ", banned.why);
    }
    for (const std::string_view line : text::split(code, '\n')) {
      const bool is_using = line.find("using namespace ") != std::string_view::npos;
      const bool is_std = line.find("std;") != std::string_view::npos;
      CHECK_MESSAGE(!(is_using && (is_std || file->is_header())), file->path, ": ", line);
    }
  }
}

TEST_CASE("rules: SQL is in sql/, never in a C++ string") {
  std::size_t seen = 0;
  for (const SourceFile* file : cpp_files()) {
    // Tests of the wrapper speak to databases of their own.
    if (file->is_test()) continue;
    for (const std::string& text : strings_of(file->text)) {
      ++seen;
      CHECK_MESSAGE(!is_sql(text), file->path, ": ", text);
      const bool is_outside = !file->path.starts_with("src/storage/sqlite/");
      CHECK_MESSAGE(!(is_outside && is_database_control(text)), file->path, ": ", text);
    }
  }
  CHECK(seen > 500);
}

TEST_CASE("rules: the detector of SQL knows SQL from prose") {
  CHECK(is_sql("SELECT 1"));
  CHECK(is_sql("\n  INSERT INTO things VALUES (1)"));
  CHECK(is_sql("WITH x AS (SELECT a FROM b) SELECT * FROM x"));
  CHECK_FALSE(is_sql("Update failed"));
  CHECK_FALSE(is_sql("SELECTED"));
  CHECK(strings_of("f(\"SELECT a \"\n  \"FROM b\"); // \"c\"") ==
        std::vector<std::string>{"SELECT a FROM b"});
  CHECK(strings_of("R\"(x \"y\" z)\" 1'000 '\"' \"a\\\"b\"") ==
        std::vector<std::string>{"x \"y\" z", "a\\\"b"});
  CHECK(code_of("a // NULL\n\"NULL\" b") == "a        \n\"    \" b");
}

TEST_CASE("rules: every test is in a target") {
  const auto& files = all_files();
  const auto cmake = std::ranges::find(files, "tests/CMakeLists.txt", &SourceFile::path);
  REQUIRE(cmake != files.end());
  const std::size_t at = cmake->text.find("foreach(kind IN ITEMS ");
  REQUIRE(at != std::string::npos);
  const std::string kinds =
      " " + cmake->text.substr(at + 22, cmake->text.find(')', at) - at - 22) + " ";
  for (const SourceFile* file : cpp_files()) {
    const bool has_cases = code_of(file->text).find("TEST_CASE(") != std::string::npos;
    const bool is_named = file->path.ends_with("_test.cpp");
    CHECK_MESSAGE((!has_cases || is_named), file->path, " has tests but is not named x_test.cpp");
    if (!is_named || !file->path.starts_with("tests/")) continue;
    const auto parts = text::split(file->path, '/');
    const bool is_built =
        parts.size() == 3 && kinds.find(" " + std::string(parts[1]) + " ") != std::string::npos;
    CHECK_MESSAGE(is_built, file->path, " is in no target of tests/CMakeLists.txt");
  }
}

TEST_CASE("rules: the detector of functions measures functions and nothing else") {
  const auto found = functions_of(
      "struct A {\n  void f() {\n    g();\n  }\n};\n\nint f(int a,\n      int b) {\n  return "
      "a;\n}\n"
      "const int kX[] = {\n    1,\n};\nnamespace {\n}\n");
  REQUIRE(found.size() == 1);
  CHECK(found.front().line == 7);
  CHECK(found.front().length == 4);
}

}  // namespace traceway::rules
