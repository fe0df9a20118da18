#include "storage/query.h"

#include "base/log.h"
#include "base/text.h"
#include "embed/embedded.h"

#include <cstdlib>
#include <map>
#include <unordered_map>

namespace traceway {

namespace {

constexpr std::string_view kFolders[] = {"main", "telemetry", "shared"};

struct Folder {
  std::vector<Query> all;
  std::unordered_map<std::string_view, std::size_t> by_name;
};

[[noreturn]] void defect(std::string_view message, std::string_view where) {
  log::error("storage", message, {{"query", where}});
  std::abort();
}

/// The text after `-- key:` when the line is such a header.
std::optional<std::string_view> header(std::string_view line, std::string_view key) {
  if (!line.starts_with("-- ")) return std::nullopt;
  line.remove_prefix(3);
  if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ':') {
    return std::nullopt;
  }
  return text::trim(line.substr(key.size() + 1));
}

std::vector<std::string_view> names(std::string_view list) {
  std::vector<std::string_view> out;
  for (const std::string_view part : text::split(list, ',')) {
    if (const std::string_view name = text::trim(part); !name.empty()) out.push_back(name);
  }
  return out;
}

Folder load(std::string_view database) {
  Folder folder;
  const std::string prefix = std::string(database) + "/queries/";
  for (const embed::SqlFile& file : embed::sql_files()) {
    if (!file.path.starts_with(prefix) || !file.path.ends_with(".sql")) continue;
    std::string_view stem = file.path.substr(prefix.size());
    stem.remove_suffix(4);
    auto parsed = parse_queries(stem, file.text);
    if (!parsed) defect(parsed.error().detail, file.path);
    for (Query& one : *parsed) folder.all.push_back(std::move(one));
  }
  for (std::size_t i = 0; i < folder.all.size(); ++i) {
    if (!folder.by_name.emplace(folder.all[i].name, i).second) {
      defect("two queries of one name", folder.all[i].name);
    }
  }
  return folder;
}

const Folder& folder(std::string_view database) {
  static const std::map<std::string_view, Folder> folders = [] {
    std::map<std::string_view, Folder> out;
    for (const std::string_view name : kFolders) out.emplace(name, load(name));
    return out;
  }();
  const auto found = folders.find(database);
  if (found == folders.end()) defect("no such database", database);
  return found->second;
}

}  // namespace

Result<std::vector<Query>> parse_queries(std::string_view stem, std::string_view text) {
  std::vector<Query> out;
  const auto broken = [&](std::string_view what) {
    return fail(ErrorCode::kInternal, "Invalid query file",
                std::string(stem) + ".sql, statement " + std::to_string(out.size()) + ": " +
                    std::string(what));
  };
  std::size_t body_begin = 0;
  const auto finish = [&](std::size_t body_end) {
    if (out.empty()) return true;
    out.back().sql = text::trim(text.substr(body_begin, body_end - body_begin));
    return !out.back().sql.empty();
  };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) end = text.size();
    const std::string_view line = text::trim(text.substr(at, end - at));
    const std::size_t next = end == text.size() ? end : end + 1;
    if (const auto name = header(line, "name")) {
      if (!finish(at)) return broken("no SQL after its header");
      if (name->empty()) return broken("a name is missing");
      out.push_back({std::string(stem) + "." + std::string(*name), {}, {}, {}});
      body_begin = next;
    } else if (const auto params = header(line, "params")) {
      if (out.empty()) return broken("params before a name");
      out.back().params = names(*params);
      body_begin = next;
    } else if (const auto order = header(line, "order")) {
      if (out.empty()) return broken("order before a name");
      out.back().order = names(*order);
      body_begin = next;
    } else if (out.empty() && !line.empty() && !line.starts_with("--")) {
      return broken("SQL before a name");
    }
    at = next;
  }
  if (!finish(text.size())) return broken("no SQL after its header");
  return out;
}

const std::vector<Query>& queries(std::string_view database) {
  return folder(database).all;
}

const Query& query(std::string_view database, std::string_view name) {
  const Folder& all = folder(database);
  const auto found = all.by_name.find(name);
  if (found == all.by_name.end()) defect("no such query", name);
  return all.all[found->second];
}

}  // namespace traceway
