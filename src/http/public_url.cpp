#include "http/public_url.h"

#include <algorithm>

namespace traceway::http {

namespace {

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
}

std::string_view without_trailing_slashes(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string public_url(const RequestHead& head, std::string_view base_url,
                       std::string_view base_path) {
  if (!base_url.empty()) return std::string(without_trailing_slashes(base_url));
  const std::string_view host = head.headers.get("Host");
  if (host.empty() || !std::ranges::all_of(host, is_host_character)) return {};
  std::string url =
      "http://";  // the server itself does not speak TLS; a proxy's operator sets --base-url
  url.append(host).append(without_trailing_slashes(base_path));
  return url;
}

}  // namespace traceway::http
