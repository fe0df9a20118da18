#include "http/front.h"

#include "base/crypto.h"
#include "base/log.h"
#include "base/thread.h"
#include "http/front_core.h"

#include <algorithm>
#include <cstring>
#include <unistd.h>

namespace traceway::http {

namespace {

constexpr std::uint64_t kMailboxId = ~std::uint64_t{0};
constexpr std::uint64_t kFirstListenerId = kMailboxId - 1;  // then downwards
constexpr std::uint64_t kMaxListeners = 64;
constexpr std::size_t kScratchBytes = 256U << 10U;

std::int64_t to_ns(SteadyTime time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

Front::Front(FrontOptions options, const Router& router, ByteBudget& budget, const Clock& clock)
    : core_(std::make_unique<Core>(std::move(options), router, budget, clock)) {}

Front::~Front() = default;

Result<void> Front::start() {
  return core_->start();
}

std::vector<std::string> Front::addresses() const {
  return core_->addresses();
}

void Front::stop_accepting() {
  core_->stop_accepting();
}

void Front::stop(std::chrono::milliseconds deadline) {
  core_->stop(deadline);
}

FrontStats Front::stats() const {
  return core_->stats();
}

Front::Core::Core(FrontOptions options, const Router& router, ByteBudget& budget,
                  const Clock& clock)
    : options_(std::move(options)),
      router_(router),
      clock_(clock),
      limits_{options_.max_head_bytes, options_.max_header_lines, options_.max_line_bytes},
      spool_(options_.spool_dir, options_.spool_after, options_.receive_bytes),
      workers_({options_.workers, std::min(options_.ingest_slots, options_.workers)}),
      context_{router, budget},
      mailbox_(std::make_shared<Mailbox>()),
      scratch_(kScratchBytes) {
  const std::string seed = crypto::random_bytes(sizeof id_state_);
  std::memcpy(id_state_.data(), seed.data(), sizeof id_state_);
}

Front::Core::~Core() {
  stop(std::chrono::milliseconds(0));
  close_listeners();
  mailbox_->close();
}

Result<void> Front::Core::start() {
  if (auto prepared = spool_.prepare(); !prepared) return prepared;
  const std::size_t descriptors = raise_descriptor_limit();
  // The rest belongs to databases, spooled bodies and outbound calls.
  const std::size_t reserve = std::min<std::size_t>(256, descriptors / 4);
  max_connections_ = descriptors - reserve;
  for (const std::string& address : options_.listen) {
    auto listener = open_listener(address);
    if (!listener) {
      close_listeners();
      return fail(std::move(listener));
    }
    addresses_.push_back(listener->address);
    listeners_.push_back(std::move(*listener));
  }
  if (!poller_.add_level(mailbox_->wake_fd(), kMailboxId)) {
    return fail(ErrorCode::kUnavailable, "Cannot watch sockets: out of descriptors");
  }
  resume_listeners();
  workers_.start();
  thread_ = start_thread("http-front", [this](const std::stop_token&) { loop(); });
  return {};
}

std::vector<std::string> Front::Core::addresses() const {
  return addresses_;
}

void Front::Core::stop_accepting() {
  is_draining_ = true;
  mailbox_->nudge();
}

void Front::Core::stop(std::chrono::milliseconds deadline) {
  stop_at_ns_ = to_ns(std::chrono::steady_clock::now() + deadline);
  is_stopping_ = true;
  stop_accepting();
  if (thread_.joinable()) thread_.join();
  workers_.stop();
}

FrontStats Front::Core::stats() const {
  return {open_count_, requests_, refused_};
}

void Front::Core::loop() {
  while (true) {
    const auto events = poller_.wait(time_to_wait());
    mailbox_->wake_up();
    now_ = std::chrono::steady_clock::now();
    // Before any request of this round: who is told that the server goes away cannot connect again.
    if (is_draining_ && !is_refusing_) {
      is_refusing_ = true;
      close_listeners();
    }
    for (const Poller::Event& event : events) take_event(event);
    take_mail();
    run_scheduled();
    run_deadlines();
    workers_.submit_all(jobs_);
    jobs_.clear();
    if (is_stopping_ && may_end()) break;
  }
  for (const auto& connection : connections_) {
    if (connection->phase != Phase::kClosed) close(*connection);
  }
}

std::chrono::milliseconds Front::Core::time_to_wait() {
  using std::chrono::milliseconds;
  if (!scheduled_.empty() || !mailbox_->go_to_sleep()) return milliseconds(0);
  SteadyTime until = std::min(deadlines_.next().value_or(SteadyTime::max()), listeners_resume_at_);
  if (is_stopping_) {
    until = std::min(until, SteadyTime(std::chrono::nanoseconds(stop_at_ns_.load())));
  }
  if (until == SteadyTime::max()) return milliseconds(-1);
  const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
  return std::max(left, milliseconds(0));
}

bool Front::Core::may_end() const {
  if (to_ns(now_) >= stop_at_ns_) return true;
  return std::ranges::none_of(connections_, [](const auto& one) { return one->is_answering(); });
}

void Front::Core::take_event(const Poller::Event& event) {
  if (event.id == kMailboxId) {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(mailbox_->wake_fd(), &count, sizeof count);
    return;
  }
  if (event.id > kFirstListenerId - kMaxListeners) {
    const std::size_t index = kFirstListenerId - event.id;
    if (index < listeners_.size()) accept_all(listeners_[index]);
    return;
  }
  Connection* const connection = find(event.id);
  if (connection == nullptr) return;
  connection->is_readable |= event.is_readable;
  connection->is_writable |= event.is_writable;
  connection->has_ended |= event.has_ended;
  if (event.is_broken && !connection->is_reading()) {
    close(*connection);  // nobody is left to read the answer
    return;
  }
  advance(*connection);
}

void Front::Core::take_mail() {
  mailbox_->collect(mail_);
  for (const std::shared_ptr<Exchange>& exchange : mail_) {
    Connection* const connection = find(exchange->connection);
    if (connection == nullptr || connection->exchange != exchange) continue;
    if (auto response = exchange->take_answer()) {
      answer(*connection, std::move(*response));
      advance(*connection);
    } else if (const auto at = exchange->deadline()) {
      connection->phase = Phase::kWorking;
      set_deadline(*connection, *at);
    }
  }
  mail_.clear();
}

void Front::Core::schedule(Connection& connection) {
  if (std::exchange(connection.is_scheduled, true)) return;
  scheduled_.push_back(connection.id());
}

void Front::Core::run_scheduled() {
  scheduled_now_.swap(scheduled_);
  for (const std::uint64_t id : scheduled_now_) {
    Connection* const connection = find(id);
    if (connection == nullptr) continue;
    connection->is_scheduled = false;
    advance(*connection);
  }
  scheduled_now_.clear();
}

void Front::Core::run_deadlines() {
  if (now_ >= listeners_resume_at_) resume_listeners();
  while (const auto due = deadlines_.pop_due(now_)) {
    Connection* const connection = find(due->id);
    if (connection == nullptr || connection->timer_at != due->at) continue;
    connection->timer_at = SteadyTime::max();
    if (connection->deadline > now_) {
      set_deadline(*connection, connection->deadline);
    } else {
      connection->deadline = SteadyTime::max();
      on_deadline(*connection);
    }
  }
}

void Front::Core::on_deadline(Connection& connection) {
  switch (connection.phase) {
    case Phase::kHead:
      refuse_without_request(connection, {ErrorCode::kTooSlow, "Request head too slow", {}, 0});
      break;
    case Phase::kBody:
      refuse(connection, {ErrorCode::kTooSlow, "Request body too slow", {}, 0});
      break;
    case Phase::kWaiting:
      if (workers_.withdraw(connection.exchange.get())) {
        refuse(connection, saturated());
      } else {
        connection.phase = Phase::kWorking;
      }
      break;
    case Phase::kWorking:
      connection.exchange->expire();
      if (auto response = connection.exchange->take_answer()) {
        answer(connection, std::move(*response));
      }
      break;
    case Phase::kIdle:
    case Phase::kWriting:
    case Phase::kLingering:
    case Phase::kClosed:
      close(connection);
      break;
  }
  advance(connection);
}

Connection* Front::Core::find(std::uint64_t id) {
  const auto slot = static_cast<std::uint32_t>(id);
  if (slot >= connections_.size()) return nullptr;
  Connection* const connection = connections_[slot].get();
  return connection->id() == id && connection->phase != Phase::kClosed ? connection : nullptr;
}

void Front::Core::set_deadline(Connection& connection, SteadyTime at) {
  connection.deadline = at;
  if (at >= connection.timer_at) return;
  connection.timer_at = at;
  deadlines_.add(at, connection.id());
}

void Front::Core::set_deadline_in(Connection& connection, std::chrono::milliseconds delay) {
  set_deadline(connection, now_ + delay);
}

void Front::Core::resume_listeners() {
  listeners_resume_at_ = SteadyTime::max();
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    if (!poller_.add_level(listeners_[i].fd, kFirstListenerId - i)) pause_listeners();
  }
}

}  // namespace traceway::http
