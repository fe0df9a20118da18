#include "http/static_files.h"

#include <doctest/doctest.h>
#include <libdeflate.h>

#include <array>

namespace traceway::http {

namespace {

const std::string kPage =
    "<!doctype html><html><head><base href=\"/\"><title>T</title></head></html>";

std::string gzip(std::string_view plain) {
  libdeflate_compressor* const compressor = libdeflate_alloc_compressor(6);
  std::string out(libdeflate_gzip_compress_bound(compressor, plain.size()), '\0');
  out.resize(
      libdeflate_gzip_compress(compressor, plain.data(), plain.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

const std::string kScriptGzip = gzip("let script;");

const std::array<embed::Asset, 3> kAssets = {{
    {"/assets/app-1.js", "text/javascript", "aa", {}, kScriptGzip, "script-br"},
    {"/favicon.svg", "image/svg+xml", "bb", "<svg/>", {}, {}},
    {"/index.html", "text/html; charset=utf-8", "cc", kPage, "page-gz", "page-br"},
}};

class NoLater final : public Later {
 public:
  Answer take(std::chrono::milliseconds, Response) override { return {}; }
};

Response serve(std::string_view path, const Headers& headers, StaticOptions options = {}) {
  options.assets = kAssets;
  // Bytes of a rewritten page live as long as the handler.
  static std::vector<Handler> handlers;
  handlers.push_back(static_files(options));
  Request request;
  request.method = Method::kGet;
  request.path = path;
  request.headers = headers;
  NoLater later;
  return *handlers.back()(request, later);
}

Headers fields(std::string_view accept, std::string_view encodings = {},
               std::string_view if_none_match = {}) {
  Headers out;
  if (!accept.empty()) out.add("accept", std::string(accept));
  if (!encodings.empty()) out.add("accept-encoding", std::string(encodings));
  if (!if_none_match.empty()) out.add("if-none-match", std::string(if_none_match));
  return out;
}

std::string field(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

TEST_CASE("static: hashed assets are immutable, missing ones are 404 and never the page") {
  const Response script = serve("/assets/app-1.js", fields("*/*", "gzip, br"));
  CHECK(script.status == 200);
  CHECK(script.static_body == "script-br");
  CHECK(field(script, "Content-Encoding") == "br");
  CHECK(field(script, "Cache-Control") == "public, max-age=31536000, immutable");
  CHECK(field(script, "Vary") == "Accept-Encoding");
  CHECK(field(script, "ETag") == "\"aa-br\"");
  const Response missing = serve("/assets/app-2.js", fields("text/html"));
  CHECK(missing.status == 404);
  CHECK(missing.body == "{\"error\":\"Not found\"}");
}

TEST_CASE("static: the encoding is the best one the client takes") {
  CHECK(serve("/assets/app-1.js", fields("", "gzip")).static_body == kScriptGzip);
  CHECK(serve("/assets/app-1.js", fields("", "br;q=0, gzip;q=0.1")).static_body == kScriptGzip);
  CHECK(serve("/assets/app-1.js", fields("", "*")).static_body == "script-br");
  const Response plain = serve("/assets/app-1.js", fields("", "identity"));
  CHECK(plain.payload() == "let script;");
  CHECK(field(plain, "Content-Encoding").empty());
  CHECK(serve("/favicon.svg", fields("", "br, gzip")).static_body == "<svg/>");
}

TEST_CASE("static: any other path is the page for whoever accepts HTML, with its protections") {
  for (const char* path : {"/", "/index.html", "/issues/7", "/../etc/passwd"}) {
    CAPTURE(path);
    const Response page = serve(path, fields("text/html,application/xhtml+xml"));
    CHECK(page.status == 200);
    CHECK(page.static_body == kPage);
    CHECK(field(page, "Cache-Control") == "no-cache");
    CHECK(field(page, "Content-Security-Policy") ==
          "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
          "frame-ancestors 'none'; base-uri 'self'");
    CHECK(field(page, "Referrer-Policy") == "same-origin");
  }
  CHECK(serve("/issues", fields("")).status == 200);
  CHECK(serve("/issues", fields("*/*")).status == 200);
  for (const char* accept : {"application/json", "application/json, text/plain", "image/png"}) {
    CHECK(serve("/issues", fields(accept)).status == 404);
  }
  StaticOptions options;
  options.api_only = true;
  CHECK(serve("/", fields("text/html"), options).status == 404);
}

TEST_CASE("static: a known ETag is answered 304 without bytes") {
  const std::string tag = field(serve("/", fields("", "gzip")), "ETag");
  CHECK(tag == "\"cc-gz\"");
  for (const std::string& known : {tag, "\"x\", W/" + tag, std::string("*")}) {
    const Response same = serve("/", fields("", "gzip", known));
    CHECK(same.status == 304);
    CHECK(same.payload().empty());
    CHECK(field(same, "ETag") == tag);
  }
  CHECK(serve("/", fields("", "br", tag)).status == 200);
}

TEST_CASE("static: under a sub-path the page's base is rewritten, and both forms of a path work") {
  StaticOptions options;
  options.base_path = "/traceway/";
  const Response page = serve("/traceway", fields("text/html", "br"), options);
  CHECK(page.payload().find("<base href=\"/traceway/\">") != std::string_view::npos);
  CHECK(page.payload().find("<base href=\"/\">") == std::string_view::npos);
  CHECK(field(page, "Content-Encoding").empty());
  CHECK(field(page, "ETag") != "\"cc\"");
  CHECK(serve("/traceway/favicon.svg", fields(""), options).static_body == "<svg/>");
  CHECK(serve("/favicon.svg", fields(""), options).static_body == "<svg/>");
}

TEST_CASE("static: weights of Accept-Encoding") {
  CHECK(encoding_weight("", "identity") == 1);
  CHECK(encoding_weight("", "gzip") == 0);
  CHECK(encoding_weight("gzip;q=0.5", "gzip") == doctest::Approx(0.5));
  CHECK(encoding_weight("GZIP ; q=1", "gzip") == 1);
  CHECK(encoding_weight("*;q=0.2, br", "gzip") == doctest::Approx(0.2));
  CHECK(encoding_weight("gzip;q=bad", "gzip") == 0);
}

}  // namespace traceway::http
