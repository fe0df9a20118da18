#include "sessions/recording_keeper.h"

#include "app/config.h"
#include "app/services.h"
#include "base/json.h"
#include "base/log.h"
#include "base/thread.h"
#include "pipeline/writer.h"
#include "storage/blobs.h"
#include "storage/telemetry_db.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace traceway::sessions {

namespace {

constexpr std::chrono::hours kEvery{1};
constexpr std::chrono::seconds kCommitWait{30};
constexpr std::int64_t kDayNs = 86'400'000'000'000;
constexpr std::size_t kFilesAtOnce = 500;

using FilesByProject = std::map<Uuid, std::vector<std::string>>;

/// One slice, as a job of the writer; false when it was not committed.
bool delete_some(const Uuid& project, std::int64_t before_ns, Services& services) {
  std::vector<Command> commands(1);
  commands.front().kind = Command::Kind::kForgetRecordings;
  commands.front().project = project;
  commands.front().params = {{"before", before_ns}};
  auto job = services.telemetry.prepare(std::move(commands));
  if (!job) return false;
  const auto done = std::make_shared<std::promise<bool>>();
  auto is_committed = done->get_future();
  const auto answer = services.writer.submit(
      std::move(*job),
      [done](const pipeline::CommitResult& result) { done->set_value(result.is_committed); });
  return answer == pipeline::Submit::kAccepted &&
         is_committed.wait_for(kCommitWait) == std::future_status::ready && is_committed.get();
}

/// Old rows of one project, slice by slice.
Result<std::uint64_t> expire(const Uuid& project, std::int64_t before_ns, Services& services,
                             const std::stop_token& stop) {
  std::uint64_t expired = 0;
  for (std::int64_t left_before = INT64_MAX;;) {
    auto rows = services.telemetry.run("recordings.count_old",
                                       {{"project_id", to_value(project)}, {"before", before_ns}});
    if (!rows) return fail(rows);
    const std::int64_t left = rows->front().integer("old");
    if (left_before != INT64_MAX) expired += static_cast<std::uint64_t>(left_before - left);
    // What does not become less is left to the next round.
    if (left == 0 || left >= left_before || stop.stop_requested()) return expired;
    left_before = left;
    if (!delete_some(project, before_ns, services)) return expired;
  }
}

/// Files of a certain age by the project in their key.
FilesByProject files_before(const BlobStore& blobs, std::int64_t before_ns) {
  constexpr std::string_view kFolder = "recordings/";
  FilesByProject out;
  blobs.each("recordings", [&](BlobInfo&& file) {
    if (file.modified_ns >= before_ns) return;
    const std::size_t end = file.key.find('/', kFolder.size());
    const auto project =
        parse_uuid(std::string_view(file.key).substr(kFolder.size(), end - kFolder.size()));
    if (project) out[*project].push_back(std::move(file.key));
  });
  return out;
}

/// Removes those of the files that no row names.
Result<std::uint64_t> sweep(const Uuid& project, const std::vector<std::string>& files,
                            Services& services) {
  auto rows = services.telemetry.run("recordings.known_files", {{"project_id", to_value(project)},
                                                                {"file_paths", to_json(files)}});
  if (!rows) return fail(rows);
  std::set<std::string> known;
  for (const Row& row : *rows) known.insert(row.text("file_path"));
  std::uint64_t removed = 0;
  for (const std::string& file : files) {
    if (known.contains(file)) continue;
    if (auto done = services.blobs.remove(file); !done) return fail(done);
    ++removed;
  }
  return removed;
}

}  // namespace

Result<KeeperRound> RecordingKeeper::run_once(const std::stop_token& stop) {
  KeeperRound round;
  const std::int64_t now_ns = services_.clock.now_ns();
  const auto days = static_cast<std::int64_t>(services_.config.recording_retention_days);
  auto projects = services_.telemetry.run("recordings.projects", {});
  if (!projects) return fail(projects);
  for (const Row& row : *projects) {
    auto expired = expire(row.uuid("project_id"), now_ns - days * kDayNs, services_, stop);
    if (!expired) return fail(expired);
    round.expired_rows += *expired;
  }
  for (auto& [project, files] : files_before(services_.blobs, now_ns - kDayNs)) {
    for (std::size_t first = 0; first < files.size() && !stop.stop_requested();
         first += kFilesAtOnce) {
      const auto end = std::min(first + kFilesAtOnce, files.size());
      auto removed = sweep(project,
                           {files.begin() + static_cast<std::ptrdiff_t>(first),
                            files.begin() + static_cast<std::ptrdiff_t>(end)},
                           services_);
      if (!removed) return fail(removed);
      round.removed_files += *removed;
    }
  }
  return round;
}

void RecordingKeeper::start() {
  thread_ = start_thread("recordings", [this](const std::stop_token& stop) { run(stop); });
}

void RecordingKeeper::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void RecordingKeeper::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto round = run_once(stop);
    if (!round) {
      log::warn("sessions", "old recordings could not be removed",
                {{"reason", round.error().detail}});
    } else if (round->expired_rows + round->removed_files > 0) {
      log::info("sessions", "old recordings removed",
                {{"rows", round->expired_rows}, {"files", round->removed_files}});
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, kEvery, [] { return false; });
  }
}

}  // namespace traceway::sessions
