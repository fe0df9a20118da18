// Records per second from a client's socket to a committed transaction, beside what the same code
// reaches without HTTP in the same run. The load runs on the same cores as the server.
//   ingest_bench [seconds per measurement, default 2]       needs TRACEWAY_BINARY, a release build
#include "app/config.h"
#include "base/clock.h"
#include "base/log.h"
#include "bench/figures.h"
#include "ingest/otlp.h"
#include "ingest/report_frame.h"
#include "pipeline/writer.h"
#include "storage/sqlite/telemetry_db.h"
#include "support/load_run.h"
#include "support/raw_client.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace traceway::test {
namespace {

using Steady = std::chrono::steady_clock;
using bench::FigureTable;
using bench::Samples;
using Seconds = std::chrono::duration<double>;

constexpr int kRuns = 3;

/// A server of its own for each row: an empty file, nothing left over from another load.
class Stand {
 public:
  explicit Stand(const std::vector<std::string>& options = {}) {
    std::vector<std::string> words{"--log-level", "error,app=info"};
    words.insert(words.end(), options.begin(), options.end());
    if (!server_.start(words)) {
      std::fprintf(stderr, "the server did not start:\n%s\n", server_.log().c_str());
      std::exit(1);
    }
    HttpClient client = server_.client();
    const auto account = register_owner(client);
    if (!account) std::exit(1);
    account_ = *account;
  }

  LoadResult send(const LoadRun& run, Seconds time) {
    const LoadResult result = send_load(server_, account_, run, time, first_);
    if (result.failed > 0) {
      std::fprintf(stderr, "%llu requests failed\n",
                   static_cast<unsigned long long>(result.failed));
    }
    first_ += 100'000'000;
    return result;
  }

  [[nodiscard]] TestServer& server() { return server_; }

  [[nodiscard]] const Account& account() const { return account_; }

