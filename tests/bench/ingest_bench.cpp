// Spans per second from a client's socket to a committed transaction, beside what the same code
// reaches without HTTP in the same run. The load runs on the same cores as the server.
//   ingest_bench [seconds per row, default 3]       needs TRACEWAY_BINARY, a release build
#include "app/config.h"
#include "base/clock.h"
#include "ingest/otlp.h"
#include "pipeline/writer.h"
#include "storage/sqlite/telemetry_db.h"
#include "support/gzip.h"
#include "support/otlp_builder.h"
#include "support/test_server.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace traceway::test {
namespace {

using Steady = std::chrono::steady_clock;

/// A request body and where its ids lie, so that every send can carry ids of its own.
struct Template {
  std::string body;
  std::vector<std::size_t> ids;
  std::size_t spans = 0;
};

constexpr const char* kRoutes[] = {"/v1/users/:id", "/v1/orders", "/v1/orders/:id/items",
                                   "/v1/search",    "/v1/cart",   "/health",
                                   "/v1/login",     "/v1/export"};
constexpr const char* kChildren[] = {"SELECT users", "GET cache",         "INSERT orders",
                                     "render",       "middleware - auth", "publish event"};

OtlpSpan varied_child(const OtlpSpan& parent, std::size_t number, std::mt19937_64& random) {
  OtlpSpan span = child_of(parent, kChildren[number % std::size(kChildren)], random);
  span.kind = number % 2 == 0 ? OtlpKind::kClient : OtlpKind::kInternal;
  span.start_ns = parent.start_ns + random() % 1'000'000;
  span.end_ns = span.start_ns + 50'000 + random() % 20'000'000;
  span.attributes = {
      {"db.system", std::string("postgresql")},
      {"db.statement", "SELECT id, name, email FROM users WHERE id = $1 AND shard = " +
                           std::to_string(random() % 64)},
      {"net.peer.port", std::int64_t{5432}},
      {"rows", static_cast<std::int64_t>(random() % 500)}};
  return span;
}

Template make_template(std::size_t spans, std::mt19937_64& random) {
  OtlpExport wanted;
  wanted.resource = {{"service.name", std::string("shop-api")},
                     {"service.version", std::string("2.4.1")},
                     {"host.name", "node-" + std::to_string(random() % 8)}};
  while (wanted.spans.size() < spans) {
    OtlpSpan root = request_span(random);
    const std::string route = kRoutes[random() % std::size(kRoutes)];
    root.name = "GET " + route;
    root.end_ns = root.start_ns + 200'000 + random() % 900'000'000;
    root.attributes = {
        {"http.request.method", std::string("GET")},
        {"http.route", route},
        {"http.response.status_code", static_cast<std::int64_t>(random() % 50 == 0 ? 500 : 200)},
        {"client.address", "10.0." + std::to_string(random() % 256) + ".7"},
        {"user.id", static_cast<std::int64_t>(random() % 100'000)}};
    wanted.spans.push_back(root);
    for (std::size_t i = 0; i < 7 && wanted.spans.size() < spans; ++i)
      wanted.spans.push_back(varied_child(root, random(), random));
  }
  Template out{to_protobuf(wanted), {}, wanted.spans.size()};
  std::size_t at = 0;
  const auto find = [&](const std::string& id) {
    if (id.empty()) return;
    at = out.body.find(id, at);
    out.ids.push_back(at);
    at += id.size();
  };
  for (const OtlpSpan& span : wanted.spans) {
    find(span.trace_id);
    find(span.span_id);
    find(span.parent_id);
  }
  return out;
}

/// Gives every id of the body the same turn, so that parents still match their children.
void turn_ids(std::string& body, const Template& from, std::uint32_t turn) {
  for (const std::size_t at : from.ids) {
    std::uint32_t word = 0;
    std::memcpy(&word, body.data() + at, sizeof word);
    word ^= turn;
    std::memcpy(body.data() + at, &word, sizeof word);
  }
}

struct Load {
  const char* name;
  std::size_t spans_per_request;
  int connections;
  bool is_gzip;
};

struct Figures {
  double spans_per_s = 0;
  std::uint64_t refused = 0;
};

std::string head_of(const Account& account, std::size_t length, bool is_gzip) {
  return "POST /api/otel/v1/traces HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer " +
         account.project_token + "\r\nContent-Type: application/x-protobuf\r\n" +
         (is_gzip ? "Content-Encoding: gzip\r\n" : "") +
         "Content-Length: " + std::to_string(length) + "\r\n\r\n";
}

/// Bodies of one run: turned as they are sent, or compressed beforehand and each sent once.
class Bodies {
 public:
  Bodies(const Load& load, std::size_t count) : is_gzip_(load.is_gzip) {
    std::mt19937_64 random(42);
    for (int i = 0; i < 8; ++i) templates_.push_back(make_template(load.spans_per_request, random));
    for (std::size_t i = 0; is_gzip_ && i < count; ++i) packed_.push_back(gzip(turned(i)));
  }

  [[nodiscard]] std::string turned(std::size_t number) const {
    const Template& from = templates_[number % templates_.size()];
    std::string body = from.body;
    turn_ids(body, from, static_cast<std::uint32_t>(number + 1) * 2'654'435'761U);
    return body;
  }

  /// False when the compressed ones are used up.
  bool next(std::string& body) {
    const std::size_t number = next_.fetch_add(1);
    if (is_gzip_ && number >= packed_.size()) return false;
    body = is_gzip_ ? packed_[number] : turned(number);
    return true;
  }

 private:
  bool is_gzip_;
  std::vector<Template> templates_;
  std::vector<std::string> packed_;
  std::atomic<std::size_t> next_{0};
};

Figures run_load(const TestServer& server, const Account& account, const Load& load,
                 double seconds) {
  Bodies bodies(load, static_cast<std::size_t>(seconds * 1.5e6) / load.spans_per_request + 1);
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<std::uint64_t> refused{0};
  const auto begin = Steady::now();
  const auto end = begin + std::chrono::duration<double>(seconds);
  std::vector<std::jthread> clients;
  for (int c = 0; c < load.connections; ++c) {
    clients.emplace_back([&] {
      RawClient client(server.address());
      std::string body;
      while (Steady::now() < end && bodies.next(body)) {
        const std::string request = head_of(account, body.size(), load.is_gzip) + body;
        while (Steady::now() < end) {
          if (!client.send(request)) return;
          const RawAnswer answer = client.read_answer();
          if (answer.status == 200) {
            acknowledged += load.spans_per_request;
            break;
          }
          ++refused;
          if (answer.status != 429 && answer.status != 503) return;
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
          if (!client.is_connected()) client = RawClient(server.address());
        }
      }
    });
  }
  clients.clear();
  const double took = std::chrono::duration<double>(Steady::now() - begin).count();
  return {static_cast<double>(acknowledged) / took, refused};
}

/// The limit: the same bodies decoded, encoded and committed by the same writer in this process,
/// two producers, no HTTP.
double limit_without_http(const Load& load, double seconds) {
  TemporaryDirectory directory;
  const SystemClock clock;
  sqlite::TelemetryDbOptions options;
  options.path = (directory.path() / "limit.db").string();
  auto db = sqlite::open_telemetry_db(options, clock);
  if (!db) return 0;
  pipeline::TelemetryWriter writer(**db, clock, {});
  writer.start();
  Bodies bodies({load.name, load.spans_per_request, 0, false}, 0);
  std::atomic<std::uint64_t> committed{0};
  const auto begin = Steady::now();
  const auto end = begin + std::chrono::duration<double>(seconds);
  std::vector<std::jthread> producers;
  for (int p = 0; p < 2; ++p) {
    producers.emplace_back([&] {
      ingest::DecodeContext context;
      context.project = uuid_v4();
      std::string body;
      while (Steady::now() < end && bodies.next(body)) {
        context.received_ns = clock.now_ns();
        auto batch = ingest::decode_traces_protobuf({body.begin(), body.end()}, context);
        if (!batch) return;
        auto job = (*db)->prepare(std::move(*batch));
        if (!job) return;
        const auto on_committed =
            [&committed, spans = load.spans_per_request](const pipeline::CommitResult& result) {
              if (result.is_committed) committed += spans;
            };
        while (writer.submit(std::move(*job), on_committed) == pipeline::Submit::kFull)
          std::this_thread::yield();
      }
    });
  }
  producers.clear();
  (void)writer.drain(std::chrono::seconds(30));
  return static_cast<double>(committed) /
         std::chrono::duration<double>(Steady::now() - begin).count();
}

int run(double seconds) {
  const Load loads[] = {{"protobuf, 512 a request", 512, 16, false},
                        {"protobuf gzip, 512 a request", 512, 16, true},
                        {"protobuf, 100 a request", 100, 16, false},
                        {"protobuf, 1 a request", 1, 64, false}};
  std::printf("%-32s %14s %14s %8s %9s\n", "load", "spans/s", "without HTTP", "ratio", "refused");
  for (const Load& load : loads) {
    TestServer server;
    if (!server.start({"--log-level", "error,app=info"})) {
      std::fprintf(stderr, "the server did not start:\n%s\n", server.log().c_str());
      return 1;
    }
    HttpClient client = server.client();
    const auto account = register_owner(client);
    if (!account) return 1;
    const Figures figures = run_load(server, *account, load, seconds);
    const std::size_t peak = server.peak_memory_bytes();
    if (server.stop() != 0) return 1;
    const double limit = limit_without_http(load, seconds);
    std::printf("%-32s %14.0f %14.0f %8.2f %9llu   peak %zu MiB\n", load.name, figures.spans_per_s,
                limit, limit > 0 ? figures.spans_per_s / limit : 0,
                static_cast<unsigned long long>(figures.refused), peak >> 20U);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace traceway::test

int main(int argc, char** argv) {
  return traceway::test::run(argc > 1 ? std::atof(argv[1]) : 3.0);
}
