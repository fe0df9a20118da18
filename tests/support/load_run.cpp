#include "support/load_run.h"

#include "support/gzip.h"
#include "support/raw_client.h"

#include <atomic>
#include <thread>
#include <vector>

namespace traceway::test {

namespace {

using Steady = std::chrono::steady_clock;

constexpr double kMostRecordsPerSecond = 2e6;  // how many compressed bodies are made beforehand

/// Hands each body out once.
class Bodies {
 public:
  Bodies(const LoadRun& run, std::uint32_t first, double seconds)
      : load_(run.protocol, run.records), next_(first), first_(first), is_gzip_(run.is_gzip) {
    const auto wanted = static_cast<std::size_t>(seconds * kMostRecordsPerSecond) / run.records + 1;
    for (std::size_t i = 0; is_gzip_ && i < wanted; ++i)
      packed_.push_back(gzip(load_.body(first + static_cast<std::uint32_t>(i))));
  }

  /// False when those made beforehand are used up.
  bool next(std::string& body) {
    const std::uint32_t number = next_.fetch_add(1, std::memory_order_relaxed);
    if (!is_gzip_) {
      body = load_.body(number);
    } else if (number - first_ < packed_.size()) {
      body = packed_[number - first_];
    } else {
      return false;
    }
    return true;
  }

 private:
  const Load load_;
  std::atomic<std::uint32_t> next_;
  const std::uint32_t first_;
  const bool is_gzip_;
  std::vector<std::string> packed_;
};

struct Shared {
  const TestServer& server;
  const Account& account;
  const LoadRun& run;
  Bodies& bodies;
  Steady::time_point begin;
  Steady::time_point end;
  std::atomic<std::uint64_t> sent = 0, acknowledged = 0, refused = 0, failed = 0;
};

/// When the next request of all clients together is due.
void wait_for_turn(Shared& shared) {
  if (shared.run.requests_per_s <= 0) return;
  const auto number = static_cast<double>(shared.sent.fetch_add(1));
  std::this_thread::sleep_until(
      shared.begin + std::chrono::duration_cast<Steady::duration>(
                         std::chrono::duration<double>(number / shared.run.requests_per_s)));
}

void send_requests(Shared& shared) {
  RawClient client(shared.server.address());
  std::string body;
  while (Steady::now() < shared.end && shared.bodies.next(body)) {
    wait_for_turn(shared);
    const std::string request =
        request_of(shared.run.protocol, shared.account.project_token, body, shared.run.is_gzip);
    while (Steady::now() < shared.end) {
      const bool is_sent = client.send(request);
      const RawAnswer answer = client.read_answer();
      if (answer.status == 200) {
        shared.acknowledged += shared.run.records;
        break;
      }
      const bool is_refusal = answer.status == 429 || answer.status == 503;
      ++(is_refusal ? shared.refused : shared.failed);
      if (!is_refusal && is_sent && answer.status != 0) break;
      if (shared.run.backs_off) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      client = RawClient(shared.server.address());  // a refusal before the body ends the connection
    }
  }
}

}  // namespace

LoadResult send_load(const TestServer& server, const Account& account, const LoadRun& run,
                     std::chrono::duration<double> time, std::uint32_t first) {
  Bodies bodies(run, first, time.count());
  const auto begin = Steady::now();
  const auto end = begin + std::chrono::duration_cast<Steady::duration>(time);
  Shared shared{server, account, run, bodies, begin, end};
  {
    std::vector<std::jthread> clients;
    for (int c = 0; c < run.connections; ++c)
      clients.emplace_back([&shared] { send_requests(shared); });
  }
  return {shared.acknowledged, shared.refused, shared.failed,
          std::chrono::duration<double>(Steady::now() - begin).count()};
}

}  // namespace traceway::test
