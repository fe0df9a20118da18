#include "ingest/rejection_log.h"

#include "base/log.h"

namespace traceway::ingest {

void RejectionLog::note(const Uuid& project, std::string_view reason, std::int64_t now_ns) {
  constexpr std::int64_t kMinuteNs = 60'000'000'000;
  const std::int64_t minute = now_ns / kMinuteNs;
  std::uint64_t count = 0;
  {
    const std::lock_guard lock(mutex_);
    if (entries_.size() >= kMaxEntries) entries_.clear();
    Entry& entry = entries_[{project, std::string(reason)}];
    ++entry.silent;
    if (entry.minute == minute) return;
    entry.minute = minute;
    count = std::exchange(entry.silent, 0);
  }
  const std::string id = to_string(project);
  log::info("ingest", "input rejected", {{"project", id}, {"reason", reason}, {"count", count}});
}

}  // namespace traceway::ingest
