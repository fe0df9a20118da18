#include "base/timezone.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace traceway {

namespace {

constexpr std::size_t kMaxBytes = 64;

bool has_form(std::string_view name) {
  if (name.empty() || name.size() > kMaxBytes || name.front() == '/' || name.back() == '/' ||
      name.find("//") != std::string_view::npos) {
    return false;
  }
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '/';
  });
}

}  // namespace

bool is_timezone(std::string_view name, std::string_view zoneinfo_directory) {
  if (!has_form(name)) return false;
  if (name == "UTC") return true;
  const std::filesystem::path directory(zoneinfo_directory);
  std::error_code ignored;
  if (!std::filesystem::is_directory(directory / "Europe", ignored)) return true;
  std::ifstream file(directory / name, std::ios::binary);
  char magic[4] = {};
  return file.read(magic, sizeof magic) && std::string_view(magic, sizeof magic) == "TZif";
}

}  // namespace traceway