 private:
  TestServer server_;
  Account account_;
  std::uint32_t first_ = 0;
};

Result<TelemetryBatch> decode(Protocol protocol, std::string_view bytes,
                              const ingest::DecodeContext& context) {
  std::vector<char> body(bytes.begin(), bytes.end());
  if (protocol == Protocol::kTracesProtobuf)
    return ingest::decode_traces_protobuf(std::move(body), context);
  if (protocol == Protocol::kTracesJson)
    return ingest::decode_traces_json(std::move(body), context);
  auto report = ingest::decode_report(std::move(body), context);
  if (!report) return fail(report);
  return std::move(report->batch);
}

/// The limit: the same bodies decoded, encoded and committed by the same writer in this process,
/// two producers, no HTTP.
double without_http(const LoadRun& run, Seconds time) {
  const TemporaryDirectory directory;
  const SystemClock clock;
  sqlite::TelemetryDbOptions options;
  options.path = (directory.path() / "limit.db").string();
  auto db = sqlite::open_telemetry_db(options, clock);
  if (!db) return 0;
  pipeline::TelemetryWriter writer(**db, clock, {});
  writer.start();
  const Load load(run.protocol, run.records);
  std::atomic<std::uint32_t> next{0};
  std::atomic<std::uint64_t> committed{0};
  const auto begin = Steady::now();
  {
    std::vector<std::jthread> producers;
    for (int p = 0; p < 2; ++p) {
      producers.emplace_back([&] {
        ingest::DecodeContext context;
        context.project = uuid_v4();
        while (Steady::now() - begin < time) {
          context.received_ns = clock.now_ns();
          auto batch = decode(run.protocol, load.body(next.fetch_add(1)), context);
          if (!batch) return;
          auto job = (*db)->prepare(std::move(*batch));
          if (!job) return;
          const auto on_committed = [&committed, &run](const pipeline::CommitResult& result) {
            if (result.is_committed) committed += run.records;
          };
          while (writer.submit(std::move(*job), on_committed) == pipeline::Submit::kFull)
            std::this_thread::yield();
        }
      });
    }
  }
  (void)writer.drain(std::chrono::seconds(30));
  return static_cast<double>(committed) / Seconds(Steady::now() - begin).count();
}

struct Row {
  const char* name;
  LoadRun run;
};

Samples measure(const FigureTable& table, const Row& row, Seconds time) {
  Stand stand;
  Samples rate;
  Samples limit;
  std::uint64_t refused = 0;
  for (int i = 0; i < kRuns; ++i) {
    const LoadResult result = stand.send(row.run, time);
    rate.add(result.per_second());
    refused += result.refused;
    limit.add(without_http(row.run, time));
  }
  std::string note = "peak " + std::to_string(stand.server().peak_memory_bytes() >> 20U) + " MiB";
  if (refused > 0) note += ", " + std::to_string(refused) + " refused";
  table.row(row.name, rate, limit, note);
  return rate;
}

void measure_protocols(Seconds time) {
  const FigureTable table("Ingest over HTTP, committed", "spans/s", "without HTTP");
  using enum Protocol;
  const Row rows[] = {
      {"OTLP protobuf, 1 a request, 64 connections", {kTracesProtobuf, 1, 64}},
      {"OTLP protobuf, 100 a request", {kTracesProtobuf, 100}},
      {"OTLP protobuf, 512 a request", {kTracesProtobuf, 512}},
      {"OTLP protobuf, 8192 a request", {kTracesProtobuf, 8192}},
      {"OTLP protobuf gzip, 100 a request", {kTracesProtobuf, 100, 16, true}},
      {"OTLP protobuf gzip, 512 a request", {kTracesProtobuf, 512, 16, true}},
      {"OTLP protobuf gzip, 8192 a request", {kTracesProtobuf, 8192, 16, true}},
      {"OTLP JSON, 1 a request, 64 connections", {kTracesJson, 1, 64}},
      {"OTLP JSON, 100 a request", {kTracesJson, 100}},
      {"OTLP JSON, 512 a request", {kTracesJson, 512}},
      {"OTLP JSON, 8192 a request", {kTracesJson, 8192}},
      {"native report, 1 a request, 64 connections", {kReport, 1, 64}},
      {"native report, 100 a request", {kReport, 100}},
      {"native report, 512 a request", {kReport, 512}},
      {"native report, 8192 a request", {kReport, 8192}},
  };
  for (const Row& row : rows) measure(table, row, time);
}

/// Three times as many connections as saturate the server, which send again at once when refused.
void measure_overload(Seconds time) {
  const FigureTable table("Overload: 48 connections that never back off", "spans/s committed",
                          "16 connections that do");
  const std::vector<std::string> narrow{"--queue-bytes", "4MiB", "--ingest-wait-ms", "0"};
  Stand stand(narrow);
  Samples rate;
  Samples peak;
  std::uint64_t refused = 0;
  for (int i = 0; i < kRuns; ++i) {
    peak.add(stand.send({Protocol::kTracesProtobuf, 512}, time).per_second());
    const LoadResult result = stand.send({Protocol::kTracesProtobuf, 512, 48, false, false}, time);
    rate.add(result.per_second());
    refused += result.refused;
  }
  table.row("OTLP protobuf, 512 a request", rate, peak,
            std::to_string(refused) + " refused, peak " +
                std::to_string(stand.server().peak_memory_bytes() >> 20U) + " MiB");
}

/// One connection, one request at a time: what a client waits for.
void measure_latency() {
  constexpr int kRequests = 300;
  const FigureTable table("One request at a time, one span: sent to acknowledged", "ms", "");
  for (const char* durability : {"normal", "full"}) {
    Stand stand({"--durability", durability});
    RawClient client(stand.server().address());
    const Load load(Protocol::kTracesProtobuf, 1);
    Samples ms;
    for (std::uint32_t i = 0; i < kRequests; ++i) {
      const std::string request =
          request_of(load.protocol(), stand.account().project_token, load.body(i));
      const auto begin = Steady::now();
      client.send(request);
      if (client.read_answer().status != 200) break;
      ms.add(Seconds(Steady::now() - begin).count() * 1000);
    }
    table.row(std::string("durability ") + durability, ms, {}, "p99 " + bench::figure(ms.at(0.99)));
  }
}

/// The server's anonymous resident memory while idle, at a small firm's load, and at full rate.
void measure_memory(Seconds time) {
  const FigureTable table("Anonymous resident memory (RssAnon)", "MB", "");
  Stand stand;
  const auto sample_while = [&](const auto& work) {
    Samples megabytes;
    std::atomic<bool> is_done{false};
    std::jthread sampler([&] {
      while (!is_done) {
        megabytes.add(static_cast<double>(stand.server().anonymous_memory_bytes()) / 1e6);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
    });
    work();
    is_done = true;
    sampler.join();
    return megabytes;
  };
  table.row("idle", sample_while([&] { std::this_thread::sleep_for(time); }));
  table.row("5,000 spans/s, 100 a request", sample_while([&] {
              LoadRun run{Protocol::kTracesProtobuf, 100, 4};
              run.requests_per_s = 50;
              (void)stand.send(run, time * 2);
            }));
  table.row("full rate, 512 a request",
            sample_while([&] { (void)stand.send({Protocol::kTracesProtobuf, 512}, time * 2); }));
}

int run(Seconds time) {
  (void)log::configure("text", "error");
  measure_protocols(time);
  measure_overload(time);
  measure_latency();
  measure_memory(time);
  return 0;
}

}  // namespace
}  // namespace traceway::test

int main(int argc, char** argv) {
  return traceway::test::run(std::chrono::duration<double>(argc > 1 ? std::atof(argv[1]) : 2.0));
}
