// Named threads that their owner joins, and the fence every thread runs behind.
#pragma once

#include <functional>
#include <string>
#include <thread>

namespace traceway {

/// Starts `run` on a thread named `name` (cut to 15 characters). An exception that leaves `run` is
/// logged as an error and ends the thread, never the process silently. Join through the returned
/// object; never detach.
[[nodiscard]] std::jthread start_thread(const std::string& name,
                                        std::function<void(std::stop_token)> run);

}  // namespace traceway
