// Frames of native reports per second, decoded and made ready for the writer on one thread, beside
// the time it takes to parse the same bytes and use none of them.
//   report_bench [seconds per row, default 2]
#include "bench/figures.h"
#include "ingest/report_frame.h"
#include "storage/sqlite/batch_payload.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::test {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kFrames = 12;  // what an SDK keeps at most
constexpr int kRunsOfAFrame = 20;
constexpr int kSpans = 6;  // of a run
constexpr std::string_view kTime = "\"2026-11-20T08:15:30.123Z\"";

std::string quoted_id() {
  return '"' + to_string(uuid_v4()) + '"';
}

std::string run_json() {
  std::string out = "{\"id\":" + quoted_id() +
                    ",\"endpoint\":\"GET /v1/orders/:id\",\"duration\":18250000,\"recordedAt\":";
  out.append(kTime).append(
      ",\"statusCode\":200,\"bodySize\":62,\"clientIP\":\"203.0.113.9\","
      "\"attributes\":{\"tenant\":\"acme\",\"user.id\":\"4711\"},\"spans\":[");
  for (int i = 0; i < kSpans; ++i) {
    out += (i > 0 ? ",{\"id\":" : "{\"id\":") + quoted_id() + ",\"name\":\"SELECT orders\"";
    out.append(",\"startTime\":").append(kTime).append(",\"duration\":7100000}");
  }
  return out + "]}";
}

/// `member`: what the frames are called.
std::string report_json(const std::string& member) {
  std::string out = "{\"appVersion\":\"2.4.0\",\"serverName\":\"api-3\",\"" + member + "\":[";
  for (int f = 0; f < kFrames; ++f) {
    out += f > 0 ? ",{\"traces\":[" : "{\"traces\":[";
    for (int r = 0; r < kRunsOfAFrame; ++r) out += (r > 0 ? "," : "") + run_json();
    out += "],\"stackTraces\":[{\"stackTrace\":\"TypeError: x\\nmain()\\n    app.js:1\\n\"}]}";
  }
  return out + "]}";
}

constexpr int kRuns = 5;

/// Megabytes of the body per second, in each of some runs.
template <class Work>
bench::Samples measure(const std::string& body, double seconds, Work&& work) {
  bench::Samples out;
  for (int i = 0; i < kRuns; ++i) {
    const auto begin = Steady::now();
    const auto elapsed = [&] {
      return std::chrono::duration<double>(Steady::now() - begin).count();
    };
    int requests = 0;
    while (elapsed() < seconds / kRuns) {
      if (!work(std::vector<char>(body.begin(), body.end()))) std::abort();
      ++requests;
    }
    out.add(requests * static_cast<double>(body.size()) / elapsed() / 1e6);
  }
  return out;
}

void run(double seconds) {
  ingest::DecodeContext context;
  context.project = uuid_v4();
  context.received_ns = 1'795'200'000'000'000'000;
  const auto decode = [&](std::vector<char>&& body) {
    return ingest::decode_report(std::move(body), context).has_value();
  };
  const std::string body = report_json("collectionFrames");
  const bench::FigureTable table("Native reports on one thread", "MB/s", "parse only");
  const bench::Samples parsed = measure(report_json("ignored"), seconds, decode);
  const auto spans_per_s = [&](const bench::Samples& rate) {
    return bench::figure(rate.median() * 1e6 / static_cast<double>(body.size()) * kFrames *
                         kRunsOfAFrame * (kSpans + 1)) +
           " spans/s";
  };
  bench::Samples rate = measure(body, seconds, decode);
  table.row("decode", rate, parsed, spans_per_s(rate));
  rate = measure(body, seconds, [&](std::vector<char>&& bytes) {
    auto report = ingest::decode_report(std::move(bytes), context);
    return report && sqlite::prepare_batch(std::move(report->batch));
  });
  table.row("decode and prepare", rate, parsed, spans_per_s(rate));
}

}  // namespace
}  // namespace traceway::test

int main(int argc, char** argv) {
  traceway::test::run(argc > 1 ? std::atof(argv[1]) : 2.0);
  return 0;
}
