#include "http/static_files.h"

#include "base/hash.h"
#include "base/text.h"
#include "http/body.h"

#include <algorithm>
#include <memory>

namespace traceway::http {

namespace {

constexpr std::string_view kPagePath = "/index.html";
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'self'";
constexpr std::size_t kMaxInflatedAsset = 64U << 20U;

/// One answerable form of an asset.
struct Variant {
  std::string_view bytes;
  std::string_view coding;  ///< empty = identity
  std::string_view tag_suffix;
};

/// "/" stays empty, "/traceway/" becomes "/traceway".
std::string without_trailing_slash(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path);
}

/// Sets the document's base so that relative URLs resolve under the sub-path.
std::string with_base(std::string_view page, const std::string& base) {
  const std::string element = "<base href=\"" + base + "/\">";
  std::string out(page);
  if (const std::size_t old = out.find("<base "); old != std::string::npos) {
    out.replace(old, out.find('>', old) + 1 - old, element);
  } else if (const std::size_t head = out.find("<head>"); head != std::string::npos) {
    out.insert(head + 6, element);
  }
  return out;
}

bool tag_matches(std::string_view if_none_match, std::string_view tag) {
  for (std::string_view one : text::split(if_none_match, ',')) {
    one = text::trim(one);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == "*" || one == tag) return true;
  }
  return false;
}

Response not_found() {
  return json_response("{\"error\":\"Not found\"}", 404);
}

/// The handler's state: shared by all workers, never changed after construction.
class StaticFiles {
 public:
  explicit StaticFiles(const StaticOptions& options)
      : assets_(options.assets),
        base_(without_trailing_slash(options.base_path)),
        is_api_only_(options.api_only) {
    const embed::Asset* page = find(kPagePath);
    if (page == nullptr) return;
    page_ = *page;
    if (base_.empty()) return;
    rewritten_ = with_base(page->identity, base_);
    rewritten_tag_ = to_hex(hash128(rewritten_));
    page_.identity = rewritten_;
    page_.etag = rewritten_tag_;
    page_.gzip = page_.brotli = {};
  }

  [[nodiscard]] Response serve(const RequestHead& head) const {
    if (is_api_only_) return not_found();
    const std::string_view path = local_path(head.path);
    const bool is_page = path == "/" || path == kPagePath;
    const embed::Asset* asset = is_page ? nullptr : find(path);
    const bool is_hashed = path.starts_with("/assets/");
    if (asset != nullptr) return answer(*asset, head, is_hashed, false);
    if (is_hashed || page_.identity.empty() || !accepts_html(head.headers.get("Accept"))) {
      return not_found();
    }
    return answer(page_, head, false, true);
  }

 private:
  [[nodiscard]] const embed::Asset* find(std::string_view path) const {
    const auto found = std::ranges::lower_bound(assets_, path, {}, &embed::Asset::path);
    return found == assets_.end() || found->path != path ? nullptr : &*found;
  }

  [[nodiscard]] std::string_view local_path(std::string_view path) const {
    if (base_.empty() || !path.starts_with(base_)) return path;
    const std::string_view rest = path.substr(base_.size());
    if (rest.empty()) return "/";
    return rest.front() == '/' ? rest : path;
  }

  [[nodiscard]] static Variant choose(const embed::Asset& asset, std::string_view accepted) {
    if (!asset.brotli.empty() && encoding_weight(accepted, "br") > 0) {
      return {asset.brotli, "br", "-br"};
    }
    if (!asset.gzip.empty() && encoding_weight(accepted, "gzip") > 0) {
      return {asset.gzip, "gzip", "-gz"};
    }
    return {asset.identity, {}, {}};
  }

  [[nodiscard]] static Response answer(const embed::Asset& asset, const RequestHead& head,
                                       bool is_hashed, bool is_page) {
    const Variant variant = choose(asset, head.headers.get("Accept-Encoding"));
    Response response;
    response.content_type = asset.content_type;
    std::string tag = "\"";
    tag.append(asset.etag).append(variant.tag_suffix).append("\"");
    auto& headers = response.headers;
    headers.emplace_back("Cache-Control",
                         is_hashed ? "public, max-age=31536000, immutable" : "no-cache");
    headers.emplace_back("ETag", tag);
    headers.emplace_back("Vary", "Accept-Encoding");
    headers.emplace_back("Referrer-Policy", "same-origin");
    if (is_page) headers.emplace_back("Content-Security-Policy", kContentSecurityPolicy);
    if (tag_matches(head.headers.get("If-None-Match"), tag)) {
      response.status = 304;
      return response;
    }
    if (!variant.coding.empty()) headers.emplace_back("Content-Encoding", variant.coding);
    response.static_body = variant.bytes;
    if (variant.bytes.empty() && !asset.gzip.empty()) response.body = inflate(asset.gzip);
    return response;
  }

  /// For the rare client that takes no compression of an asset stored compressed only.
  [[nodiscard]] static std::string inflate(std::string_view gzip) {
    ByteBudget budget(kMaxInflatedAsset + 1);
    auto plain =
        decode_body({gzip.begin(), gzip.end()}, ByteLease(), "gzip", kMaxInflatedAsset, budget);
    return plain ? std::string(plain->bytes.begin(), plain->bytes.end()) : std::string();
  }

  std::span<const embed::Asset> assets_;
  std::string base_;
  bool is_api_only_;
  std::string rewritten_;  ///< the page under base_; page_ points into it
  std::string rewritten_tag_;
  embed::Asset page_{};
};

}  // namespace

double encoding_weight(std::string_view accept_encoding, std::string_view coding) {
  double star = coding == "identity" ? 1 : 0;
  for (const std::string_view part : text::split(accept_encoding, ',')) {
    const std::size_t semicolon = part.find(';');
    const std::string_view name = text::trim(part.substr(0, semicolon));
    double weight = 1;
    if (semicolon != std::string_view::npos) {
      std::string_view parameter = text::trim(part.substr(semicolon + 1));
      if (parameter.starts_with("q=") || parameter.starts_with("Q=")) {
        weight = text::parse_double(text::trim(parameter.substr(2))).value_or(0);
      }
    }
    if (text::equals_ignore_case(name, coding)) return weight;
    if (name == "*") star = weight;
  }
  return star;
}

bool accepts_html(std::string_view accept) {
  if (text::trim(accept).empty()) return true;
  for (const std::string_view part : text::split(accept, ',')) {
    const std::string_view type = text::trim(part.substr(0, part.find(';')));
    if (type == "*/*" || text::equals_ignore_case(type, "text/*") ||
        text::equals_ignore_case(type, "text/html") ||
        text::equals_ignore_case(type, "application/xhtml+xml")) {
      return true;
    }
  }
  return false;
}

Handler static_files(const StaticOptions& options) {
  const auto files = std::make_shared<const StaticFiles>(options);
  return [files](Request& request, Later&) -> Result<Response> { return files->serve(request); };
}

}  // namespace traceway::http
