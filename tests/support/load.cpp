#include "support/load.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "support/otlp_builder.h"

#include <cstring>

namespace traceway::test {

namespace {

constexpr std::size_t kTemplates = 8;
constexpr std::size_t kSpansOfARequest = 8;
constexpr const char* kRoutes[] = {"/v1/users/:id", "/v1/orders", "/v1/orders/:id/items",
                                   "/v1/search",    "/v1/cart",   "/health",
                                   "/v1/login",     "/v1/export"};
constexpr const char* kChildren[] = {"SELECT users", "GET cache",         "INSERT orders",
                                     "render",       "middleware - auth", "publish event"};

OtlpSpan varied_child(const OtlpSpan& parent, std::mt19937_64& random) {
  const std::uint64_t number = random();
  OtlpSpan span = child_of(parent, kChildren[number % std::size(kChildren)], random);
  span.kind = number % 2 == 0 ? OtlpKind::kClient : OtlpKind::kInternal;
  span.start_ns = parent.start_ns + random() % 1'000'000;
  span.end_ns = span.start_ns + 50'000 + random() % 20'000'000;
  span.attributes = {
      {"db.system", std::string("postgresql")},
      {"db.statement", "SELECT id, name, email FROM users WHERE id = $1 AND shard = " +
                           std::to_string(random() % 64)},
      {"net.peer.port", std::int64_t{5432}},
      {"rows", static_cast<std::int64_t>(random() % 500)}};
  return span;
}

OtlpSpan varied_root(std::mt19937_64& random) {
  OtlpSpan root = request_span(random);
  const std::string route = kRoutes[random() % std::size(kRoutes)];
  root.name = "GET " + route;
  root.end_ns = root.start_ns + 200'000 + random() % 900'000'000;
  root.attributes = {
      {"http.request.method", std::string("GET")},
      {"http.route", route},
      {"http.response.status_code", static_cast<std::int64_t>(random() % 50 == 0 ? 500 : 200)},
      {"client.address", "10.0." + std::to_string(random() % 256) + ".7"},
      {"user.id", static_cast<std::int64_t>(random() % 100'000)}};
  return root;
}

OtlpExport varied_export(std::size_t spans, std::mt19937_64& random) {
  OtlpExport out;
  out.resource = {{"service.name", std::string("shop-api")},
                  {"service.version", std::string("2.4.1")},
                  {"host.name", "node-" + std::to_string(random() % 8)}};
  while (out.spans.size() < spans) {
    const OtlpSpan root = varied_root(random);
    out.spans.push_back(root);
    for (std::size_t i = 1; i < kSpansOfARequest && out.spans.size() < spans; ++i)
      out.spans.push_back(varied_child(root, random));
  }
  return out;
}

/// Positions of `ids` in `body`, which holds them in this order.
std::vector<std::size_t> positions(std::string_view body, const std::vector<std::string>& ids) {
  std::vector<std::size_t> out;
  std::size_t at = 0;
  for (const std::string& id : ids) {
    if (id.empty()) continue;
    at = body.find(id, at);
    out.push_back(at);
    at += id.size();
  }
  return out;
}

std::vector<std::string> ids_of(const OtlpExport& sent, bool is_hex) {
  std::vector<std::string> out;
  for (const OtlpSpan& span : sent.spans) {
    for (const std::string& id : {span.trace_id, span.span_id, span.parent_id})
      out.push_back(is_hex ? text::to_hex(id) : id);
  }
  return out;
}

/// XORs eight hexadecimal digits with a number.
void turn_hex(char* digits, std::uint32_t turn) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (int i = 0; i < 8; ++i) {
    const auto digit =
        static_cast<unsigned>(digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10);
    digits[i] = kDigits[(digit ^ (turn >> (4U * static_cast<unsigned>(i)))) & 15U];
  }
}

}  // namespace

std::string_view path_of(Protocol protocol) {
  return protocol == Protocol::kReport ? "/api/report" : "/api/otel/v1/traces";
}

std::string_view content_type_of(Protocol protocol) {
  return protocol == Protocol::kTracesProtobuf ? "application/x-protobuf" : "application/json";
}

Load::Load(Protocol protocol, std::size_t records) : protocol_(protocol), records_(records) {
  std::mt19937_64 random(42);
  for (std::size_t i = 0; i < kTemplates; ++i)
    templates_.push_back(protocol == Protocol::kReport ? report(random) : traces(random));
}

Load::Template Load::traces(std::mt19937_64& random) const {
  const OtlpExport sent = varied_export(records_, random);
  Template out;
  const bool is_json = protocol_ == Protocol::kTracesJson;
  out.body = is_json ? to_json(sent) : to_protobuf(sent);
  (is_json ? out.hex_ids : out.raw_ids) = positions(out.body, ids_of(sent, is_json));
  return out;
}

/// Runs of eight spans in frames of twenty runs, as the SDKs collect them.
Load::Template Load::report(std::mt19937_64& random) const {
  constexpr std::size_t kSpansOfAFrame = 20 * kSpansOfARequest;
  const OtlpExport sent = varied_export(records_, random);
  std::vector<std::string> ids;
  const auto new_id = [&] {
    ids.push_back(to_string(uuid_v4()));
    return '"' + ids.back() + '"';
  };
  const auto time = [](std::uint64_t ns) {
    return '"' + to_rfc3339(static_cast<std::int64_t>(ns)) + '"';
  };
  const auto duration = [](const OtlpSpan& span) {
    return std::to_string(span.end_ns - span.start_ns);
  };
  Template out;
  out.body = R"({"appVersion":"2.4.1","serverName":"node-3","collectionFrames":[)";
  for (std::size_t i = 0; i < sent.spans.size(); ++i) {
    const OtlpSpan& span = sent.spans[i];
    const bool is_root = i % kSpansOfARequest == 0;
    const bool is_new_frame = i % kSpansOfAFrame == 0;
    if (is_root && i > 0) out.body += is_new_frame ? "]}]}," : "]},";
    if (is_new_frame) out.body += R"({"traces":[)";
    if (is_root) {
      out.body +=
          R"({"id":)" + new_id() + R"(,"endpoint":")" + span.name + R"(","duration":)" +
          duration(span) + R"(,"recordedAt":)" + time(span.start_ns) +
          R"(,"statusCode":200,"bodySize":62,"clientIP":"10.0.3.7","attributes":{"user.id":")" +
          std::to_string(random() % 100'000) + R"("},"spans":[)";
    } else {
      out.body += (i % kSpansOfARequest > 1 ? R"(,{"id":)" : R"({"id":)") + new_id() +
                  R"(,"name":")" + span.name + R"(","startTime":)" + time(span.start_ns) +
                  R"(,"duration":)" + duration(span) + "}";
    }
  }
  out.body += "]}]}]}";
  out.hex_ids = positions(out.body, ids);
  return out;
}

std::string Load::body(std::uint32_t number) const {
  const Template& from = templates_[number % templates_.size()];
  const std::uint32_t turn = (number + 1) * 2'654'435'761U;
  std::string out = from.body;
  for (const std::size_t at : from.raw_ids) {
    std::uint32_t word = 0;
    std::memcpy(&word, out.data() + at, sizeof word);
    word ^= turn;
    std::memcpy(out.data() + at, &word, sizeof word);
  }
  for (const std::size_t at : from.hex_ids) turn_hex(out.data() + at, turn);
  return out;
}

std::string request_of(Protocol protocol, const std::string& token, std::string_view body,
                       bool is_gzip) {
  std::string out;
  out.reserve(body.size() + 256);
  out.append("POST ").append(path_of(protocol)).append(" HTTP/1.1\r\nHost: load\r\n");
  out.append("Authorization: Bearer ").append(token).append("\r\nContent-Type: ");
  out.append(content_type_of(protocol)).append("\r\n");
  if (is_gzip) out.append("Content-Encoding: gzip\r\n");
  out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  out.append(body);
  return out;
}

}  // namespace traceway::test
