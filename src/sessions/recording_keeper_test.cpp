#include "sessions/recording_keeper.h"

#include "app/config.h"
#include "app/services.h"
#include "http/rejections.h"
#include "metrics/registry.h"
#include "model/project.h"
#include "pipeline/writer.h"
#include "storage/blobs.h"
#include "storage/sqlite/main_db.h"
#include "storage/sqlite/telemetry_db.h"
#include "storage/sqlite/temporary_directory.h"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <future>

namespace traceway::sessions {

namespace {

constexpr std::int64_t kDayNs = 86'400'000'000'000;

class LateClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_ns() const override { return SystemClock().now_ns() + ahead_ns; }

  std::atomic<std::int64_t> ahead_ns{0};
};

struct NoProjects final : ProjectDirectory {
  [[nodiscard]] std::shared_ptr<const ProjectSettings> find(const Uuid&) const override {
    return nullptr;
  }
};

template <class T>
std::unique_ptr<T> opened(Result<std::unique_ptr<T>> result) {
  REQUIRE(result);
  return std::move(*result);
}

/// The store around a keeper whose clock can be set ahead.
struct Store {
  sqlite::TemporaryDirectory directory;
  LateClock clock;
  NoProjects projects;
  ByteBudget budget{1U << 20U};
  Config config;
  http::Rejections rejections;
  std::unique_ptr<MainDb> main =
      opened(sqlite::open_main_db({directory.file("main.db"), directory.path(), 4, 30'000}, clock));
  std::unique_ptr<TelemetryDb> telemetry =
      opened(sqlite::open_telemetry_db({directory.file("t.db"), directory.path()}, clock));
  std::unique_ptr<BlobStore> blobs = opened(BlobStore::open(directory.file("blobs")));
  metrics::Registry registry{*main, clock};
  pipeline::TelemetryWriter writer{*telemetry, clock, {}};
  Services services{*main, *telemetry, *blobs,     writer, projects, budget,
                    clock, config,     rejections, budget, registry};
  RecordingKeeper keeper{services};
  Uuid project = uuid_v4();

  Store() {
    config.recording_retention_days = 30;
    writer.start();
  }

  /// A session with one recording, received now.
  void record() {
    TelemetryBatch batch;
    batch.project = project;
    batch.received_ns = clock.now_ns();
    Session& session = batch.sessions.emplace_back();
    session.id = uuid_v4();
    session.started_ns = batch.received_ns;
    Recording& recording = batch.recordings.emplace_back();
    recording.id = uuid_v4();
    recording.session = session.id;
    recording.file_path = batch.arena.copy(file(to_string(session.id)));
    auto job = telemetry->prepare(std::move(batch));
    REQUIRE(job);
    std::promise<bool> done;
    REQUIRE(writer.submit(std::move(*job), [&done](const pipeline::CommitResult& result) {
      done.set_value(result.is_committed);
    }) == pipeline::Submit::kAccepted);
    REQUIRE(done.get_future().get());
  }

  std::string file(const std::string& name) const {
    const std::string key = "recordings/" + to_string(project) + "/sessions/" + name + "/0.json";
    const std::string_view text = R"({"events":[]})";
    REQUIRE(blobs->put(key, std::span(&text, 1)));
    return key;
  }

  [[nodiscard]] int files() const {
    int count = 0;
    blobs->each("recordings", [&](BlobInfo&&) { ++count; });
    return count;
  }

  KeeperRound round() {
    const auto done = keeper.run_once({});
    REQUIRE(done);
    return *done;
  }
};

}  // namespace

TEST_CASE("recording keeper: rows and files leave together when they are too old") {
  Store store;
  for (int i = 0; i < 520; ++i) store.record();
  CHECK(store.round().expired_rows == 0);
  store.clock.ahead_ns = 29 * kDayNs;
  CHECK(store.round().expired_rows == 0);
  CHECK(store.files() == 520);
  store.record();
  store.clock.ahead_ns = 31 * kDayNs;
  const KeeperRound round = store.round();
  CHECK(round.expired_rows == 1040);
  CHECK(round.removed_files == 520);
  CHECK(store.files() == 1);
  CHECK(store.round().removed_files == 0);
}

TEST_CASE("recording keeper: a file without a row goes when it is a day old") {
  Store store;
  store.record();
  store.file("orphan");
  CHECK(store.round().removed_files == 0);
  store.clock.ahead_ns = 2 * kDayNs;
  CHECK(store.round().removed_files == 1);
  CHECK(store.files() == 1);
}

TEST_CASE("recording keeper: the thread stops when it is told") {
  Store store;
  store.file("orphan");
  store.clock.ahead_ns = 2 * kDayNs;
  store.keeper.start();
  while (store.files() > 0) std::this_thread::yield();
  store.keeper.stop();
  store.keeper.stop();
}

}  // namespace traceway::sessions
