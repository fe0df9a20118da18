// The registry of metrics in the main database: what the first point of a name says about it, and
// what a user corrects.
#pragma once

#include "base/clock.h"
#include "model/metric_registry.h"
#include "storage/main_db.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <vector>

namespace traceway::metrics {

/// One row, as the queries need it.
struct RegisteredMetric {
  std::string name;
  std::string metric_type;
  std::string unit;
};

/// Writes new names on a thread of its own, so that neither the telemetry writer nor a request
/// waits for the main database. Names that cannot be written are tried again; of a project at most
/// kMaxNames are kept. Source: ingest 3.11, dashboard-api 8.3.
class Registry final : public MetricRegistry {
 public:
  static constexpr std::int64_t kMaxNames = 10'000;

  /// Keeps the references.
  Registry(MainDb& main, const Clock& clock);
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  /// Writes what is noted, once.
  ~Registry() override;

  void note(const Uuid& project, std::span<const MetricDefinition> definitions) override;

  /// Writes what was noted before the call, so that whoever stored a point reads what it said of
  /// its metric. A busy database only delays that. Any thread.
  void settle();

  /// All of a project. Errors: those of the database.
  [[nodiscard]] Result<std::vector<RegisteredMetric>> all(const Uuid& project);
  /// Empty when the name is not known.
  [[nodiscard]] Result<std::optional<RegisteredMetric>> find(const Uuid& project,
                                                             std::string_view name);

 private:
  struct Noted {
    Uuid project;
    MetricDefinition definition;
  };

  void run(const std::stop_token& stop);
  Result<void> write(std::span<const Noted> names);

  MainDb& main_;
  const Clock& clock_;
  std::mutex writing_;                       // one settle() at a time; taken before mutex_
  std::mutex mutex_;                         // guards what follows
  std::condition_variable_any is_noted_;     // pending_ is not empty
  std::deque<Noted> pending_;                // bounded
  std::unordered_set<std::uint64_t> known_;  // fingerprints of names that need no writing; bounded
  std::jthread thread_;                      // last: it uses all of the above
};

}  // namespace traceway::metrics

namespace traceway {

template <>
inline constexpr auto fields<metrics::RegisteredMetric> =
    std::tuple{field("name", &metrics::RegisteredMetric::name),
               field("metric_type", &metrics::RegisteredMetric::metric_type),
               field("unit", &metrics::RegisteredMetric::unit)};

}  // namespace traceway
