#include "support/http_client.h"

#include "base/text.h"

#include <algorithm>
#include <cctype>

namespace traceway::test {

namespace {

bool has_field(const Fields& fields, std::string_view name) {
  return std::ranges::any_of(
      fields, [&](const auto& field) { return text::equals_ignore_case(field.first, name); });
}

}  // namespace

std::string to_bytes(const Request& request) {
  std::string out = request.method + " " + request.target + " HTTP/1.1\r\nHost: localhost\r\n";
  for (const auto& [name, value] : request.fields) out += name + ": " + value + "\r\n";
  const bool wants_length =
      !request.body.empty() || (request.method != "GET" && request.method != "HEAD");
  if (wants_length && !has_field(request.fields, "Content-Length") &&
      !has_field(request.fields, "Transfer-Encoding")) {
    out += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return out.append("\r\n").append(request.body);
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out.append({'%', kDigits[byte >> 4U], kDigits[byte & 15U]});
    }
  }
  return out;
}

RawAnswer HttpClient::send(Request request) {
  if (!bearer_.empty() && !has_field(request.fields, "Authorization")) {
    request.fields.emplace_back("Authorization", "Bearer " + bearer_);
  }
  const std::string bytes = to_bytes(request);
  const bool has_body = request.method != "HEAD";
  RawAnswer answer;
  const bool was_kept = connection_.has_value();
  if (!was_kept) connection_.emplace(address_);
  if (connection_->is_connected() && connection_->send(bytes)) {
    answer = connection_->read_answer(has_body);
  }
  if (answer.status == 0 && was_kept) {
    connection_.emplace(address_);
    if (connection_->is_connected() && connection_->send(bytes)) {
      answer = connection_->read_answer(has_body);
    }
  }
  if (answer.status == 0 || text::equals_ignore_case(answer.field("Connection"), "close")) {
    connection_.reset();
  }
  return answer;
}

RawAnswer HttpClient::get(std::string_view target) {
  return send({"GET", std::string(target)});
}

RawAnswer HttpClient::post_json(std::string_view target, std::string_view body) {
  return send(
      {"POST", std::string(target), {{"Content-Type", "application/json"}}, std::string(body)});
}

json::Value json_of(const RawAnswer& answer) {
  auto value = json::Value::parse(answer.body);
  return value ? std::move(*value) : json::Value();
}

}  // namespace traceway::test
