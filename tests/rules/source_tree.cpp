#include "rules/source_tree.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace traceway::rules {

namespace {

namespace fs = std::filesystem;

/// What tools put into a checkout, as .gitignore has it.
bool is_generated(const fs::path& path) {
  const std::string name = path.filename().string();
  if (name == ".git" || name == "node_modules" || name == "dist" || name == ".cache") return true;
  return fs::is_directory(path) &&
         (name == "build" || name.starts_with("build-") || name == "traceway-data");
}

bool is_binary(std::string_view text) {
  return text.substr(0, 4096).find('\0') != std::string_view::npos;
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<SourceFile> read_tree() {
  const fs::path root = TRACEWAY_SOURCE_DIR;
  std::vector<SourceFile> files;
  for (auto at = fs::recursive_directory_iterator(root); at != fs::recursive_directory_iterator();
       ++at) {
    if (is_generated(at->path())) {
      at.disable_recursion_pending();
      continue;
    }
    if (!at->is_regular_file()) continue;
    std::string text = read(at->path());
    if (is_binary(text)) continue;
    files.push_back({at->path().lexically_relative(root).generic_string(), std::move(text)});
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

/// Walks C++ text and tells code, comments and string contents apart.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text), code_(text) {}

  void run() {
    while (at_ < text_.size()) {
      if (starts("//")) {
        blank_until("\n", 0);
      } else if (starts("/*")) {
        blank_until("*/", 2);
      } else if (text_[at_] == '"') {
        is_raw() ? raw_string() : plain('"');
      } else if (text_[at_] == '\'' && !is_digit_separator()) {
        plain('\'');
      } else {
        if (!text::trim(text_.substr(at_, 1)).empty()) is_joined_ = false;
        ++at_;
      }
    }
  }

  std::string code_text() { return std::move(code_); }

  std::vector<std::string> strings() { return std::move(strings_); }

 private:
  [[nodiscard]] bool starts(std::string_view what) const {
    return text_.substr(at_).starts_with(what);
  }

  [[nodiscard]] bool is_raw() const { return at_ > 0 && text_[at_ - 1] == 'R'; }

  [[nodiscard]] bool is_digit_separator() const {
    return at_ > 0 && std::isxdigit(static_cast<unsigned char>(text_[at_ - 1])) != 0;
  }

  void blank(std::size_t end) {
    for (; at_ < std::min(end, text_.size()); ++at_) {
      if (text_[at_] != '\n') code_[at_] = ' ';
    }
  }

  void blank_until(std::string_view what, std::size_t more) {
    const std::size_t end = text_.find(what, at_ + more);
    blank(end == std::string_view::npos ? text_.size() : end + more);
  }

  void keep(std::string_view content) {
    if (is_joined_) {
      strings_.back().append(content);
    } else {
      strings_.emplace_back(content);
    }
    is_joined_ = true;
  }

  void plain(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2U : 1U;
    }
    if (quote == '"') keep(text_.substr(at_ + 1, end - at_ - 1));
    ++at_;
    blank(end);
    at_ = end + 1;
  }

  void raw_string() {
    const std::size_t open = text_.find('(', at_);
    const std::string close = ")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"";
    const std::size_t end = std::min(text_.find(close, open), text_.size());
    keep(text_.substr(open + 1, end - open - 1));
    blank(end);
    at_ = std::min(end + close.size(), text_.size());
  }

  std::string_view text_;
  std::string code_;
  std::size_t at_ = 0;
  std::vector<std::string> strings_;
  bool is_joined_ = false;  // nothing but white space since the last string
};

}  // namespace

std::vector<std::string_view> SourceFile::lines() const {
  auto all = text::split(text, '\n');
  if (!all.empty() && all.back().empty()) all.pop_back();
  return all;
}

std::string_view SourceFile::layer() const {
  std::string_view rest = path;
  if (!rest.starts_with("src/")) return {};
  rest.remove_prefix(4);
  return rest.substr(0, rest.find('/'));
}

bool SourceFile::is_test() const {
  return path.starts_with("tests/") || path.ends_with("_test.cpp") ||
         path.find("test_support") != std::string::npos || path.ends_with("temporary_directory.h");
}

const std::vector<SourceFile>& all_files() {
  static const std::vector<SourceFile> files = read_tree();
  return files;
}

std::vector<const SourceFile*> cpp_files() {
  std::vector<const SourceFile*> out;
  for (const SourceFile& file : all_files()) {
    const bool is_ours = file.path.starts_with("src/") || file.path.starts_with("tests/");
    if (is_ours && file.is_cpp()) out.push_back(&file);
  }
  return out;
}

std::vector<Include> includes_of(const SourceFile& file) {
  std::vector<Include> out;
  for (std::string_view line : file.lines()) {
    if (!line.starts_with("#include ")) continue;
    line.remove_prefix(9);
    const bool is_ours = line.starts_with('"');
    const std::size_t end = line.find(is_ours ? '"' : '>', 1);
    if (end != std::string_view::npos) out.push_back({line.substr(1, end - 1), is_ours});
  }
  return out;
}

std::vector<std::string> strings_of(std::string_view cpp) {
  Scanner scanner(cpp);
  scanner.run();
  return scanner.strings();
}

std::string code_of(std::string_view cpp) {
  Scanner scanner(cpp);
  scanner.run();
  return scanner.code_text();
}

}  // namespace traceway::rules
