// One request on its way through the server: front -> worker -> (writer) -> front.
#pragma once

#include "http/later.h"
#include "http/router.h"
#include "http/spool.h"
#include "http/workers.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace traceway::http {

class Exchange;

/// Where other threads leave news for the front. Outlives the front: late answers may come when it
/// is gone.
class Mailbox {
 public:
  Mailbox();
  ~Mailbox();

  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// Readable when there is news while the front sleeps.
  [[nodiscard]] int wake_fd() const { return wake_fd_; }

  /// Any thread. Wakes the front only when it sleeps and nobody has woken it yet: a batch of
  /// answers costs one write.
  void post(std::shared_ptr<Exchange> exchange);
  /// Any thread: the front must look around (stop, drain).
  void nudge();

  /// The front is gone: what is posted from now on is dropped.
  void close();
  /// False once the front is gone, and with it perhaps the router.
  [[nodiscard]] bool is_open();
  /// Front: everything posted so far.
  void collect(std::vector<std::shared_ptr<Exchange>>& into);
  /// Front, before it waits: false when there is news already.
  [[nodiscard]] bool go_to_sleep();
  /// Front, after it waited.
  void wake_up();

 private:
  void signal() const;

  int wake_fd_ = -1;
  std::mutex mutex_;  ///< guards everything below
  std::vector<std::shared_ptr<Exchange>> posted_;
  bool is_asleep_ = false;
  bool is_closed_ = false;
};

/// What every exchange of a front shares. Outlives the workers.
struct ExchangeContext {
  const Router& router;
  ByteBudget& budget;
};

/// The state of one request and its answer. The front owns `request` and `body` until it submits
/// the job, then the worker.
class Exchange final : public Job,
                       public AnswerSink,
                       public Later,
                       public std::enable_shared_from_this<Exchange> {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  Exchange(const ExchangeContext& context, std::shared_ptr<Mailbox> mailbox,
           std::uint64_t connection_id)
      : connection(connection_id), context_(context), mailbox_(std::move(mailbox)) {}

  /// Worker: loads the body, dispatches, posts the answer or the news that it comes later.
  void run() override;
  // Later
  [[nodiscard]] Answer take(std::chrono::milliseconds deadline, Response on_timeout) override;
  // AnswerSink
  void complete(Response&& response) override;
  void abandon() override;

  /// Front: the answer, once; empty while there is none.
  [[nodiscard]] std::optional<Response> take_answer();
  /// Front: when the fallback is due; empty unless the handler has deferred.
  [[nodiscard]] std::optional<SteadyTime> deadline();
  /// Front: answers with the fallback unless an answer has come.
  void expire();

  const std::uint64_t connection;  ///< which connection waits
  Request request;
  ReceivedBody body;
  const Route* route = nullptr;
  std::string request_id;  ///< outlives `request`
  bool is_head = false;
  bool is_http_1_0 = false;

 private:
  [[nodiscard]] Response handle();
  void settle(Response&& response);
  [[nodiscard]] Response abandoned_answer() const;

  const ExchangeContext context_;
  const std::shared_ptr<Mailbox> mailbox_;

  std::mutex mutex_;  ///< guards everything below
  std::optional<Response> answer_;
  std::optional<Response> fallback_;
  SteadyTime deadline_{};
  bool is_settled_ = false;
  bool is_deferred_ = false;  ///< the handler has returned deferred()
  bool is_abandoned_ = false;
};

}  // namespace traceway::http
