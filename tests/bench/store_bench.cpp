// The telemetry store alone: appends beside raw SQLite rows of the same spans, questions beside
// plain loops over the same numbers in memory.
//   store_bench [spans, default 1,000,000]
#include "base/clock.h"
#include "storage/sqlite/telemetry_db.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace traceway {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kPerRequest = 512;
constexpr std::size_t kRequestsPerCommit = 16;
constexpr std::int64_t kRangeNs = 24LL * 3600 * 1'000'000'000;

double seconds_of(const std::function<void()>& work) {
  const auto begin = Steady::now();
  work();
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

struct Plain {
  std::string route;
  std::int64_t start;
  std::int64_t duration;
  int status;
};

/// Batches of realistic endpoint and child spans, all within the last day.
class Spans {
 public:
  explicit Spans(std::int64_t now_ns) : now_ns_(now_ns) {
    for (int i = 0; i < 40; ++i) routes_.push_back("GET /v1/resource" + std::to_string(i) + "/:id");
  }

  TelemetryBatch next(const Uuid& project, std::vector<Plain>* plain) {
    TelemetryBatch batch;
    batch.project = project;
    batch.received_ns = now_ns_;
    for (std::size_t i = 0; i < kPerRequest; ++i) add(batch, i % 8 == 0, plain);
    return batch;
  }

 private:
  void add(TelemetryBatch& batch, bool is_root, std::vector<Plain>* plain) {
    Span span;
    if (is_root) trace_ = id();
    span.trace = trace_;
    span.id = span_id_from_bytes(id().view().substr(0, 8));
    if (!is_root)
      span.parent = last_root_;
    else
      last_root_ = span.id;
    const std::string& route = routes_[random_() % routes_.size()];
    span.name = is_root ? std::string_view(route) : "SELECT users";
    span.start_ns = now_ns_ - static_cast<std::int64_t>(random_() % kRangeNs);
    span.duration_ns = static_cast<std::int64_t>(200'000 + random_() % 900'000'000);
    span.source_start_ns = static_cast<std::uint64_t>(span.start_ns);
    span.source_end_ns = static_cast<std::uint64_t>(span.start_ns + span.duration_ns);
    span.service_name = "shop-api";
    span.scope_name = "@opentelemetry/instrumentation-http";
    span.resource_json =
        R"({"service.name":"shop-api","host.name":"node-3","telemetry.sdk.language":"nodejs"})";
    span.attributes = {static_cast<std::uint32_t>(batch.attributes.size()), 4};
    const std::string_view user = batch.arena.copy("user-" + std::to_string(random_() % 100'000));
    batch.attributes.insert(batch.attributes.end(), {{"http.request.method", "GET"},
                                                     {"http.route", route},
                                                     {"user.id", user},
                                                     {"network.protocol.version", "1.1"}});
    if (is_root) {
      span.kind = SpanKind::kServer;
      span.entity = EntityKind::kEndpoint;
      span.entity_id = id();
      span.entity_name = route;
      span.http_status = random_() % 50 == 0 ? 500 : 200;
      if (plain != nullptr)
        plain->push_back({route, span.start_ns, span.duration_ns, span.http_status});
    }
    batch.spans.push_back(span);
  }

  Uuid id() {
    Uuid out;
    const std::uint64_t words[2] = {random_(), random_()};
    std::memcpy(out.bytes.data(), words, sizeof words);
    return out;
  }

  std::int64_t now_ns_;
  std::mt19937_64 random_{7};
  std::vector<std::string> routes_;
  TraceId trace_;
  SpanId last_root_;
};

/// The obvious table: one row a span, no index.
double raw_rows_per_second(const std::string& path, Spans& spans, std::size_t count) {
  SQLite::Database db(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  db.exec("PRAGMA journal_mode=WAL");
  db.exec("PRAGMA synchronous=NORMAL");
  db.exec(
      "CREATE TABLE spans (project BLOB, trace BLOB, id BLOB, parent BLOB, name TEXT, kind INT, "
      "status INT, service TEXT, scope TEXT, start INT, duration INT, route TEXT, http_status INT, "
      "attributes TEXT, resource TEXT)");
  SQLite::Statement insert(db, "INSERT INTO spans VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  const Uuid project = uuid_v4();
  std::vector<TelemetryBatch> batches;
  for (std::size_t i = 0; i * kPerRequest < count; ++i)
    batches.push_back(spans.next(project, nullptr));
  const double took = seconds_of([&] {
    for (std::size_t b = 0; b < batches.size(); ++b) {
      if (b % kRequestsPerCommit == 0) db.exec(b == 0 ? "BEGIN" : "COMMIT; BEGIN");
      for (const Span& s : batches[b].spans) {
        std::string attributes;
        for (std::uint32_t i = 0; i < s.attributes.count; ++i) {
          const Attribute& one = batches[b].attributes[s.attributes.first + i];
          attributes.append(one.key).append("=").append(one.value).append(";");
        }
        int at = 0;
        const auto blob = [&](std::string_view v) {
          insert.bindNoCopy(++at, static_cast<const void*>(v.data()), static_cast<int>(v.size()));
        };
        const auto text = [&](std::string_view v) { insert.bind(++at, std::string(v)); };
        blob(project.view());
        blob(s.trace.view());
        blob(s.id.view());
        blob(s.parent.view());
        text(s.name);
        insert.bind(++at, static_cast<int>(s.kind));
        insert.bind(++at, int{s.status_code});
        text(s.service_name);
        text(s.scope_name);
        insert.bind(++at, s.start_ns);
        insert.bind(++at, s.duration_ns);
        text(s.entity_name);
        insert.bind(++at, int{s.http_status});
        text(attributes);
        text(s.resource_json);
        insert.exec();
        insert.reset();
      }
    }
    db.exec("COMMIT");
  });
  return static_cast<double>(batches.size() * kPerRequest) / took;
}

AggregateQuery grouped(const Uuid& project, std::int64_t now_ns) {
  AggregateQuery query{.family = Family::kEndpoints,
                       .filter = {project, {now_ns - kRangeNs, now_ns}, {}},
                       .group_by = {"endpoint"}};
  query.measures = {{MeasureKind::kCount, {}, 0, {}, "count"},
                    {MeasureKind::kQuantile, "duration", 0.5, {}, "p50"},
                    {MeasureKind::kQuantile, "duration", 0.95, {}, "p95"},
                    {MeasureKind::kQuantile, "duration", 0.99, {}, "p99"},
                    {MeasureKind::kCountWhere,
                     {},
                     0,
                     {{"status_code", Op::kGreaterEqual, {std::int64_t{500}}}},
                     "failed"}};
  return query;
}

/// The limit of that question: the numbers already in memory, sorted into groups and asked for the
/// same quantiles.
void plain_loops(const std::vector<Plain>& rows) {
  std::map<std::string_view, std::vector<std::int64_t>> groups;
  for (const Plain& row : rows) groups[row.route].push_back(row.duration);
  volatile std::int64_t sink = 0;
  for (auto& [route, values] : groups) {
    for (const double p : {0.5, 0.95, 0.99}) {
      const auto at =
          values.begin() + static_cast<std::ptrdiff_t>(p * static_cast<double>(values.size() - 1));
      std::nth_element(values.begin(), at, values.end());
      sink = sink + *at;
    }
  }
}

double median_ms(int runs, const std::function<void()>& work) {
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) times.push_back(seconds_of(work) * 1000);
  std::ranges::sort(times);
  return times[times.size() / 2];
}

int run(std::size_t count) {
  const auto directory =
      std::filesystem::temp_directory_path() / ("traceway-store-bench-" + to_hex(uuid_v4()));
  std::filesystem::create_directories(directory);
  const SystemClock clock;
  const std::int64_t now = clock.now_ns();
  Spans spans(now);
  const double raw = raw_rows_per_second((directory / "rows.db").string(), spans,
                                         std::min<std::size_t>(count, 200'000));

  sqlite::TelemetryDbOptions options;
  options.path = (directory / "blocks.db").string();
  auto opened = sqlite::open_telemetry_db(options, clock);
  if (!opened) return 1;
  TelemetryDb& db = **opened;
  const Uuid project = uuid_v4();
  std::vector<Plain> plain;
  double prepare_s = 0;
  double append_s = 0;
  std::size_t stored = 0;
  Uuid some_trace;
  while (stored < count) {
    std::vector<TelemetryBatch> batches;
    for (std::size_t i = 0; i < kRequestsPerCommit; ++i)
      batches.push_back(spans.next(project, &plain));
    some_trace = batches.front().spans.front().trace;
    std::vector<Prepared> jobs;
    prepare_s += seconds_of([&] {
      for (TelemetryBatch& batch : batches) jobs.push_back(db.prepare(std::move(batch)).value());
    });
    append_s += seconds_of([&] { (void)db.append(jobs).value(); });
    stored += kRequestsPerCommit * kPerRequest;
  }
  const auto per_second = [&](double s) { return static_cast<double>(stored) / s; };
  std::printf("%zu spans, %.1f bytes each on disk\n\n", stored,
              static_cast<double>(db.file_bytes()) / static_cast<double>(stored));
  std::printf("%-44s %12s %12s %8s\n", "append, one core", "spans/s", "raw rows/s", "ratio");
  std::printf("%-44s %12.0f %12.0f %8.2f\n", "prepare (any thread)", per_second(prepare_s), raw,
              per_second(prepare_s) / raw);
  std::printf("%-44s %12.0f %12.0f %8.2f\n", "append (writer thread)", per_second(append_s), raw,
              per_second(append_s) / raw);
  std::printf("%-44s %12.0f %12.0f %8.2f\n\n", "both, one after the other",
              per_second(prepare_s + append_s), raw, per_second(prepare_s + append_s) / raw);

  const double limit = median_ms(5, [&] { plain_loops(plain); });
  std::printf("%-44s %12s %12s %8s\n", "question", "median ms", "in memory", "ratio");
  const double ask = median_ms(5, [&] { (void)db.aggregate(grouped(project, now)).value(); });
  std::printf("%-44s %12.2f %12.2f %8.2f\n", "endpoints grouped, p50 p95 p99, 24 h", ask, limit,
              ask / limit);
  AggregateQuery chart{.family = Family::kEndpoints,
                       .filter = {project, {now - kRangeNs, now}, {}},
                       .group_by = {"endpoint"},
                       .bucket_minutes = 10};
  chart.measures = {{MeasureKind::kSum, "duration", 0, {}, "value"}};
  chart.top = 5;
  chart.top_by = "value";
  const double charted = median_ms(5, [&] { (void)db.aggregate(chart).value(); });
  std::printf("%-44s %12.2f %12.2f %8.2f\n", "chart, top 5 and Other in 10-minute buckets", charted,
              limit, charted / limit);
  const double listed = median_ms(5, [&] {
    (void)db
        .list(
            {Family::kEndpoints, {project, {now - kRangeNs, now}, {}}, {"duration", true}, {0, 50}})
        .value();
  });
  std::printf("%-44s %12.2f\n", "list, slowest 50", listed);
  const double found = median_ms(
      5, [&] { (void)db.lookup(Family::kSpans, {project, some_trace, std::nullopt}).value(); });
  std::printf("%-44s %12.2f\n", "trace by id, all time", found);
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
