#include "http/exchange.h"

#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace traceway::http {

Mailbox::Mailbox() : wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

Mailbox::~Mailbox() {
  ::close(wake_fd_);
}

void Mailbox::signal() const {
  const std::uint64_t one = 1;
  // A full counter means the front is awake already: the result carries no news.
  [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof one);
}

void Mailbox::post(std::shared_ptr<Exchange> exchange) {
  bool wakes = false;
  {
    const std::scoped_lock lock(mutex_);
    if (is_closed_) return;
    posted_.push_back(std::move(exchange));
    wakes = std::exchange(is_asleep_, false);
  }
  if (wakes) signal();
}

void Mailbox::nudge() {
  {
    const std::scoped_lock lock(mutex_);
    is_asleep_ = false;
  }
  signal();
}

void Mailbox::close() {
  std::vector<std::shared_ptr<Exchange>>
      dropped;  // an exchange holds its mailbox: break the circle
  {
    const std::scoped_lock lock(mutex_);
    is_closed_ = true;
    dropped.swap(posted_);
  }
}

bool Mailbox::is_open() {
  const std::scoped_lock lock(mutex_);
  return !is_closed_;
}

void Mailbox::collect(std::vector<std::shared_ptr<Exchange>>& into) {
  into.clear();
  const std::scoped_lock lock(mutex_);
  into.swap(posted_);
}

bool Mailbox::go_to_sleep() {
  const std::scoped_lock lock(mutex_);
  is_asleep_ = posted_.empty();
  return is_asleep_;
}

void Mailbox::wake_up() {
  const std::scoped_lock lock(mutex_);
  is_asleep_ = false;
}

Response Exchange::handle() {
  if (body.size() > 0) {
    auto bytes = body.take(context_.budget, request.body_lease);
    if (!bytes) return context_.router.refuse(route, request, request.caller, bytes.error());
    request.body = std::move(*bytes);
  }
  return context_.router.dispatch(*route, request, *this);
}

void Exchange::run() {
  Response response = handle();
  const bool is_deferred = response.is_deferred;
  // Kept for an abandoned answer: its head. The body is the handler's, or nobody's any more.
  request.body = {};
  request.body_lease.release();
  if (!is_deferred) {
    complete(std::move(response));
    return;
  }
  bool is_abandoned = false;
  {
    const std::scoped_lock lock(mutex_);
    is_deferred_ = true;
    is_abandoned = is_abandoned_ || !fallback_;
    if (is_settled_) return;  // posted by complete() already
  }
  if (is_abandoned) {
    complete(abandoned_answer());
  } else {
    mailbox_->post(shared_from_this());
  }
}

Answer Exchange::take(std::chrono::milliseconds deadline, Response on_timeout) {
  const std::scoped_lock lock(mutex_);
  deadline_ = std::chrono::steady_clock::now() + deadline;
  fallback_ = std::move(on_timeout);
  is_abandoned_ = false;
  return Answer(shared_from_this());
}

void Exchange::complete(Response&& response) {
  {
    const std::scoped_lock lock(mutex_);
    if (is_settled_) return;
    is_settled_ = true;
    answer_ = std::move(response);
  }
  mailbox_->post(shared_from_this());
}

void Exchange::abandon() {
  {
    const std::scoped_lock lock(mutex_);
    is_abandoned_ = true;
    if (!is_deferred_) return;  // the handler still runs: what it returns decides
  }
  if (!mailbox_->is_open()) return;
  complete(abandoned_answer());
}

Response Exchange::abandoned_answer() const {
  return context_.router.refuse(
      route, request, request.caller,
      {ErrorCode::kInternal, {}, "an answer that was to come later was dropped", 0});
}

std::optional<Response> Exchange::take_answer() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(answer_, std::nullopt);
}

std::optional<Exchange::SteadyTime> Exchange::deadline() {
  const std::scoped_lock lock(mutex_);
  if (!is_deferred_ || is_settled_) return std::nullopt;
  return deadline_;
}

void Exchange::expire() {
  const std::scoped_lock lock(mutex_);
  if (is_settled_) return;
  is_settled_ = true;
  answer_ = std::move(fallback_);
}

}  // namespace traceway::http
