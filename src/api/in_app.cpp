// Which frames are the application's own: by the paths of package managers and the names of
// standard libraries, per language.
#include "api/frame_lines.h"

#include <algorithm>
#include <array>
#include <span>

namespace traceway::api {

namespace {

constexpr auto kNodeFiles = std::to_array<std::string_view>(
    {"node_modules/", "node:", "internal/", "chrome-extension://", "moz-extension://",
     "safari-extension://", "safari-web-extension://", "webpack/bootstrap", "webpack/runtime",
     "/.vite/deps/", "/@vite/", "/bower_components/"});

constexpr auto kJvmClasses = std::to_array<std::string_view>(
    {"java.",        "javax.",         "jakarta.",        "jdk.",
     "sun.",         "com.sun.",       "kotlin.",         "kotlinx.",
     "scala.",       "groovy.",        "clojure.",        "android.",
     "androidx.",    "dalvik.",        "com.android.",    "org.springframework.",
     "org.apache.",  "org.hibernate.", "org.eclipse.",    "org.jboss.",
     "org.junit.",   "org.jetbrains.", "_COROUTINE.",     "io.netty.",
     "io.ktor.",     "io.micronaut.",  "io.quarkus.",     "io.vertx.",
     "io.undertow.", "reactor.",       "com.fasterxml.",  "com.google.",
     "com.mysql.",   "com.zaxxer.",    "org.postgresql.", "okhttp3.",
     "retrofit2.",   "akka.",          "net.bytebuddy.",  "io.opentelemetry.",
     "rx.",          "io.reactivex."});

constexpr auto kDotnetTypes = std::to_array<std::string_view>(
    {"System.", "Microsoft.", "MS.", "Newtonsoft.", "Npgsql.", "MySqlConnector.", "Dapper.",
     "StackExchange.", "Serilog.", "AutoMapper.", "MediatR.", "Castle.", "lambda_method"});

constexpr auto kPythonFiles = std::to_array<std::string_view>(
    {"site-packages/", "dist-packages/", "/lib/python", "\\lib\\site-packages\\", "<frozen ",
     "/lib64/python", "<string>"});

constexpr auto kRubyFiles = std::to_array<std::string_view>(
    {"/gems/", "/lib/ruby/", "<internal:", "/rubygems/", "/bundle/"});

constexpr auto kRustPaths =
    std::to_array<std::string_view>({"/rustc/", "/.cargo/registry/", "/.cargo/git/", "/.rustup/"});

constexpr auto kRustFunctions = std::to_array<std::string_view>(
    {"std::", "core::", "alloc::", "tokio::", "futures", "hyper::", "rust_begin_unwind",
     "rust_panic", "backtrace::", "__rust", "_start", "__libc", "clone3",
     "<alloc::", "<core::", "<std::", "<tokio::", "<futures"});

constexpr auto kGoRoots =
    std::to_array<std::string_view>({"/pkg/mod/", "/vendor/", "/usr/local/go/src/", "/usr/lib/go",
                                     "/x64/src/", "/libexec/src/", "_cgo_gotypes.go", "/sdk/go1"});

/// What of a GOROOT of any place follows its src: a path under it is Go's own.
constexpr auto kGoPackages = std::to_array<std::string_view>(
    {"/src/runtime/", "/src/net/http/", "/src/net/", "/src/reflect/", "/src/testing/", "/src/sync/",
     "/src/database/sql/", "/src/encoding/"});

constexpr auto kDartLibraries = std::to_array<std::string_view>(
    {"dart:", "package:flutter", "package:http/", "package:dio/", "package:bloc/",
     "package:provider/", "package:riverpod", "package:async/", "package:stack_trace/"});

constexpr auto kNativeImages = std::to_array<std::string_view>(
    {"UIKit", "Foundation", "CoreFoundation", "SwiftUI", "AppKit", "QuartzCore", "GraphicsServices",
     "CFNetwork", "libswift", "libdispatch", "libsystem", "libobjc", "libc.so", "libstdc++",
     "libc++", "libpthread", "libc++abi", "dyld", "ld-linux"});

constexpr auto kNativeFiles = std::to_array<std::string_view>(
    {"/usr/include/", "/usr/lib/", "/usr/src/", "libc.so", "libstdc++", "/bits/", "/sysdeps/",
     "/libsanitizer/", "/nptl/"});

constexpr auto kNativeFunctions = std::to_array<std::string_view>(
    {"std::", "__cxa_", "__libc_", "__GI_", "_start", "boost::", "__sanitizer", "__asan", "abort",
     "raise", "start_thread", "clone", "swift_", "_swift_", "thunk for @"});

bool has_prefix(std::string_view text, std::span<const std::string_view> prefixes) {
  return std::ranges::any_of(prefixes, [&](std::string_view one) { return text.starts_with(one); });
}

bool has_part(std::string_view text, std::span<const std::string_view> parts) {
  return std::ranges::any_of(
      parts, [&](std::string_view one) { return text.find(one) != std::string_view::npos; });
}

/// `net/http.(*conn).serve`, `runtime.goexit`: packages of Go itself have no dot before a slash.
bool is_go_runtime(std::string_view function) {
  constexpr auto kOwn =
      std::to_array<std::string_view>({"runtime.", "net/", "net.", "reflect.", "testing.", "sync.",
                                       "os.", "io.", "encoding/", "database/", "panic(", "panic"});
  return has_prefix(function, kOwn) && !function.starts_with("panicked");
}

bool is_javascript_in_app(const FrameLine& frame) {
  if (frame.file.empty() || frame.file == "<anonymous>") return false;
  // Our Node SDK reports base names: what Node calls its own has no extension.
  const bool is_bare = frame.file.find_first_of("/\\.") == std::string_view::npos &&
                       frame.file.find("://") == std::string_view::npos;
  return !is_bare && !has_part(frame.file.substr(0, frame.file.find('?')), kNodeFiles);
}

bool is_native_in_app(const FrameLine& frame) {
  if (frame.function.empty() && frame.file.empty()) return false;
  return !has_prefix(frame.module, kNativeImages) && !has_part(frame.module, kNativeFiles) &&
         !has_part(frame.file, kNativeFiles) && !has_prefix(frame.function, kNativeFunctions);
}

}  // namespace

bool is_in_app(const FrameLine& frame) {
  switch (frame.language) {
    case FrameLanguage::kJavaScript:
      return is_javascript_in_app(frame);
    case FrameLanguage::kJvm:
      return !has_prefix(frame.function, kJvmClasses);
    case FrameLanguage::kDotnet:
      return !has_prefix(frame.function, kDotnetTypes);
    case FrameLanguage::kPython:
      return !has_part(frame.file, kPythonFiles);
    case FrameLanguage::kPhp:
      return !frame.file.empty() && frame.file.find("/vendor/") == std::string_view::npos;
    case FrameLanguage::kRuby:
      return !has_part(frame.file, kRubyFiles);
    case FrameLanguage::kRust:
      return !has_part(frame.file, kRustPaths) && !has_prefix(frame.function, kRustFunctions);
    case FrameLanguage::kDart:
      return !frame.file.empty() && !has_prefix(frame.file, kDartLibraries);
    case FrameLanguage::kNative:
      return is_native_in_app(frame);
    case FrameLanguage::kGo:
    case FrameLanguage::kUnknown:
      break;
  }
  return !frame.file.empty() && !has_part(frame.file, kGoRoots) &&
         !has_part(frame.file, kGoPackages) && !is_go_runtime(frame.function);
}

}  // namespace traceway::api
