// Says that input was rejected without letting a client flood the log.
#pragma once

#include "base/id.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace traceway::ingest {

/// At most one line per project, reason and minute, with how many there were since the last one.
/// Any thread. Source: ingest 10.
class RejectionLog {
 public:
  /// `reason` is a constant of the program, never text of a client.
  void note(const Uuid& project, std::string_view reason, std::int64_t now_ns);

 private:
  struct Entry {
    std::int64_t minute = -1;
    std::uint64_t silent = 0;  ///< since the last line
  };

  static constexpr std::size_t kMaxEntries = 1024;
  std::mutex mutex_;  ///< guards entries_
  std::map<std::pair<Uuid, std::string>, Entry> entries_;
};

}  // namespace traceway::ingest
