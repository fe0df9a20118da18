// Frames of native reports per second, decoded and made ready for the writer on one thread, beside
// the time it takes to parse the same bytes and use none of them.
//   report_bench [seconds per row, default 2]
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
constexpr int kRuns = 20;    // of a frame
constexpr int kSpans = 6;    // of a run
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
    for (int r = 0; r < kRuns; ++r) out += (r > 0 ? "," : "") + run_json();
    out += "],\"stackTraces\":[{\"stackTrace\":\"TypeError: x\\nmain()\\n    app.js:1\\n\"}]}";
  }
  return out + "]}";
}

template <class Work>
void measure(const char* name, const std::string& body, double seconds, Work&& work) {
  const auto begin = Steady::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Steady::now() - begin).count(); };
  int requests = 0;
  while (elapsed() < seconds) {
    if (!work(std::vector<char>(body.begin(), body.end()))) std::abort();
    ++requests;
  }
  const double per_s = requests / elapsed();
  std::printf("%-16s %10.0f %12.0f %10.0f\n", name, per_s * kFrames,
              per_s * kFrames * kRuns * (kSpans + 1),
              per_s * static_cast<double>(body.size()) / 1e6);
}

void run(double seconds) {
  ingest::DecodeContext context;
  context.project = uuid_v4();
  context.received_ns = 1'795'200'000'000'000'000;
  std::printf("%-16s %10s %12s %10s\n", "", "frames/s", "spans/s", "MB/s");
  const auto decode = [&](std::vector<char>&& body) {
    return ingest::decode_report(std::move(body), context).has_value();
  };
  measure("parse only", report_json("ignored"), seconds, decode);
  measure("decode", report_json("collectionFrames"), seconds, decode);
  measure("decode, prepare", report_json("collectionFrames"), seconds,
          [&](std::vector<char>&& body) {
            auto report = ingest::decode_report(std::move(body), context);
            return report && sqlite::prepare_batch(std::move(report->batch));
          });
}

}  // namespace
}  // namespace traceway::test

int main(int argc, char** argv) {
  traceway::test::run(argc > 1 ? std::atof(argv[1]) : 2.0);
  return 0;
}
