#include "http/public_url.h"

#include <doctest/doctest.h>

namespace traceway::http {

namespace {

std::string url_for(std::string host, std::string_view base_url, std::string_view base_path) {
  RequestHead head;
  if (!host.empty()) head.headers.add("Host", std::move(host));
  return public_url(head, base_url, base_path);
}

}  // namespace

TEST_CASE("public url: the configured one wins, else the request's host; never a trailing slash") {
  CHECK(url_for("h:1", "https://t.example/x/", "/x/") == "https://t.example/x");
  CHECK(url_for("h:1", "", "/") == "http://h:1");
  CHECK(url_for("[::1]:8082", "", "/sub/") == "http://[::1]:8082/sub");
  CHECK(url_for("", "", "/").empty());
  CHECK(url_for("a b<script>", "", "/").empty());
}

}  // namespace traceway::http
