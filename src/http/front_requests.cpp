// From the first byte of a head to a job for the workers.
#include "http/front_core.h"

#include <algorithm>
#include <sys/socket.h>

namespace traceway::http {

namespace {

constexpr std::chrono::seconds kRateGrace{20};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// SplitMix64: one step of the sequence that request ids are taken from. They must be unique, not
/// secret.
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

}  // namespace

std::string Front::Core::next_request_id() {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id(32, '0');
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t word = next_random(id_state_[half]);
    for (std::size_t i = 0; i < 16; ++i, word >>= 4U) id[half * 16 + i] = kDigits[word & 0xFU];
  }
  return id;
}

void Front::Core::begin_request(Connection& connection) {
  leave_idle(connection);
  if (!connection.active && !spare_.empty()) {
    connection.active = std::move(spare_.back());
    spare_.pop_back();
  } else if (!connection.active) {
    connection.active = std::make_unique<Active>(limits_);
  }
  connection.phase = Phase::kHead;
  set_deadline_in(connection, options_.head_timeout);
}

std::string_view Front::Core::feed(Connection& connection, std::string_view input) {
  while (connection.is_reading()) {
    const Framer::Step step = connection.active->framer.feed(input);
    input.remove_prefix(step.consumed);
    switch (step.event) {
      case Framer::Event::kNeedMore:
        if (input.empty()) return {};
        break;
      case Framer::Event::kHead:
        on_head(connection);
        break;
      case Framer::Event::kBody:
        on_body(connection, step.body);
        break;
      case Framer::Event::kEnd:
        on_complete(connection);
        break;
      case Framer::Event::kError:
        on_framing_error(connection);
        break;
    }
  }
  return input;
}

void Front::Core::on_head(Connection& connection) {
  Framer& framer = connection.active->framer;
  auto exchange = std::make_shared<Exchange>(context_, mailbox_, connection.id());
  connection.exchange = exchange;
  connection.closes = !framer.keeps_alive();
  exchange->is_http_1_0 = framer.minor_version() == 0;
  exchange->request_id = next_request_id();
  Request& request = exchange->request;
  request.request_id = exchange->request_id;
  request.peer = connection.peer;
  request.received_ns = clock_.now_ns();
  requests_.fetch_add(1, std::memory_order_relaxed);
  const auto read = server_.read_head(framer, request);
  exchange->is_head = request.method == Method::kHead;
  if (!read) return refuse(connection, read.error());
  if (is_refused(connection, *exchange)) return;

  if (framer.body_kind() != BodyKind::kNone) {
    connection.phase = Phase::kBody;
    connection.active->body_started = now_;
    if (framer.body_kind() == BodyKind::kLength) {
      exchange->body.expect(static_cast<std::size_t>(framer.content_length()));
    }
    renew_body_deadline(connection);
    if (framer.expects_continue()) send_continue(connection);
  }
}

bool Front::Core::is_refused(Connection& connection, Exchange& exchange) {
  HeadVerdict verdict = router_.on_head(exchange.request);
  exchange.route = verdict.route;
  if (verdict.refusal) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    answer_and_close(connection, std::move(*verdict.refusal));
    return true;
  }
  if (is_refusing_) {
    refuse(connection, {ErrorCode::kUnavailable, "shutting down, retry later", {}, 2});
    return true;
  }
  exchange.request.caller = std::move(verdict.caller);
  exchange.is_ingest = exchange.route->options.is_ingest;
  exchange.project = exchange.request.caller.project;
  if (exchange.is_ingest && workers_.would_refuse(exchange.project)) {
    refuse(connection, saturated());
    return true;
  }
  if (connection.active->framer.content_length() > exchange.route->options.max_body) {
    refuse(connection, {ErrorCode::kTooLarge, "Request body too large", {}, 0});
    return true;
  }
  return false;
}

void Front::Core::on_body(Connection& connection, std::string_view piece) {
  Exchange& exchange = *connection.exchange;
  if (exchange.body.size() + piece.size() > exchange.route->options.max_body) {
    return refuse(connection, {ErrorCode::kTooLarge, "Request body too large", {}, 0});
  }
  if (auto kept = exchange.body.append(piece, spool_); !kept) {
    return refuse(connection, kept.error());
  }
  renew_body_deadline(connection);
}

void Front::Core::renew_body_deadline(Connection& connection) {
  const RouteOptions& route = connection.exchange->route->options;
  const auto silence =
      route.silence_timeout.count() > 0 ? route.silence_timeout : options_.silence_timeout;
  const auto whole = route.body_timeout.count() > 0 ? route.body_timeout : options_.body_timeout;
  const SteadyTime started = connection.active->body_started;
  // When the mean rate of what has come so far falls below the minimum.
  const std::chrono::seconds lasts(connection.exchange->body.size() /
                                   std::max<std::size_t>(options_.min_body_rate, 1));
  const SteadyTime starves = started + std::max(kRateGrace, lasts);
  set_deadline(connection, std::min({now_ + silence, started + whole, starves}));
}

void Front::Core::on_complete(Connection& connection) {
  const std::shared_ptr<Exchange>& exchange = connection.exchange;
  connection.deadline = SteadyTime::max();
  if (!exchange->is_ingest) {
    connection.phase = Phase::kWorking;
    jobs_.push_back(exchange);
    return;
  }
  connection.phase = Phase::kWaiting;
  set_deadline_in(connection, options_.ingest_wait);
  if (!workers_.submit(exchange)) refuse(connection, saturated());
}

void Front::Core::on_framing_error(Connection& connection) {
  const Framer& framer = connection.active->framer;
  const Error error{ErrorCode::kMalformed, std::string(framer.error_text()), {}, 0};
  if (connection.phase == Phase::kBody) {
    refuse(connection, error);
  } else {
    refuse_without_request(connection, error, framer.error_status());
  }
}

void Front::Core::send_continue(Connection& connection) {
  const ssize_t sent = ::send(connection.fd, kContinue.data(), kContinue.size(), MSG_NOSIGNAL);
  // A socket that cannot take 25 bytes after we have read a request from it belongs to nobody who
  // waits for them.
  if (sent != static_cast<ssize_t>(kContinue.size())) close(connection);
}

}  // namespace traceway::http
