#include "app/app.h"
#include "base/log.h"
#include "cli/cli.h"
#include "http/router.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iomanip>
#include <iostream>

namespace traceway::cli {

namespace {

constexpr int kFailed = 1;

constexpr const char* kMethodNames[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};

/// A directory of its own, so that the routes can be listed while a server runs.
class ScratchDir {
 public:
  ScratchDir() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "traceway-routes-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }

  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;

  ~ScratchDir() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void print(const http::Router& router) {
  std::vector<const http::Route*> routes;
  for (const auto& route : router.routes()) routes.push_back(route.get());
  std::ranges::sort(routes, {}, &http::Route::pattern);
  for (const http::Route* route : routes) {
    std::cout << std::left << std::setw(8) << kMethodNames[static_cast<std::size_t>(route->method)]
              << std::setw(42) << route->pattern << std::setw(24) << route->guard.name
              << route->source_file << "\n";
  }
}

}  // namespace

int show_routes(const config::Resolved& resolved) {
  const ScratchDir scratch;
  Config config = resolved.config;
  config.data_dir = scratch.path();
  (void)log::configure("logfmt", "error");
  auto app = App::create(config);
  if (!app) {
    std::cerr << "traceway: " << app.error().message << "\n";
    return kFailed;
  }
  print((*app)->router());
  return 0;
}

}  // namespace traceway::cli
