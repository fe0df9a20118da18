// Log records in the store: encoding and appending, bytes a line, and the searches of
// telemetry-store 8 beside a plain search of the same texts in memory.
//   logs_bench [lines, default 1,000,000]
#include "base/clock.h"
#include "bench/figures.h"
#include "storage/sqlite/telemetry_db.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace traceway {
namespace {

constexpr std::size_t kPerRequest = 512;
constexpr std::size_t kRequestsPerCommit = 16;
constexpr int kRuns = 5;
constexpr std::string_view kAbsent = "retries forever";

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Lines of about 63 bytes, one in time after the other; one of them holds the rare word.
class Lines {
 public:
  TelemetryBatch next(const Uuid& project) {
    TelemetryBatch batch;
    batch.project = project;
    batch.received_ns = now_ns_;
    batch.attributes = {{"service.name", "shop"}, {"host.name", "web-1"}};
    for (std::size_t i = 0; i < kPerRequest; ++i) {
      LogRecord log;
      now_ns_ += static_cast<std::int64_t>(random_() % 1'000'000);
      log.timestamp_ns = now_ns_;
      log.severity_number = random_() % 20 == 0 ? 17 : 9;
      log.severity_text = log.severity_number == 17 ? "ERROR" : "INFO";
      log.service_name = "shop";
      log.scope_name = "shop.http";
      log.body = batch.arena.copy(body());
      log.resource_attributes = {0, 2};
      batch.logs.push_back(log);
    }
    return batch;
  }

 private:
  std::string body() {
    static const char* const kShapes[] = {
        "GET /api/v1/orders/%u completed with status 200 in %u ms, cached",
        "user %u signed in from the mobile app, session is valid for %u h",
        "cache miss for product:%u in region eu-central, loaded in %u ms ",
        "payment %u was accepted by the provider after %u ms, no retries "};
    char text[128];
    const int size = std::snprintf(text, sizeof text, kShapes[random_() % 4],
                                   static_cast<unsigned>(random_() % 100'000),
                                   static_cast<unsigned>(random_() % 900));
    std::string out(text, static_cast<std::size_t>(size));
    if (++made_ == 1000) out += " xylophone";
    return out;
  }

  std::mt19937_64 random_{3};
  std::int64_t now_ns_ = 1'790'000'000'000'000'000;
  std::size_t made_ = 0;
};

class Bench {
 public:
  explicit Bench(std::size_t lines) : count_(lines / kPerRequest * kPerRequest) {
    sqlite::TelemetryDbOptions options;
    options.path = (dir_ / "telemetry.db").string();
    options.backup_dir = dir_.string();
    auto opened = sqlite::open_telemetry_db(options, clock_);
    if (!opened) std::abort();
    db_ = std::move(*opened);
  }

  ~Bench() {
    db_.reset();
    std::filesystem::remove_all(dir_);
  }

  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  void write() {
    Lines lines;
    double preparing = 0;
    double appending = 0;
    for (std::size_t done = 0; done < count_;) {
      std::vector<TelemetryBatch> batches;
      for (std::size_t i = 0; i < kRequestsPerCommit && done < count_; ++i, done += kPerRequest)
        batches.push_back(lines.next(project_));
      for (const TelemetryBatch& batch : batches) {
        for (const LogRecord& log : batch.logs) texts_.append(log.body);
      }
      std::vector<Prepared> jobs;
      preparing += seconds_of([&] {
        for (TelemetryBatch& batch : batches) jobs.push_back(*db_->prepare(std::move(batch)));
      });
      appending += seconds_of([&] {
        if (!db_->append(jobs)) std::abort();
      });
    }
    const auto n = static_cast<double>(count_);
    if (!db_->apply({Command::Kind::kCheckpoint, project_, {}})) std::abort();
    std::printf(
        "\n%s lines, %.1f bytes a line of %.0f on disk; encoded %s/s a thread, appended %s/s\n",
        bench::figure(n).c_str(), static_cast<double>(db_->file_bytes() - db_->wal_bytes()) / n,
        static_cast<double>(texts_.size()) / n, bench::figure(n / preparing).c_str(),
        bench::figure(n / appending).c_str());
  }

  /// Searches beside a plain search of the same texts in memory.
  void search() {
    const bench::Samples limit = bench::times_ms(kRuns, [&] {
      if (memmem(texts_.data(), texts_.size(), kAbsent.data(), kAbsent.size()) != nullptr)
        std::abort();
    });
    const bench::FigureTable table("Searches of log records", "ms", "memmem over all texts");
    const auto ask = [&](const char* name, Op op, const char* needle, std::optional<int> count_ms) {
      std::int64_t found = 0;
      const bench::Samples took = times_of(op, needle, count_ms, found);
      table.row(name, took, limit, std::to_string(found) + " found");
    };
    ask("rare word, all counted", Op::kWords, "xylophone", std::nullopt);
    ask("absent word", Op::kWords, "zeppelin", std::nullopt);
    ask("common word, newest 50", Op::kWords, "payment", 0);
    ask("common word, all counted", Op::kWords, "payment", std::nullopt);
    ask("rare substring, all read", Op::kContains, "lophon", std::nullopt);
    ask("common substring, newest 50", Op::kContains, "retries", 0);
  }

 private:
  bench::Samples times_of(Op op, const char* needle, std::optional<int> count_ms,
                          std::int64_t& found) {
    ListQuery query{Family::kLogs, {project_, {}, {}}, {"timestamp", true}, {0, 50}, {}};
    query.filter.predicates = {{"body", op, {std::string(needle)}}};
    if (count_ms) query.count_within = std::chrono::milliseconds(*count_ms);
    return bench::times_ms(kRuns, [&] {
      const auto table = db_->list(query);
      if (!table) std::abort();
      found = table->total;
    });
  }

  std::size_t count_;
  std::string texts_;
  SystemClock clock_;
  Uuid project_ = uuid_v4();
  std::filesystem::path dir_ =
      std::filesystem::temp_directory_path() / ("logs_bench_" + to_hex(uuid_v4()));
  bool is_made_ = std::filesystem::create_directory(dir_);
  std::unique_ptr<TelemetryDb> db_;
};

}  // namespace
}  // namespace traceway

int main(int argc, char** argv) {
  const std::size_t lines = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  traceway::Bench bench(lines);
  bench.write();
  bench.search();
}
