#include "base/clock.h"
#include "base/thread.h"
#include "cli/cli.h"
#include "demo/access.h"
#include "demo/campaign.h"
#include "demo/progress.h"

#include <iostream>
#include <pthread.h>
#include <signal.h>
#include <time.h>

namespace traceway::cli {

namespace {

constexpr int kFailed = 1;
constexpr timespec kLook{.tv_sec = 0, .tv_nsec = 100'000'000};

/// The first signal requests a stop, the second ends the process. The signals must be blocked
/// before any thread starts.
void watch_signals(const sigset_t& signals, std::stop_source& stop, const std::stop_token& end) {
  while (!end.stop_requested()) {
    if (sigtimedwait(&signals, nullptr, &kLook) < 0) continue;
    stop.request_stop();
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    return;
  }
}

int fail_with(const std::string& reason) {
  std::cerr << "traceway: " << reason << "\n";
  return kFailed;
}

void print_sign_in(const demo::Options& options, const demo::Access& access) {
  if (access.email.empty()) return;
  std::cout << "Sign in at " << options.url << "/login\n  email     " << access.email << "\n";
  if (!access.password.empty()) std::cout << "  password  " << access.password << "\n";
  std::cout << std::flush;
}

/// What was lost and what to try, or 0.
int outcome_of(const demo::DeliveryStatus& status) {
  if (!status.failure.empty()) {
    return fail_with(status.failure + "; " + std::to_string(status.unsent) +
                     " events were not sent. See whether the server runs (`traceway serve`) and "
                     "what it logs, then run the command again");
  }
  if (status.unsent > 0)
    return fail_with("interrupted: " + std::to_string(status.unsent) + " events were not sent");
  if (status.rejected > 0) {
    return fail_with("the server rejected " + std::to_string(status.rejected) +
                     " elements; its log and the project's connection page say why");
  }
  return 0;
}

}  // namespace

int demo(const demo::Options& options) {
  signal(SIGPIPE, SIG_IGN);
  auto client = http::Client::open(options.url);
  if (!client) return fail_with(client.error().message);
  const auto access = demo::open_access(*client, options);
  if (!access) return fail_with(access.error().message);
  print_sign_in(options, *access);
  const auto has_report = demo::check_routes(*client, *access);
  if (!has_report) return fail_with(has_report.error().message);
  if (!*has_report) {
    std::cout
        << "The server has no /api/report: the worker reports by OTLP, and what only browsers "
           "and messages say is left out.\n";
  }
  const demo::Plan plan = demo::plan_of(options, SystemClock().now_ns(), *has_report);
  std::cout << "Seed " << plan.seed << "\n" << std::flush;

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::stop_source stop;
  const std::jthread watcher = start_thread(
      "signals", [&](const std::stop_token& end) { watch_signals(signals, stop, end); });
  demo::Progress progress;
  const demo::DeliveryStatus status = demo::run_campaign(
      plan, {options.url, access->tokens},
      [&](const demo::DeliveryStatus& so_far, std::int64_t at_ns) { progress.show(so_far, at_ns); },
      stop.get_token());
  progress.end();
  std::cout << demo::summary_of(status, access->projects, progress.seconds()) << std::flush;
  return outcome_of(status);
}

}  // namespace traceway::cli
