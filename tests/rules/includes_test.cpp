// Who may include whom: the layers, the fences around third-party headers, no cycles.
#include "rules/source_tree.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace traceway::rules {

namespace {

using Layers = std::set<std::string_view>;

/// What each layer of the platform may include besides itself. Folders that are not here are
/// slices.
const std::map<std::string_view, Layers>& platform() {
  static const std::map<std::string_view, Layers> layers = {
      {"base", {}},
      {"model", {"base"}},
      {"embed", {"base"}},
      {"client", {}},
      {"outbound", {"base"}},
      {"live", {"base", "model"}},
      {"http", {"base", "model", "embed"}},
      {"storage", {"base", "model", "embed", "outbound"}},
      {"pipeline", {"base", "model", "storage"}},
      {"api", {"base", "model", "http", "storage"}},
  };
  return layers;
}

const Layers kBelowSlices = {"base",     "model", "embed",    "http", "storage",
                             "pipeline", "live",  "outbound", "api"};
const Layers kTop = {"app", "cli", "main.cpp"};
const Layers kLeafHeaders = {"app/services.h", "app/config.h"};  // they include nothing above base
const Layers kIngestSlice = {
    "src/ingest/ingest.cpp",        "src/ingest/ingest.h",        "src/ingest/otlp_status.cpp",
    "src/ingest/otlp_status.h",     "src/ingest/recordings.cpp",  "src/ingest/recordings.h",
    "src/ingest/rejection_log.cpp", "src/ingest/rejection_log.h", "src/ingest/report.cpp",
    "src/ingest/report.h",          "src/ingest/submission.cpp",  "src/ingest/submission.h"};

bool is_slice(std::string_view layer) {
  return !platform().contains(layer) && !kTop.contains(layer);
}

std::string_view layer_of_include(std::string_view path) {
  return path.substr(0, path.find('/'));
}

bool may_include(const SourceFile& file, std::string_view path) {
  const std::string_view from = file.layer();
  const std::string_view to = layer_of_include(path);
  if (from == to || path.find('/') == std::string_view::npos) return true;
  if (from == "cli" || from == "main.cpp") return true;
  if (from == "app") {
    return to != "cli" && (!kLeafHeaders.contains(file.path.substr(4)) || to == "base");
  }
  if (const auto found = platform().find(from); found != platform().end()) {
    return found->second.contains(to);
  }
  if (from == "ingest" && !kIngestSlice.contains(file.path)) return to == "base" || to == "model";
  return kBelowSlices.contains(to) || kLeafHeaders.contains(path);
}

/// Where a third-party header may be included. A trailing slash names a folder.
struct Fence {
  std::string_view header;  ///< prefix of the include
  std::vector<std::string_view> allowed;
};

const std::vector<Fence>& fences() {
  static const std::vector<Fence> all = {
      {"httplib.h", {"src/http/server.cpp", "src/http/client.cpp", "src/client/"}},
      {"sqlite3.h", {"src/storage/sqlite/", "src/client/"}},
      {"SQLiteCpp/", {"src/storage/sqlite/", "src/client/"}},
      {"nlohmann/", {"src/base/json.cpp"}},
      {"spdlog/", {"src/base/log.cpp"}},
      {"sodium.h", {"src/base/crypto.cpp"}},
      {"simdjson.h", {"src/ingest/", "src/base/json.cpp"}},
      {"CLI/", {"src/cli/"}},
      {"curl/", {"src/outbound/"}},
      {"re2/", {"src/ingest/"}},
      {"xxhash.h", {"src/base/hash.cpp"}},
      {"zstd.h", {"src/storage/sqlite/", "src/storage/blobs.cpp"}},
  };
  return all;
}

bool is_within(std::string_view path, const std::vector<std::string_view>& allowed) {
  return std::ranges::any_of(allowed, [&](std::string_view place) {
    return place.ends_with('/') ? path.starts_with(place) : path == place;
  });
}

/// The file an include of ours names; empty when it is generated.
std::string resolved(std::string_view path) {
  for (const std::string_view root : {"src/", "tests/"}) {
    std::string candidate = std::string(root).append(path);
    if (std::ranges::any_of(all_files(), [&](const auto& f) { return f.path == candidate; })) {
      return candidate;
    }
  }
  return {};
}

}  // namespace

TEST_CASE("rules: includes point down the layers only") {
  int seen = 0;
  for (const SourceFile* file : cpp_files()) {
    if (file->layer().empty() || file->is_test()) continue;
    for (const Include& include : includes_of(*file)) {
      if (!include.is_ours) continue;
      ++seen;
      CHECK_MESSAGE(may_include(*file, include.path), file->path, " includes ", include.path);
    }
  }
  CHECK(seen > 100);
}

TEST_CASE("rules: a slice includes no other slice") {
  for (const SourceFile* file : cpp_files()) {
    if (file->layer().empty() || file->is_test() || !is_slice(file->layer())) continue;
    for (const Include& include : includes_of(*file)) {
      if (!include.is_ours || include.path.find('/') == std::string_view::npos) continue;
      const std::string_view to = layer_of_include(include.path);
      const bool is_other_slice = is_slice(to) && to != file->layer();
      CHECK_MESSAGE(!is_other_slice, file->path, " includes ", include.path);
    }
  }
}

TEST_CASE("rules: third-party headers stay behind their fences") {
  for (const SourceFile* file : cpp_files()) {
    if (file->is_test()) continue;
    for (const Include& include : includes_of(*file)) {
      for (const Fence& fence : fences()) {
        const bool is_fenced = !include.is_ours && include.path.starts_with(fence.header);
        if (!is_fenced) continue;
        CHECK_MESSAGE(is_within(file->path, fence.allowed), file->path, " includes <", include.path,
                      ">");
      }
    }
  }
}

TEST_CASE("rules: no test sees the HTTP library, the JSON library or the log library") {
  for (const SourceFile* file : cpp_files()) {
    if (!file->is_test()) continue;
    for (const Include& include : includes_of(*file)) {
      const bool is_heavy = include.path.starts_with("httplib") ||
                            include.path.starts_with("nlohmann/") ||
                            include.path.starts_with("spdlog/");
      CHECK_MESSAGE(!is_heavy, file->path, " includes <", include.path, ">");
    }
  }
}

TEST_CASE("rules: includes form no cycle") {
  std::map<std::string, std::vector<std::string>> graph;
  for (const SourceFile* file : cpp_files()) {
    for (const Include& include : includes_of(*file)) {
      if (!include.is_ours) continue;
      if (std::string to = resolved(include.path); !to.empty()) {
        graph[file->path].push_back(std::move(to));
      }
    }
  }
  std::map<std::string, int> state;  // 1 on the path, 2 done
  const std::function<void(const std::string&)> visit = [&](const std::string& file) {
    state[file] = 1;
    for (const std::string& next : graph[file]) {
      CHECK_MESSAGE(state[next] != 1, "a cycle through ", file, " and ", next);
      if (state[next] == 0) visit(next);
    }
    state[file] = 2;
  };
  for (const auto& entry : std::map(graph)) {
    if (state[entry.first] == 0) visit(entry.first);
  }
  CHECK(graph.size() > 50);
}

}  // namespace traceway::rules
