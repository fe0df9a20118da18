// cpp-httplib 0.11.4 behind a fence. What it does here and what it must not do:
//
//   framer (bytes) --request line--> httplib::Server::process_request over a Stream in memory -->
//   path, query parameters
//
// - Only the request line goes through it. The framer has judged the rest of the head already, and
// httplib would
//   percent-decode header values, sort them, add REMOTE_ADDR fields that a client could forge, run
//   std::regex over Range, and wait for bodies. Header fields are taken from the framer: exact
//   bytes in arrival order.
// - Bodies never pass: they are moved from the front to the handler (no 8,192-byte limit for forms,
// no inflating).
// - Its answer is thrown away: answers of workers and late answers have one serializer, append_head
// in response.cpp.
// - It refuses methods it does not know; the router must say 405 or 404 to them, so it is shown GET
// instead.
// - The pre-routing handler ends the request before its list of regular expressions;
// close_connection = true saves the
//   Keep-Alive header that it would format through a stringstream.
#include "http/server.h"

#include <httplib.h>

#include <algorithm>
#include <cstring>

namespace traceway::http {

namespace {

/// One request line to read, a sink for the answer nobody needs.
class LineStream final : public httplib::Stream {
 public:
  explicit LineStream(std::string_view bytes) : left_(bytes) {}

  [[nodiscard]] bool is_readable() const override { return true; }

  [[nodiscard]] bool is_writable() const override { return true; }

  ssize_t read(char* to, size_t size) override {
    const std::size_t count = std::min(size, left_.size());
    std::memcpy(to, left_.data(), count);
    left_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* /*from*/, size_t size) override { return static_cast<ssize_t>(size); }

  void get_remote_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}

  void get_local_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}

  [[nodiscard]] socket_t socket() const override {
    return 0;
  }  // read only to compare it with FD_SETSIZE

 private:
  std::string_view left_;
};

Method method_of(std::string_view name) {
  if (name == "GET") return Method::kGet;
  if (name == "POST") return Method::kPost;
  if (name == "HEAD") return Method::kHead;
  if (name == "PUT") return Method::kPut;
  if (name == "DELETE") return Method::kDelete;
  if (name == "PATCH") return Method::kPatch;
  if (name == "OPTIONS") return Method::kOptions;
  return Method::kOther;
}

/// RFC 9112 3.2.2: a server must accept the absolute form; only its path matters to us.
std::string_view origin_form(std::string_view target) {
  const std::size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return target;
  const std::size_t path = target.find_first_of("/?", scheme + 3);
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

}  // namespace

class Server::Parser final : public httplib::Server {
 public:
  Parser() {
    set_pre_routing_handler([](const httplib::Request&, httplib::Response& answer) {
      answer.status = 204;
      return HandlerResponse::Handled;
    });
  }

  /// True when httplib accepted the line.
  bool parse(std::string_view target, Request& into) {
    line_.assign("GET ").append(target).append(" HTTP/1.1\r\n\r\n");
    LineStream stream(line_);
    bool closes = true;
    bool is_read = false;
    process_request(stream, true, closes, [&](httplib::Request& parsed) {
      into.path = std::move(parsed.path);
      into.query_params.reserve(parsed.params.size());
      for (auto& [name, value] : parsed.params) {
        into.query_params.emplace_back(name, std::move(value));
      }
      is_read = true;
    });
    return is_read;
  }

 private:
  std::string line_;
};

Server::Server() : parser_(std::make_unique<Parser>()) {}

Server::~Server() = default;

Result<void> Server::read_head(const Framer& framed, Request& request) {
  const std::string_view target = origin_form(framed.target());
  request.method = method_of(framed.method());
  request.method_name = framed.method();
  request.target = target;
  if (const std::size_t mark = target.find('?'); mark != std::string_view::npos) {
    const std::string_view query = target.substr(mark + 1);
    request.query = query.substr(0, query.find('#'));
  }
  for (const HeaderField& field : framed.fields()) {
    request.headers.add(std::string(field.name), std::string(field.value));
  }
  if (!parser_->parse(target, request))
    return fail(ErrorCode::kMalformed, "Malformed request line");
  return {};
}

}  // namespace traceway::http
