#include "http/client.h"

#include "base/text.h"

#include <httplib.h>

namespace traceway::http {

namespace {

constexpr time_t kConnectSeconds = 5;
constexpr time_t kAnswerSeconds = 30;

std::string reason_of(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout:
      return "no connection";
    case httplib::Error::SSLConnection:
    case httplib::Error::SSLLoadingCerts:
    case httplib::Error::SSLServerVerification:
      return "no trusted TLS connection";
    default:
      return "the connection ended or timed out before the answer";
  }
}

/// `host`, `host:port`, `[::1]:port`: what stands between the scheme and the path.
bool is_authority(std::string_view text) {
  const std::size_t colon = text.find_last_of(":]");
  const bool has_port = colon != std::string_view::npos && text[colon] == ':';
  const auto port = has_port ? text::parse_int(text.substr(colon + 1)) : 80;
  const std::string_view host = has_port ? text.substr(0, colon) : text;
  return port && *port > 0 && *port <= 65535 && !host.empty() &&
         host.find_first_of(" \t\r\n@") == std::string_view::npos;
}

}  // namespace

struct Client::Connection {
  Connection(const std::string& origin, std::string prefix)
      : client(origin), path_prefix(std::move(prefix)) {}

  httplib::Client client;
  std::string path_prefix;
};

Client::Client(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::open(const std::string& url) {
  const bool has_scheme = url.starts_with("http://") || url.starts_with("https://");
  const std::size_t host = url.find("://") + 3;
  const std::size_t path = has_scheme ? url.find('/', host) : std::string::npos;
  const std::string origin = url.substr(0, path);
  std::string prefix = path == std::string::npos ? "" : url.substr(path);
  while (prefix.ends_with('/')) prefix.pop_back();
  // httplib throws at other schemes and at ports that are no int.
  std::unique_ptr<Connection> connection;
  if (has_scheme && is_authority(std::string_view(origin).substr(host)))
    connection = std::make_unique<Connection>(origin, std::move(prefix));
  if (connection == nullptr || !connection->client.is_valid()) {
    return fail(ErrorCode::kInvalid,
                "not an address of a server: " + url + " (http://host:port is expected)");
  }
  connection->client.set_keep_alive(true);
  connection->client.set_tcp_nodelay(true);
  connection->client.set_connection_timeout(kConnectSeconds);
  connection->client.set_read_timeout(kAnswerSeconds);
  connection->client.set_write_timeout(kAnswerSeconds);
  return Client(std::move(connection));
}

Result<ClientAnswer> Client::send(const ClientRequest& request) {
  httplib::Request wanted;
  wanted.method = request.is_post ? "POST" : "GET";
  wanted.path = connection_->path_prefix + std::string(request.target);
  if (!request.bearer.empty()) {
    wanted.set_header("Authorization", "Bearer " + std::string(request.bearer));
  }
  if (request.is_post) {
    wanted.set_header("Content-Type", std::string(request.content_type));
    if (!request.content_encoding.empty()) {
      wanted.set_header("Content-Encoding", std::string(request.content_encoding));
    }
    wanted.body = request.body;
  }
  const httplib::Result result = connection_->client.send(wanted);
  if (!result) return fail(ErrorCode::kUnavailable, reason_of(result.error()));
  ClientAnswer answer;
  answer.status = result->status;
  answer.body = result->body;
  const auto wait = text::parse_int(result->get_header_value("Retry-After")).value_or(0);
  answer.retry_after_s = wait > 0 && wait < 3600 ? static_cast<int>(wait) : 0;
  return answer;
}

}  // namespace traceway::http
