#include "storage/query.h"

#include "base/log.h"
#include "base/text.h"
#include "embed/embedded.h"

#include <algorithm>
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

/// A query file, read line by line.
class QueryFile {
 public:
  QueryFile(std::string_view stem, std::string_view text) : stem_(stem), text_(text) {}

  /// `at` is where the line begins in the text, `next` where the one after it does.
  Result<void> take_line(std::size_t at, std::string_view line, std::size_t next) {
    if (const auto name = header(line, "name")) {
      if (auto ok = close(at); !ok) return ok;
      if (name->empty()) return broken("a name is missing");
      queries_.push_back({std::string(stem_) + "." + std::string(*name), {}, {}, {}});
      sql_begin_ = next;
      return {};
    }
    const auto params = header(line, "params");
    const auto order = header(line, "order");
    if (!params && !order) {
      const bool is_comment = line.empty() || line.starts_with("--");
      return queries_.empty() && !is_comment ? broken("SQL before a name") : Result<void>();
    }
    if (queries_.empty()) return broken("a header before a name");
    if (params) queries_.back().params = names(*params);
    if (order) queries_.back().order = names(*order);
    sql_begin_ = next;
    return {};
  }

  Result<std::vector<Query>> finish() {
    if (auto ok = close(text_.size()); !ok) return fail(ok);
    return std::move(queries_);
  }

 private:
  /// The statement in progress ends here.
  Result<void> close(std::size_t sql_end) {
    if (queries_.empty()) return {};
    queries_.back().sql = text::trim(text_.substr(sql_begin_, sql_end - sql_begin_));
    return queries_.back().sql.empty() ? broken("no SQL after its header") : Result<void>();
  }

  [[nodiscard]] Result<void> broken(std::string_view what) const {
    const std::string where = queries_.empty() ? std::string(stem_) + ".sql" : queries_.back().name;
    return fail(ErrorCode::kInternal, "Invalid query file", where + ": " + std::string(what));
  }

  std::string_view stem_;
  std::string_view text_;
  std::size_t sql_begin_ = 0;
  std::vector<Query> queries_;
};

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
  QueryFile file(stem, text);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::size_t next = std::min(end + 1, text.size());
    if (auto ok = file.take_line(at, text::trim(text.substr(at, end - at)), next); !ok) {
      return fail(ok);
    }
    at = next;
  }
  return file.finish();
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
