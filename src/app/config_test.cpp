#include "app/config.h"

#include "base/id.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace traceway::config {

namespace {

using Environment = std::map<std::string, std::string>;

Sources sources(Values flags, Environment environment = {}, Values file = {}) {
  return {std::move(flags), std::move(file),
          [environment = std::move(environment)](const char* name) -> const char* {
            const auto found = environment.find(name);
            return found == environment.end() ? nullptr : found->second.c_str();
          }};
}

std::string origin_of(const Resolved& resolved, std::string_view name) {
  for (const Effective& one : resolved.report) {
    if (one.name == name) return one.origin;
  }
  return "absent";
}

}  // namespace

TEST_CASE("config: nothing set gives the documented defaults") {
  const auto r = resolve(sources({}));
  REQUIRE(r);
  CHECK(r->config.listen == std::vector<std::string>{"127.0.0.1:8082"});
  CHECK(r->config.max_body == 10U * 1024U * 1024U);
  CHECK(r->config.report_max_body == 64U * 1024U * 1024U);
  CHECK(r->config.drain_timeout == std::chrono::seconds(10));
  CHECK(r->config.http_threads >= 8);
  CHECK(r->config.base_path == "/");
}

TEST_CASE("config: flag beats environment beats the original's name beats file beats default") {
  const Values file = {{"base-url", {"https://file.example"}}};
  auto r = resolve(sources({}, {}, file));
  CHECK(r->config.base_url == "https://file.example");
  CHECK(origin_of(*r, "base-url") == "file");
  r = resolve(sources({}, {{"REPORT_MAX_BODY_MB", "7"}}));
  CHECK(r->config.report_max_body == 7U * 1024U * 1024U);
  r = resolve(sources({}, {{"APP_BASE_URL", "https://original.example/"}}, file));
  CHECK(r->config.base_url == "https://original.example");
  r = resolve(sources(
      {},
      {{"APP_BASE_URL", "https://original.example"}, {"TRACEWAY_BASE_URL", "https://env.example"}},
      file));
  CHECK(r->config.base_url == "https://env.example");
  CHECK(origin_of(*r, "base-url") == "TRACEWAY_BASE_URL");
  r = resolve(sources({{"base-url", {"https://flag.example/x"}}},
                      {{"TRACEWAY_BASE_URL", "https://env.example"}}, file));
  CHECK(r->config.base_url == "https://flag.example/x");
  CHECK(r->config.base_path == "/x/");
  CHECK(origin_of(*r, "base-url") == "flag");
}

TEST_CASE("config: a secret is never shown and may come from a file") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("traceway-secret-" + to_hex(uuid_v4()))).string();
  std::ofstream(path) << "0123456789abcdef0123456789abcdef\n";
  const auto r = resolve(sources({}, {{"TRACEWAY_JWT_SECRET_FILE", path}}));
  std::remove(path.c_str());
  REQUIRE(r);
  CHECK(r->config.jwt_secret == "0123456789abcdef0123456789abcdef");
  for (const Effective& one : r->report)
    CHECK(one.value.find("0123456789abcdef") == std::string::npos);
}

TEST_CASE("config: a value out of range is refused with a sentence that names the option") {
  const Values bad[] = {{{"max-body", {"lots"}}},
                        {{"max-body", {"1"}}},
                        {{"durability", {"maybe"}}},
                        {{"drain-timeout", {"10"}}},
                        {{"jwt-secret", {"short"}}},
                        {{"base-url", {"ftp://x"}}},
                        {{"queue-capacity", {"99999999999999999999"}}},
                        {{"listen", {"nonsense"}}},
                        {{"listen", {""}}},
                        {{"listen", {"127.0.0.1:"}}},
                        {{"listen", {"127.0.0.1:http"}}},
                        {{"listen", {"127.0.0.1:-1"}}},
                        {{"listen", {"127.0.0.1:70000"}}},
                        {{"listen", {"::1:80"}}},
                        {{"listen", {"127.0.0.1:80", "127.0.0.1"}}}};
  for (const Values& flags : bad) {
    const auto r = resolve(sources(flags));
    REQUIRE_FALSE(r);
    CHECK(r.error().message.find("--" + flags.begin()->first) != std::string::npos);
  }
  CHECK_FALSE(resolve(sources({}, {}, {{"no-such-key", {"1"}}})));
}

TEST_CASE("config: addresses to listen on name a host, a literal or nothing, and a port") {
  const Values good = {{"listen", {"127.0.0.1:0", "[::1]:8082", ":80", "localhost:65535"}}};
  REQUIRE(resolve(sources(good)));
  CHECK(resolve(sources(good))->config.listen.size() == 4);
}

TEST_CASE("config: the report shows what is in force, not what stands for it") {
  const auto r =
      resolve(sources({{"base-url", {"https://a.example/x/"}}, {"http-threads", {"16"}}}));
  REQUIRE(r);
  const auto shown = [&](std::string_view name) {
    for (const Effective& one : r->report) {
      if (one.name == name) return one.value;
    }
    return std::string("absent");
  };
  CHECK(shown("base-url") == "https://a.example/x");
  CHECK(shown("base-path") == "/x/");
  CHECK(shown("http-threads") == "16");
  CHECK(shown("ingest-slots") == "12");
}

TEST_CASE("config: the original's seconds become milliseconds") {
  const auto r = resolve(sources({}, {{"INGEST_ADMISSION_WAIT_SECONDS", "3"}}));
  REQUIRE(r);
  CHECK(r->config.ingest_wait_ms == 3000);
  CHECK(resolve(sources({}, {{"INGEST_ADMISSION_WAIT_SECONDS", "0"}}))->config.ingest_wait_ms == 0);
  CHECK_FALSE(resolve(sources({}, {{"INGEST_ADMISSION_WAIT_SECONDS", "soon"}})));
}

TEST_CASE("config: the original's port list listens on all addresses") {
  const auto r = resolve(sources({}, {{"PORTS", "80,8082"}}));
  REQUIRE(r);
  CHECK(r->config.listen == std::vector<std::string>{"0.0.0.0:80", "0.0.0.0:8082"});
}

}  // namespace traceway::config
