// The issue list over many occurrences, beside a raw SQL count over the same rows in the same run.
//   issues_bench [occurrences, default 1,000,000]
#include "api/buckets.h"
#include "api/exception_groups.h"
#include "base/clock.h"
#include "base/hash.h"
#include "bench/figures.h"
#include "issues/issue_rows.h"
#include "storage/sqlite/telemetry_db.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace traceway {
namespace {

constexpr std::int64_t kDayNs = 24LL * 3600 * 1'000'000'000;
constexpr std::size_t kGroups = 10'000;
constexpr std::size_t kPerRequest = 200;
constexpr std::size_t kRequestsPerCommit = 10;

std::string hash_of(std::size_t group) {
  return to_hex(hash128(std::to_string(group))).substr(0, 16);
}

/// Occurrences of 30 days: a few issues make most of them, as in life; three texts an issue.
class Occurrences {
 public:
  Occurrences(std::int64_t now_ns, std::size_t count)
      : now_ns_(now_ns),
        at_ns_(now_ns - 30 * kDayNs),
        step_ns_(30 * kDayNs / static_cast<std::int64_t>(count)) {}

  TelemetryBatch next(const Uuid& project) {
    TelemetryBatch batch;
    batch.project = project;
    batch.received_ns = now_ns_;
    for (std::size_t i = 0; i < kPerRequest; ++i) add(batch);
    return batch;
  }

