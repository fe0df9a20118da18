// Answers that come later: a handler hands its answer to whoever finishes the work, and its worker
// is free.
#pragma once

#include "http/response.h"

#include <chrono>
#include <memory>
#include <utility>

namespace traceway::http {

/// Where a late answer goes; the front implements it. complete() may come from any thread, at most
/// once counts.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  virtual void complete(Response&& response) = 0;
  /// The Answer was dropped unsent. Counts only when the handler has returned Response::deferred():
  /// a handler that took an Answer and then returns an error (a full queue) speaks through that
  /// error. Otherwise the client gets a 500.
  virtual void abandon() = 0;
};

/// The promise of one answer. Move-only; destroyed without send() after the handler returned
/// deferred() it answers 500, so no client waits for ever.
class Answer {
 public:
  Answer() = default;

  explicit Answer(std::shared_ptr<AnswerSink> sink) : sink_(std::move(sink)) {}

  Answer(Answer&&) noexcept = default;
  Answer& operator=(Answer&& other) noexcept;
  ~Answer();

  /// Any thread, once. After the deadline given to Later::take it is a no-op: the fallback has been
  /// sent.
  void send(Response&& response);

 private:
  std::shared_ptr<AnswerSink> sink_;
};

/// Offered to every handler. Taking it means: the handler returns Response::deferred() and the
/// Answer speaks.
class Later {
 public:
  virtual ~Later() = default;
  /// `on_timeout` is sent when no answer came within `deadline`.
  [[nodiscard]] virtual Answer take(std::chrono::milliseconds deadline, Response on_timeout) = 0;
};

}  // namespace traceway::http
