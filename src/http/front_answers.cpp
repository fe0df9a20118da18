// From an answer to an idle connection, or to its end.
#include "http/front_core.h"

#include <sys/socket.h>
#include <utility>

namespace traceway::http {

namespace {

constexpr std::chrono::milliseconds kLingerTime{2'000};

}  // namespace

Error Front::Core::saturated() {
  return {ErrorCode::kUnavailable, "ingest saturated, retry later", {}, 2};
}

void Front::Core::refuse(Connection& connection, const Error& error) {
  refused_.fetch_add(1, std::memory_order_relaxed);
  const Exchange& exchange = *connection.exchange;
  answer_and_close(
      connection, router_.refuse(exchange.route, exchange.request, exchange.request.caller, error));
}

void Front::Core::refuse_without_request(Connection& connection, const Error& error, int status) {
  refused_.fetch_add(1, std::memory_order_relaxed);
  connection.exchange = std::make_shared<Exchange>(context_, mailbox_, connection.id());
  connection.exchange->request_id = next_request_id();
  Response response = json_error(error, connection.exchange->request_id, {});
  if (status != 0) response.status = status;
  // Where this request ends is unknown, and so is where the next one would begin.
  connection.closes = connection.lingers = true;
  answer(connection, std::move(response));
}

void Front::Core::answer_and_close(Connection& connection, Response&& response) {
  // Without a body the connection may go on; with one, its end was not reached.
  if (!connection.active->framer.is_complete()) connection.closes = connection.lingers = true;
  answer(connection, std::move(response));
}

void Front::Core::answer(Connection& connection, Response&& response) {
  Active& active = *connection.active;
  const Exchange& exchange = *connection.exchange;
  if (response.close || is_refusing_) connection.closes = true;
  active.response = std::move(response);
  active.head.clear();
  append_head(active.head, active.response,
              {.request_id = exchange.request_id,
               .date = date(),
               .route_fields =
                   exchange.route == nullptr ? std::string_view() : exchange.route->answer_fields,
               .keeps_alive = !connection.closes,
               .is_http_1_0 = exchange.is_http_1_0});
  const bool has_payload = !exchange.is_head && !is_bodiless(active.response.status);
  active.payload = has_payload ? active.response.payload() : std::string_view();
  active.sent = 0;
  active.counted_bytes = 0;
  connection.phase = Phase::kWriting;
  set_deadline_in(connection, kWriteTimeout);
}

void Front::Core::finish_answer(Connection& connection) {
  Active& active = *connection.active;
  outgoing_bytes_ -= std::exchange(active.counted_bytes, 0);
  active.response = {};
  active.payload = {};
  if (connection.closes) return end_in_stages(connection);
  active.framer.reset();
  if (active.pending.empty()) {
    become_idle(connection);
  } else {
    connection.exchange.reset();
    begin_request(connection);
  }
}

void Front::Core::end_in_stages(Connection& connection) {
  if (!connection.lingers && connection.active->pending.empty()) return close(connection);
  ::shutdown(connection.fd, SHUT_WR);
  connection.active->pending.clear();
  connection.active->drained = 0;
  connection.phase = Phase::kLingering;
  set_deadline_in(connection, kLingerTime);
}

std::string_view Front::Core::date() {
  const std::int64_t now_s = clock_.now_ns() / 1'000'000'000;
  if (now_s != date_s_) {
    date_s_ = now_s;
    date_ = http_date(now_s);
  }
  return date_;
}

}  // namespace traceway::http
