#include "metrics/registry.h"

#include "base/hash.h"
#include "base/log.h"
#include "base/thread.h"

#include <chrono>

namespace traceway::metrics {

namespace {

constexpr std::size_t kMaxPending = 10'000;
constexpr std::size_t kMaxKnown = 100'000;
constexpr std::size_t kNamesPerTransaction = 500;
constexpr std::chrono::seconds kRetryAfter{1};

std::uint64_t fingerprint_of(const Uuid& project, std::string_view name) {
  constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15ULL;
  return hash64(project.view()) * kMix ^ hash64(name);
}

}  // namespace

Registry::Registry(MainDb& main, const Clock& clock)
    : main_(main),
      clock_(clock),
      thread_(start_thread("metric-registry", [this](const std::stop_token& stop) { run(stop); })) {
}

Registry::~Registry() {
  thread_.request_stop();
  thread_.join();
  settle();
}

void Registry::note(const Uuid& project, std::span<const MetricDefinition> definitions) {
  if (definitions.empty()) return;
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    for (const MetricDefinition& one : definitions) {
      // What finds no room is not remembered, so the next point of its name brings it back.
      if (pending_.size() >= kMaxPending) break;
      if (known_.size() >= kMaxKnown) known_.clear();
      if (!known_.insert(fingerprint_of(project, one.name)).second) continue;
      pending_.push_back({project, one});
      is_new = true;
    }
  }
  if (is_new) is_noted_.notify_one();
}

void Registry::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      is_noted_.wait(lock, stop, [&] { return !pending_.empty(); });
    }
    if (stop.stop_requested()) return;
    settle();
    std::unique_lock lock(mutex_);
    if (pending_.empty()) continue;  // else the database refused; it may come round
    is_noted_.wait_for(lock, stop, kRetryAfter, [] { return false; });
  }
}

void Registry::settle() {
  const std::lock_guard writing(writing_);
  for (;;) {
    std::vector<Noted> names;
    {
      const std::lock_guard lock(mutex_);
      const std::size_t count = std::min(pending_.size(), kNamesPerTransaction);
      names.assign(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
    }
    if (names.empty()) return;
    if (const auto done = write(names); !done) {
      log::warn(
          "metrics", "names of metrics could not be registered yet",
          {{"names", static_cast<std::int64_t>(names.size())}, {"reason", done.error().detail}});
      return;
    }
    const std::lock_guard lock(mutex_);  // only settle() takes from the front
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(names.size()));
  }
}

Result<void> Registry::write(std::span<const Noted> names) {
  const std::int64_t now_ns = clock_.now_ns();
  return main_.write([&](Tx& tx) -> Result<void> {
    for (const Noted& one : names) {
      const auto done = tx.run("metrics.register",
                               {{"project_id", to_value(one.project)},
                                {"name", to_value(one.definition.name)},
                                {"metric_type", to_value(metric_type_name(one.definition.type))},
                                {"unit", to_value(one.definition.unit)},
                                {"created_at", now_ns},
                                {"limit", kMaxNames}});
      if (!done) return fail(done);
    }
    return {};
  });
}

Result<std::vector<RegisteredMetric>> Registry::all(const Uuid& project) {
  settle();
  return main_.read([&](Tx& tx) {
    return traceway::run<RegisteredMetric>(tx, "metrics.registered",
                                           {{"project_id", to_value(project)}});
  });
}

Result<std::optional<RegisteredMetric>> Registry::find(const Uuid& project, std::string_view name) {
  settle();
  return main_.read([&](Tx& tx) {
    return run_one<RegisteredMetric>(tx, "metrics.registered_as",
                                     {{"project_id", to_value(project)}, {"name", to_value(name)}});
  });
}

}  // namespace traceway::metrics
