// The front thread's state and steps. Private to front*.cpp: front.h is the surface.
#pragma once

#include "http/connection.h"
#include "http/deadlines.h"
#include "http/exchange.h"
#include "http/front.h"
#include "http/listener.h"
#include "http/poller.h"
#include "http/server.h"
#include "http/spool.h"
#include "http/workers.h"

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace traceway::http {

/// Without progress of the reader.
inline constexpr std::chrono::milliseconds kWriteTimeout{30'000};

/// One thread in a loop: news from sockets, news from workers, connections with more to do, timers.
/// It never blocks on a client or a database. Files: front.cpp life and loop, front_sockets.cpp
/// accepting, reading and writing, front_requests.cpp from head to job, front_answers.cpp from
/// answer to idle.
class Front::Core {
 public:
  Core(FrontOptions options, const Router& router, ByteBudget& budget, const Clock& clock);
  ~Core();

  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  [[nodiscard]] Result<void> start();
  [[nodiscard]] std::vector<std::string> addresses() const;
  void stop_accepting();
  void stop(std::chrono::milliseconds deadline);
  [[nodiscard]] FrontStats stats() const;

 private:
  // front.cpp
  void loop();
  void take_event(const Poller::Event& event);
  void take_mail();
  void run_scheduled();
  void run_deadlines();
  void on_deadline(Connection& connection);
  [[nodiscard]] std::chrono::milliseconds time_to_wait();
  [[nodiscard]] bool may_end() const;
  [[nodiscard]] Connection* find(std::uint64_t id);
  void set_deadline(Connection& connection, SteadyTime at);
  void set_deadline_in(Connection& connection, std::chrono::milliseconds delay);
  void schedule(Connection& connection);

  // front_sockets.cpp
  void accept_all(const Listener& listener);
  void adopt(int fd, std::string peer);
  void pause_listeners();
  void resume_listeners();
  void close_listeners();
  void close(Connection& connection);
  void close_longest_idle();
  void advance(Connection& connection);
  [[nodiscard]] bool read_some(Connection& connection, std::size_t& allowance);
  [[nodiscard]] bool write_some(Connection& connection);
  [[nodiscard]] bool discard_some(Connection& connection);
  void become_idle(Connection& connection);
  void leave_idle(Connection& connection);
  void bound_outgoing(Connection& connection);

  // front_requests.cpp
  void begin_request(Connection& connection);
  [[nodiscard]] std::string_view feed(Connection& connection, std::string_view input);
  void on_head(Connection& connection);
  [[nodiscard]] bool is_refused(Connection& connection, Exchange& exchange);
  void on_body(Connection& connection, std::string_view piece);
  void on_complete(Connection& connection);
  void on_framing_error(Connection& connection);
  void send_continue(Connection& connection);
  void renew_body_deadline(Connection& connection);
  [[nodiscard]] std::string next_request_id();

  // front_answers.cpp
  void refuse(Connection& connection, const Error& error);
  /// status: 0 = the code's own.
  void refuse_without_request(Connection& connection, const Error& error, int status = 0);
  [[nodiscard]] static Error saturated();
  void answer_and_close(Connection& connection, Response&& response);
  void answer(Connection& connection, Response&& response);
  void finish_answer(Connection& connection);
  void end_in_stages(Connection& connection);
  [[nodiscard]] std::string_view date();

  const FrontOptions options_;
  const Router& router_;
  const Clock& clock_;
  const FramingLimits limits_;
  Spool spool_;
  Workers workers_;
  const ExchangeContext context_;
  const std::shared_ptr<Mailbox> mailbox_;

  // Of the front thread alone.
  Server server_;
  Poller poller_;
  Deadlines deadlines_;
  SteadyTime now_{};
  std::vector<std::unique_ptr<Connection>> connections_;  ///< by slot
  std::vector<std::uint32_t> free_slots_;
  std::vector<std::unique_ptr<Active>> spare_;  ///< of connections that went idle
  std::vector<std::uint64_t> scheduled_, scheduled_now_;
  std::vector<std::shared_ptr<Job>> jobs_;  ///< complete in this turn
  std::vector<std::shared_ptr<Exchange>> mail_;
  std::vector<char> scratch_;                     ///< what one read returns
  std::uint32_t idle_first_ = 0, idle_last_ = 0;  ///< longest idle first; slot + 1
  std::size_t max_connections_ = 0;
  std::size_t open_ = 0;
  std::size_t outgoing_bytes_ = 0;                      ///< answers that wait for slow readers
  SteadyTime listeners_resume_at_ = SteadyTime::max();  ///< max = they are not paused
  bool is_refusing_ = false;                            ///< has seen is_draining_
  std::int64_t date_s_ = -1;
  std::string date_;
  std::array<std::uint64_t, 2> id_state_{};

  std::vector<Listener> listeners_;     ///< set by start(), closed by the front thread
  std::vector<std::string> addresses_;  ///< constant after start()
  std::atomic<bool> is_draining_{false};
  std::atomic<bool> is_stopping_{false};
  std::atomic<std::int64_t> stop_at_ns_{0};  ///< steady clock; valid once is_stopping_
  std::atomic<std::uint64_t> open_count_{0}, requests_{0}, refused_{0};
  std::jthread thread_;
};

}  // namespace traceway::http
