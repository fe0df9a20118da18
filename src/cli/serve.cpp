#include "app/app.h"
#include "base/log.h"
#include "cli/cli.h"
#include "embed/version.h"

#include <iostream>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

namespace traceway::cli {

namespace {

constexpr int kFailed = 1;
constexpr int kSecondSignal = 130;

/// Bodies come and go in megabytes: two arenas instead of one per thread, and large blocks straight
/// from the system, so that what one flood took goes back.
void keep_memory_small() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 512 * 1024);
  mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
#endif
}

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

/// From now on a signal ends the process at once; the databases stay consistent.
void let_second_signal_exit(const sigset_t& signals) {
  struct sigaction action{};
  action.sa_handler = [](int) { _exit(kSecondSignal); };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace

int serve(const config::Resolved& resolved) {
  if (auto ok = log::configure(resolved.config.log_format, resolved.config.log_level); !ok) {
    std::cerr << "traceway: " << ok.error().message << "\n";
    return 2;
  }
  keep_memory_small();
  // Blocked before any thread exists, so every thread inherits it and only sigwait below sees a
  // signal.
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  log::info("app", "starting", {{"version", kVersion}, {"pid", ::getpid()}});
  for (const std::string& note : resolved.notes)
    log::warn("app", "setting ignored", {{"reason", note}});
  auto app = App::create(resolved.config);
  if (!app) {
    log::error("app", "cannot start",
               {{"reason", app.error().message}, {"detail", app.error().detail}});
    return kFailed;
  }
  if (auto ok = (*app)->start(); !ok) {
    log::error("app", "cannot start",
               {{"reason", ok.error().message}, {"detail", ok.error().detail}});
    return kFailed;
  }
  int received = 0;
  sigwait(&signals, &received);
  log::info("app", "stopping", {{"signal", received}});
  let_second_signal_exit(signals);
  return (*app)->stop();
}

}  // namespace traceway::cli