 private:
  void add(TelemetryBatch& batch) {
    const double skewed = std::uniform_real_distribution<double>(0, 1)(random_);
    const auto group = static_cast<std::size_t>(skewed * skewed * skewed * kGroups);
    Exception& made = batch.exceptions.emplace_back();
    made.id = uuid_v4();
    made.recorded_ns = at_ns_ += step_ns_;
    made.hash = batch.arena.copy(hash_of(group));
    made.grouping_version = 1;
    made.stack_trace = batch.arena.copy(text_of(group, random_() % 3));
    made.app_version = random_() % 4 == 0 ? "1.4.1" : "1.4.0";
    made.server_name = random_() % 2 == 0 ? "web-1" : "web-2";
    made.attributes = {static_cast<std::uint32_t>(batch.attributes.size()), 2};
    batch.attributes.push_back(
        {"user.id", batch.arena.copy("user-" + std::to_string(random_() % 20'000))});
    batch.attributes.push_back({"http.request.method", "GET"});
  }

  static std::string text_of(std::size_t group, std::uint64_t variant) {
    std::string out = "TypeError: value " + std::to_string(variant) + " of issue " +
                      std::to_string(group) + " is wrong\n";
    for (int frame = 0; frame < 20; ++frame) {
      out += "    at handler" + std::to_string(group % 97 + static_cast<std::size_t>(frame)) +
             " (/srv/shop/src/module" + std::to_string(group % 31) +
             ".js:" + std::to_string(frame * 7 + 3) + ":11)\n";
    }
    return out;
  }

  std::int64_t now_ns_;
  std::int64_t at_ns_;
  std::int64_t step_ns_;
  std::mt19937_64 random_{11};
};

struct Bench {
  TelemetryDb& db;
  Uuid project;
  std::int64_t now_ns;
  bench::Samples raw_ms;
  bench::FigureTable table;

  void line(const char* name, const std::function<void()>& work) const {
    table.row(name, bench::times_ms(5, work), raw_ms);
  }

  /// What the route does: all groups, the page of fifty by count, dressed.
  void list(TimeRange range, const std::string& search,
            const std::vector<issues::FieldFilter>& filters) const {
    api::GroupFilter filter{project, range};
    const auto wanted = issues::occurrence_filter(db, project, filters).value();
    auto groups = search.empty() && filters.empty()
                      ? api::exception_groups(db, filter).value()
                      : issues::matching_groups(db, filter, wanted, search).value();
    std::ranges::sort(groups,
                      [](const auto& a, const auto& b) { return a.group.count > b.group.count; });
    if (groups.size() > 50) groups.resize(50);
    filter.range = api::drawn_range(range, groups);
    filter.trend_bucket_minutes = api::bucket_minutes_for(filter.range);
    for (auto& one : groups) (void)complete_group(db, filter, now_ns, one);
  }
};

void measure(const Bench& bench) {
  const TimeRange all{INT64_MIN, bench.now_ns};
  const TimeRange week{bench.now_ns - 7 * kDayNs + 12'345, bench.now_ns - 54'321};
  const TimeRange day{bench.now_ns - kDayNs + 12'345, bench.now_ns};
  bench.line("list, all time", [&] { bench.list(all, "", {}); });
  bench.line("list, 7 days with ragged edges", [&] { bench.list(week, "", {}); });
  bench.line("list, 24 hours", [&] { bench.list(day, "", {}); });
  bench.line("groups alone, 7 days",
             [&] { (void)api::exception_groups(bench.db, {bench.project, week}).value(); });
  bench.line("search, a rare text, all time", [&] { bench.list(all, "issue 4711 ", {}); });
  bench.line("search, a common text, all time", [&] { bench.list(all, "typeerror", {}); });
  bench.line("filter by server and attribute, 24 hours",
             [&] { bench.list(day, "", {{"server", "web-1"}, {"http.request.method", "GET"}}); });
  bench.line("filter by file and function, 24 hours",
             [&] { bench.list(day, "", {{"file", "module7.js"}, {"function", "handler40"}}); });
  const issues::IssueRows busiest{bench.project, hash_of(0), all, {}};
  bench.line("tags of the busiest issue", [&] {
    const auto rows = issues::newest_rows(bench.db, busiest, {1, 10'000}).value();
    (void)issues::tags_of_rows(bench.db, bench.project, rows).value();
  });
}

int run(std::size_t count) {
  const auto directory =
      std::filesystem::temp_directory_path() / ("traceway-issues-bench-" + to_hex(uuid_v4()));
  std::filesystem::create_directories(directory);
  const SystemClock clock;
  sqlite::TelemetryDbOptions options;
  options.path = (directory / "telemetry.db").string();
  auto opened = sqlite::open_telemetry_db(options, clock);
  if (!opened) return 1;
  TelemetryDb& db = **opened;
  const Uuid project = uuid_v4();
  const std::int64_t now = clock.now_ns();
  Occurrences occurrences(now, count);
  std::size_t stored = 0;
  double append_s = 0;
  while (stored < count) {
    std::vector<Prepared> jobs;
    for (std::size_t i = 0; i < kRequestsPerCommit; ++i)
      jobs.push_back(db.prepare(occurrences.next(project)).value());
    append_s += bench::times_ms(1, [&] { (void)db.append(jobs).value(); }).median() / 1000;
    stored += kRequestsPerCommit * kPerRequest;
    (void)db.apply({.kind = Command::Kind::kCheckpoint, .project = {}, .params = {}});
  }
  std::printf("\n%zu occurrences of %zu issues, %.0f bytes each on disk, %.0f appended/s\n", stored,
              kGroups,
              static_cast<double>(db.file_bytes() - db.wal_bytes()) / static_cast<double>(stored),
              static_cast<double>(stored) / append_s);
  SQLite::Database raw(options.path, SQLite::OPEN_READONLY);
  const bench::Samples raw_ms = bench::times_ms(3, [&] {
    SQLite::Statement groups(
        raw, "SELECT exception_hash, count(*) FROM exception_stack_traces GROUP BY exception_hash");
    while (groups.executeStep()) {
    }
  });
  measure({db, project, now, raw_ms, {"Questions about issues", "ms", "raw count"}});
  opened->reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
  return 0;
}

}  // namespace
}  // namespace traceway

int main(int argc, char** argv) {
  return traceway::run(argc > 1 ? static_cast<std::size_t>(std::atoll(argv[1])) : 1'000'000);
}
