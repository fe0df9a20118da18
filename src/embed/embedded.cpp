#include "embed/embedded.h"

#include <algorithm>
#include <vector>

#define TRACEWAY_EMBEDDED(name)         \
  extern "C" const char name##_begin[]; \
  extern "C" const char name##_end[];
#define TRACEWAY_VIEW(name) \
  std::string_view(name##_begin, static_cast<std::size_t>(name##_end - name##_begin))

#include "sql_declarations.inc"
TRACEWAY_EMBEDDED(traceway_assets)

namespace traceway::embed {

namespace {

struct Range {
  std::size_t offset;
  std::size_t length;
};

/// One line of the pack step's index.
struct PackedAsset {
  std::string_view path;
  std::string_view content_type;
  std::string_view etag;
  Range identity;
  Range gzip;
  Range brotli;
};

constexpr PackedAsset kPacked[] = {
#include "asset_index.inc"
};

std::string_view view(Range range) {
  return TRACEWAY_VIEW(traceway_assets).substr(range.offset, range.length);
}

}  // namespace

std::span<const SqlFile> sql_files() {
  static const std::vector<SqlFile> files = {
#include "sql_index.inc"
  };
  return files;
}

std::span<const Asset> assets() {
  static const std::vector<Asset> all = [] {
    std::vector<Asset> out;
    for (const PackedAsset& one : kPacked) {
      out.push_back({one.path, one.content_type, one.etag, view(one.identity), view(one.gzip),
                     view(one.brotli)});
    }
    std::ranges::sort(out, {}, &Asset::path);
    return out;
  }();
  return all;
}

const Asset* find_asset(std::string_view path) {
  const auto all = assets();
  const auto found = std::ranges::lower_bound(all, path, {}, &Asset::path);
  return found == all.end() || found->path != path ? nullptr : &*found;
}

}  // namespace traceway::embed
