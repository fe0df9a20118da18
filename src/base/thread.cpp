#include "base/thread.h"

#include "base/log.h"

#include <exception>
#include <pthread.h>

namespace traceway {

std::jthread start_thread(const std::string& name, std::function<void(std::stop_token)> run) {
  std::jthread thread([name, run = std::move(run)](const std::stop_token& token) {
    try {
      run(token);
    } catch (const std::exception& failure) {
      log::error("base", "thread ended by an exception",
                 {{"thread", name}, {"what", failure.what()}});
    }
  });
  pthread_setname_np(thread.native_handle(), name.substr(0, 15).c_str());
  return thread;
}

}  // namespace traceway
